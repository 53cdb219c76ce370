"""Setting up: what is missing is made, what is broken is made again, and nothing else is touched."""

import itertools
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from config import bootstrap

ROOT = Path(__file__).resolve().parents[2]


class Programs:
    """Stands in for venv, pip and npm: notes what was asked, and leaves behind what they would."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: list[str] = []
        self.failing: dict[str, str] = {}

    def __call__(self, command: Sequence[str], **options: object) -> subprocess.CompletedProcess[str]:
        words = list(command)
        if "-c" in words:
            name = "probe"
            if not Path(words[0]).exists():
                raise FileNotFoundError(words[0])
        elif "venv" in words:
            name = "venv"
            (self.root / ".venv" / "bin").mkdir(parents=True)
            (self.root / ".venv" / "bin" / "python").touch()
        elif "pip" in words:
            name = f"pip {Path(words[-1]).name}"
            for package in Path(words[-1]).read_text().split():
                record = self.root / ".venv/lib/python3.11/site-packages" / f"{package}.dist-info" / "RECORD"
                record.parent.mkdir(parents=True, exist_ok=True)
                record.touch()
        else:
            name = "npm"
            (self.root / "node_modules").mkdir(exist_ok=True)
        self.asked.append(name)
        said = self.failing.get(name)
        return subprocess.CompletedProcess(words, 1 if said is not None else 0, stdout="", stderr=said or "")

    def made(self) -> list[str]:
        made = [name for name in self.asked if name != "probe"]
        self.asked.clear()
        return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("django-5.2 celery-5.7")
    (tmp_path / "requirements-dev.txt").write_text("pytest-9.2")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


@pytest.fixture
def programs(root: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    programs = Programs(root)
    monkeypatch.setattr(bootstrap, "_run", programs)
    return programs


def test_everything_is_made_once(root, programs, capsys):
    bootstrap.main(root, dev=False)
    assert programs.made() == ["venv", "pip requirements.txt", "npm"]
    capsys.readouterr()
    bootstrap.main(root, dev=False)
    assert programs.made() == []
    assert capsys.readouterr().out == ""


def test_demonstration_installs_no_development_tools(root, programs):
    bootstrap.main(root, dev=False)
    assert "pip requirements-dev.txt" not in programs.made()
    bootstrap.main(root, dev=True)
    assert programs.made() == ["pip requirements-dev.txt"]


@pytest.mark.parametrize(
    ("name", "content", "made"),
    [
        ("requirements.txt", "django-5.3 celery-5.7", ["pip requirements.txt"]),
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
    assert programs.made() == ["pip requirements.txt"]


def test_interrupted_installation_is_continued(root, programs):
    programs.failing["pip requirements.txt"] = "Connection broken"
    with pytest.raises(SystemExit):
        bootstrap.main(root, dev=False)
    programs.failing.clear()
    programs.made()
    bootstrap.main(root, dev=False)
    assert programs.made() == ["pip requirements.txt", "npm"]


def test_broken_environment_is_made_again(root, programs, capsys):
    bootstrap.main(root, dev=False)
    (root / ".venv" / "bin" / "python").unlink()
    programs.made()
    bootstrap.main(root, dev=False)
    assert programs.made() == ["venv", "pip requirements.txt"]
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
    programs.failing[program] = said
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


def test_make_alone_lists_what_can_be_made():
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "test", "bench", "lint", "format"):
        assert f"make {target} " in said


def test_make_without_a_usable_python_says_so_in_a_sentence():
    ended = subprocess.run(["make", "demo", "PYTHON="], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "Bursar needs Python 3.11, 3.12 or 3.13, and found Python 3" in ended.stderr
    assert "make demo PYTHON=/path/to/python3.11" in ended.stderr


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_every_requirement_is_pinned_by_hash_and_names_no_index(name):
    pinned = (ROOT / f"{name}.txt").read_text()
    assert "://" not in pinned
    names = {line.split("==")[0] for line in pinned.splitlines() if "==" in line and not line.startswith(" ")}
    for line in (ROOT / f"{name}.in").read_text().splitlines():
        wanted = line.split("#")[0].strip()
        if wanted and not wanted.startswith("-"):
            assert wanted.split("[")[0].split(">")[0] in names
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
