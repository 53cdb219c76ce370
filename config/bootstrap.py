"""Makes `.venv` and `node_modules` what the pinned files say: `python3 -I config/bootstrap.py [--dev]`.

Uses the standard library only, and says nothing when there is nothing to do. What an interrupted
or damaged set-up left is noticed by its missing stamp, or by packages gone since, and made again.
"""

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


def main(root: Path, *, dev: bool) -> None:
    """Bring both folders up to date; ends the process with a sentence when that cannot be done."""
    check_python(sys.version_info[:2])
    with (root / "requirements.txt").open() as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # two makes at once take turns
        make_environment(root / ".venv")
        for name in ("requirements.txt", "requirements-dev.txt") if dev else ("requirements.txt",):
            install(root / ".venv", root / name)
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
        made = _run([sys.executable, "-m", "venv", str(folder)])
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


def install(environment: Path, requirements: Path) -> None:
    """Install the pinned packages by their hashes, unless that was done and they are all still there."""
    stamp = environment / f".bursar-{requirements.name}"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if _is_current(environment, stamp, wanted):
        return
    print(f"Installing the packages of {requirements.name} …", flush=True)
    stamp.unlink(missing_ok=True)
    # Nothing is resolved or compiled here: the file names every package, and Python compiles what it imports.
    installed = _run(
        [
            *(str(environment / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input", "--no-deps"),
            *(
                "--no-compile",
                "--disable-pip-version-check",
                "--require-hashes",
                "--requirement",
                str(requirements),
            ),
        ]
    )
    if installed.returncode:
        print(installed.stderr, file=sys.stderr)
        stop(
            f"The packages of {requirements.name} could not be installed, for the reason above. Is the network there? "
            "Run the same command again to continue."
        )
    present = sorted(
        path.parent.name for path in environment.glob("lib/python*/site-packages/*.dist-info/RECORD")
    )
    stamp.write_text("\n".join([wanted, *present]))


def _is_current(environment: Path, stamp: Path, wanted: str) -> bool:
    try:
        installed, *packages = stamp.read_text().split("\n")
    except FileNotFoundError:
        return False
    present = {path.parent.name for path in environment.glob("lib/python*/site-packages/*.dist-info/RECORD")}
    return installed == wanted and present.issuperset(packages)


def install_front_end(root: Path) -> None:
    """Install the front-end packages with the npm that came from a wheel."""
    stamp = root / "node_modules" / ".bursar"
    wanted = hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()
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
