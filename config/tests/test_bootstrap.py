"""Setting up: what is missing is made, what is broken is made again, and nothing else is touched."""

import itertools
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest.mock import Mock

import pytest

from config import bootstrap

ROOT = Path(__file__).resolve().parents[2]


class Programs:
    """Stands in for venv, pip, uv and npm: notes what was asked, and leaves behind what they would."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: list[str] = []
        self.failing: dict[str, str] = {}
        self.settings = ""
        self.sources: dict[str, str] = {}

    def __call__(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        words = list(command)
        if "-c" in words:
            name = "probe"
            if not Path(words[0]).exists():
                raise FileNotFoundError(words[0])
        elif "venv" in words:
            name = "venv"
            (self.root / ".venv" / "bin").mkdir(parents=True)
            (self.root / ".venv" / "bin" / "python").touch()
        elif words[-2:] == ["config", "list"]:
            return subprocess.CompletedProcess(words, 0, stdout=self.settings, stderr="")
        elif "pip" in words:
            files = [Path(word.partition("=")[2]) for word in words if word.startswith("--requirement=")]
            program = "pip" if "-m" in words else "uv"
            name = " ".join([program, *(file.name for file in files)])
            if program == "uv":
                self.note_sources(env or {})
            if name not in self.failing:
                self.leave_packages(files)
        else:
            name = "npm"
            (self.root / "node_modules").mkdir(exist_ok=True)
        self.asked.append(name)
        said = self.failing.get(name)
        return subprocess.CompletedProcess(words, 1 if said is not None else 0, stdout="", stderr=said or "")

    def leave_packages(self, files: Sequence[Path]) -> None:
        for package in " ".join(file.read_text() for file in files).split():
            record = self.root / ".venv/lib/python3.11/site-packages" / f"{package}.dist-info" / "RECORD"
            record.parent.mkdir(parents=True, exist_ok=True)
            record.touch()

    def note_sources(self, environment: Mapping[str, str]) -> None:
        if not (self.root / ".venv/lib/python3.11/site-packages/uv-0.13.dist-info").exists():
            raise FileNotFoundError("uv")
        self.sources = {
            name: environment[name] for name, _ in bootstrap.UV_SETTINGS.values() if name in environment
        }

    def made(self) -> list[str]:
        """What was asked since the last time, without the questions."""
        made = [name for name in self.asked if name not in {"probe", "pip requirements-uv.txt"}]
        self.asked.clear()
        return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("django-5.2 celery-5.7")
    (tmp_path / "requirements-dev.txt").write_text("pytest-9.2")
    (tmp_path / "requirements-uv.txt").write_text("uv-0.13")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


@pytest.fixture
def programs(root: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    for name, _ in bootstrap.UV_SETTINGS.values():
        monkeypatch.delenv(name, raising=False)
    programs = Programs(root)
    monkeypatch.setattr(bootstrap, "_run", programs)
    return programs


def test_everything_is_made_once(root, programs, capsys):
    bootstrap.main(root, dev=False)
    assert programs.made() == ["venv", "uv requirements.txt", "npm"]
    capsys.readouterr()
    bootstrap.main(root, dev=False)
    assert programs.made() == []
    assert capsys.readouterr().out == ""


def test_demonstration_installs_no_development_tools(root, programs):
    bootstrap.main(root, dev=False)
    assert not [name for name in programs.made() if "requirements-dev.txt" in name]
    bootstrap.main(root, dev=True)
    assert programs.made() == ["uv requirements-dev.txt"]


@pytest.mark.parametrize(
    ("name", "content", "made"),
    [
        ("requirements.txt", "django-5.3 celery-5.7", ["uv requirements.txt"]),
        ("package-lock.json", '{"changed": true}', ["npm"]),
    ],
)
def test_only_what_changed_is_installed_again(root, programs, name, content, made):
    bootstrap.main(root, dev=False)
    programs.made()
    (root / name).write_text(content)
    bootstrap.main(root, dev=False)
    assert programs.made() == made


def test_package_that_went_missing_is_installed_again(root, programs):
    bootstrap.main(root, dev=False)
    programs.made()
    (root / ".venv/lib/python3.11/site-packages/celery-5.7.dist-info/RECORD").unlink()
    bootstrap.main(root, dev=False)
    assert programs.made() == ["uv requirements.txt"]


def test_tools_for_development_are_installed_together_with_the_rest(root, programs):
    bootstrap.main(root, dev=True)
    assert programs.made() == ["venv", "uv requirements.txt requirements-dev.txt", "npm"]
    bootstrap.main(root, dev=True)
    assert programs.made() == []


@pytest.mark.parametrize("missing", ["uv requirements.txt", "pip requirements-uv.txt"])
def test_where_uv_cannot_pip_installs_everything(root, programs, missing):
    programs.failing[missing] = "No such index"
    bootstrap.main(root, dev=False)
    assert "pip requirements.txt" in programs.made()
    bootstrap.main(root, dev=False)
    assert programs.made() == []


def test_uv_that_this_computer_cannot_run_is_done_without(root, programs, monkeypatch):
    monkeypatch.setattr(programs, "note_sources", Mock(side_effect=PermissionError))
    bootstrap.main(root, dev=False)
    assert programs.made() == ["venv", "pip requirements.txt", "npm"]


def test_packages_come_from_where_pip_is_set_to_find_them(root, programs):
    programs.settings = """\
:env:.extra-index-url='https://one.example/simple https://two.example/simple'
:env:.timeout='60'
download.index-url='https://elsewhere.example/simple'
global.cert='/etc/company.pem'
global.extra-index-url='https://before.example/simple'
global.find-links='\\n/opt/wheels\\n/opt/more'
global.index-url='https://nobody.example/simple'
install.index-url='https://packages.example/simple'
"""
    bootstrap.main(root, dev=False)
    assert programs.sources == {
        "UV_DEFAULT_INDEX": "https://packages.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_FIND_LINKS": "/opt/wheels,/opt/more",
        "SSL_CERT_FILE": "/etc/company.pem",
    }


def test_interrupted_installation_is_continued(root, programs):
    programs.failing |= {f"{program} requirements.txt": "Connection broken" for program in ("uv", "pip")}
    with pytest.raises(SystemExit):
        bootstrap.main(root, dev=False)
    programs.failing.clear()
    programs.made()
    bootstrap.main(root, dev=False)
    assert programs.made() == ["uv requirements.txt", "npm"]


def test_what_uv_left_half_installed_is_in_nobodys_way(root, programs, monkeypatch):
    half = root / ".venv/lib/python3.11/site-packages/celery-5.6.dist-info"

    def break_off(_environment: Mapping[str, str]) -> None:
        half.mkdir()
        raise OSError

    monkeypatch.setattr(programs, "note_sources", break_off)
    bootstrap.main(root, dev=False)
    assert programs.made() == ["venv", "pip requirements.txt", "npm"]
    assert not half.exists()
    assert (half.with_name("celery-5.7.dist-info") / "RECORD").exists()


def test_broken_environment_is_made_again(root, programs, capsys):
    bootstrap.main(root, dev=False)
    (root / ".venv" / "bin" / "python").unlink()
    programs.made()
    bootstrap.main(root, dev=False)
    assert programs.made() == ["venv", "uv requirements.txt"]
    assert "The virtual environment in .venv is broken; making it again." in capsys.readouterr().out


def test_environment_elsewhere_is_left_alone_when_its_link_is_broken(root, programs, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").touch()
    (root / ".venv").symlink_to(elsewhere)
    bootstrap.main(root, dev=False)
    assert (elsewhere / "precious").exists()
    assert not (root / ".venv").is_symlink()


def test_file_in_the_place_of_the_environment_is_left_alone(root, programs):
    (root / ".venv").write_text("a note")
    with pytest.raises(SystemExit, match=r"\.venv is a file, but the virtual environment goes there"):
        bootstrap.main(root, dev=False)


@pytest.mark.parametrize(
    ("program", "said", "sentence"),
    [
        ("venv", "Error:\nensurepip is not available.", r"ensurepip is not available\. On Debian and"),
        ("venv", "", r"it gave no reason\. On Debian and"),
        ("pip requirements.txt", "No route to host", r"packages of requirements\.txt could not be installed"),
        ("npm", "ENOTFOUND", r"front-end packages could not be installed"),
    ],
)
def test_what_cannot_be_installed_ends_in_a_sentence(root, programs, program, said, sentence):
    programs.failing |= {program: said, program.replace("pip", "uv"): said}
    with pytest.raises(SystemExit, match=sentence):
        bootstrap.main(root, dev=False)


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_other_pythons_are_refused_in_a_sentence(version):
    with pytest.raises(
        SystemExit, match=r"Bursar needs Python 3\.11, 3\.12 or 3\.13, and this is 3\.1[04]\."
    ):
        bootstrap.check_python(version)


def test_real_environment_is_made_and_recognized(tmp_path):
    bootstrap.make_environment(tmp_path / ".venv")
    assert bootstrap._works(tmp_path / ".venv")
    python = tmp_path / ".venv" / "bin" / "python"
    assert subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=True).stdout


def test_environment_without_pip_makes_itself_again(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    code = f"import sys; sys.path[:0] = [{str(ROOT / 'config')!r}]; import bootstrap, pathlib; "
    code += f"bootstrap.make_environment(pathlib.Path({str(tmp_path / '.venv')!r}))"
    subprocess.run([tmp_path / ".venv" / "bin" / "python", "-I", "-c", code], check=True)
    assert bootstrap._works(tmp_path / ".venv")


def test_make_alone_lists_what_can_be_made():
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "bench", "lint", "format"):
        assert f"make {target} " in said


def test_make_without_a_usable_python_says_so_in_a_sentence():
    ended = subprocess.run(["make", "demo", "PYTHON="], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "Bursar needs Python 3.11, 3.12 or 3.13, and found Python 3" in ended.stderr
    assert "make demo PYTHON=/path/to/python3.11" in ended.stderr


@pytest.mark.parametrize("name", ["requirements-uv", "requirements", "requirements-dev"])
def test_every_requirement_is_pinned_by_hash_at_one_version_and_names_no_index(name):
    pinned = (ROOT / f"{name}.txt").read_text()
    assert "://" not in pinned
    names = [line.split("==")[0] for line in pinned.splitlines() if "==" in line and not line.startswith(" ")]
    assert len(names) == len(set(names)), (
        "some Pythons would get another version, which nobody here has tried"
    )
    for line in (ROOT / f"{name}.in").read_text().splitlines():
        wanted = line.split("#")[0].strip()
        if wanted and not wanted.startswith("-"):
            assert re.split(r"[\[<>]", wanted)[0] in names
    lines = pinned.splitlines()
    for line, following in itertools.pairwise(lines):
        assert "==" not in line or following.startswith("    --hash=sha256:")


def test_front_end_lock_has_integrity_and_no_download_addresses():
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') == lock.count('"node_modules/')


def test_bootstrap_needs_nothing_but_the_standard_library():
    source = (ROOT / "config" / "bootstrap.py").read_text()
    imported = {
        line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names
