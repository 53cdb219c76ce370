"""Makes `.venv` and `node_modules` what the pinned files say: `python3 -I config/bootstrap.py [--dev]`.

Uses the standard library only, and says nothing when there is nothing to do. What an interrupted
or damaged set-up left is noticed by its missing stamp, or by packages gone since, and made again.
Pip installs uv, and uv everything else in a fraction of the time; pip does where uv cannot.
"""

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
OLDEST, FIRST_TOO_NEW = (3, 11), (3, 14)
# The settings of pip that say where packages come from and are kept, and the words for them in uv, which reads no
# settings of pip; then what uv wants between two values.
UV_SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_OFFLINE", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "proxy": ("HTTPS_PROXY", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "no-cache-dir": ("UV_NO_CACHE", " "),
}


def main(root: Path, *, dev: bool) -> None:
    """Bring both folders up to date; ends the process with a sentence when that cannot be done."""
    check_python(sys.version_info[:2])
    with (root / "requirements.txt").open() as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # two makes at once take turns
        make_environment(root / ".venv")
        names = ("requirements.txt", "requirements-dev.txt") if dev else ("requirements.txt",)
        install(root / ".venv", [root / name for name in names])
        install_front_end(root)


def check_python(version: tuple[int, ...]) -> None:
    if not OLDEST <= version < FIRST_TOO_NEW:
        stop(f"Bursar needs Python 3.11, 3.12 or 3.13, and this is {'.'.join(map(str, version))}.")


def make_environment(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        stop(f"{folder} is a file, but the virtual environment goes there: move it away.")
    if folder.exists() and not _works(folder):
        print("The virtual environment in .venv is broken; making it again.")
        if folder.is_symlink():
            folder.unlink()
        else:
            shutil.rmtree(folder)
    if not folder.exists():
        print("Making the virtual environment in .venv …", flush=True)
        # The Python that runs this may have been in the broken environment; the one below it is still there.
        python = getattr(sys, "_base_executable", sys.executable)
        made = _run([python, "-m", "venv", str(folder)])
        if made.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            stop(
                f"{sys.executable} cannot make a virtual environment in {folder}: {_last_line(made)} On Debian and "
                "Ubuntu the package python3-venv is needed."
            )


def _works(folder: Path) -> bool:
    probe = f"import pip, sys; sys.exit(not {OLDEST} <= sys.version_info[:2] < {FIRST_TOO_NEW})"
    try:
        return not _run([str(folder / "bin" / "python"), "-c", probe]).returncode
    except OSError:
        return False


def install(environment: Path, files: Sequence[Path]) -> None:
    """Install the pinned packages by their hashes, unless that was done and they are all still there."""
    outdated = [file for file in files if not _is_current(environment, file)]
    if not outdated:
        return
    names = " and ".join(file.name for file in outdated)
    print(f"Installing the packages of {names} …", flush=True)
    for file in outdated:
        _stamp(environment, file).unlink(missing_ok=True)
    if not _install_with_uv(environment, outdated):
        installed = _pip(environment, outdated, "--force-reinstall")
        if installed.returncode:
            print(installed.stderr, file=sys.stderr)
            stop(
                f"The packages of {names} could not be installed, for the reason above. Is the network there? "
                "Run the same command again to continue."
            )
    for file in outdated:
        _stamp(environment, file).write_text("\n".join([_digest(file), *sorted(_packages(environment))]))


def _is_current(environment: Path, file: Path) -> bool:
    try:
        installed, *packages = _stamp(environment, file).read_text().split("\n")
    except FileNotFoundError:
        return False
    return installed == _digest(file) and _packages(environment).issuperset(packages)


def _stamp(environment: Path, file: Path) -> Path:
    return environment / f".bursar-{file.name}"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _packages(environment: Path) -> set[str]:
    return {path.parent.name for path in environment.glob("lib/python*/site-packages/*.dist-info/RECORD")}


def _install_with_uv(environment: Path, files: Sequence[Path]) -> bool:
    if _pip(environment, [files[0].with_name("requirements-uv.txt")], "--only-binary=:all:").returncode:
        return False
    try:
        installed = _run(
            [
                *(str(environment / "bin" / "uv"), "pip", "install", "--quiet", "--no-config"),
                *("--python", str(environment / "bin" / "python")),
                # What an interruption left is replaced, and every index is asked, as pip does: the hashes decide.
                *("--reinstall", "--index-strategy", "unsafe-best-match"),
                *("--no-deps", "--require-hashes", *_requirements(files)),
            ],
            env={**os.environ, **_sources(environment)},
        )
    except OSError:  # gone, or made for another machine
        return False
    return not installed.returncode


def _sources(environment: Path) -> dict[str, str]:
    """Where pip is set to find packages, in the words of uv, which does not read pip's settings."""
    listed = _run([str(environment / "bin" / "python"), "-m", "pip", "config", "list"]).stdout.splitlines()
    sources = {}
    for line in sorted(
        listed, key=lambda line: line.startswith(":env:")
    ):  # the environment has the last word
        name, _, value = line.partition("=")
        section, _, setting = name.rpartition(".")
        if section in {"global", "install", ":env:"} and setting in UV_SETTINGS:
            variable, separator = UV_SETTINGS[setting]
            sources[variable] = separator.join(ast.literal_eval(value).split())
    return sources


def _pip(environment: Path, files: Sequence[Path], *options: str) -> subprocess.CompletedProcess[str]:
    _forget_half_installed(environment)
    # Nothing is resolved or compiled here: the files name every package, and Python compiles what it imports.
    return _run(
        [
            *(str(environment / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input", "--no-deps"),
            *("--no-compile", "--disable-pip-version-check", *options),
            *("--require-hashes", *_requirements(files)),
        ]
    )


def _forget_half_installed(environment: Path) -> None:
    """Remove what names a package and not its files, which are listed last: pip refuses to replace such a one."""
    for package in environment.glob("lib/python*/site-packages/*.dist-info"):
        if not (package / "RECORD").exists():
            shutil.rmtree(package)


def _requirements(files: Sequence[Path]) -> list[str]:
    return [f"--requirement={file}" for file in files]


def install_front_end(root: Path) -> None:
    """Install the front-end packages with the npm that came from a wheel."""
    stamp = root / "node_modules" / ".bursar"
    wanted = _digest(root / "package-lock.json")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing the front-end packages …", flush=True)
    programs = root / ".venv" / "bin"
    installed = _run(
        [str(programs / "npm"), "ci", "--no-progress", "--loglevel=error"],
        cwd=root,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"},
    )
    if installed.returncode:
        print(installed.stderr, file=sys.stderr)
        stop("The front-end packages could not be installed, for the reason above. Is the network there?")
    stamp.write_text(wanted)


def _run(
    command: Sequence[str], *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def _last_line(ended: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (ended.stderr or ended.stdout).splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason."


def stop(sentence: str) -> NoReturn:
    sys.exit(sentence)


if __name__ == "__main__":
    main(ROOT, dev="--dev" in sys.argv[1:])
