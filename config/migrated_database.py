"""A migrated database to clone test databases from, so that migrations run once and not at every start."""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from config.postgres import database_url

_ROOT = Path(__file__).resolve().parent.parent
_PREFIX = "migrated_"


def migrated_database(data_dir: Path) -> str:
    """Return the name of a migrated, empty database on the embedded server, made when the migrations changed."""
    name = _PREFIX + _fingerprint()
    server = database_url(data_dir).replace("/bursar?", "/postgres?")
    with (
        (data_dir / "template.lock").open("w") as lock,
        psycopg.connect(server, autocommit=True) as connection,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_PREFIX]
        )
        present = {str(row[0]) for row in found}
        if name in present:
            return name
        for outdated in present:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(outdated)))
        unfinished = f"{_PREFIX}unfinished"
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
        # Tests wait for it, and to measure what migrations do would double the time.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        subprocess.run(
            [sys.executable, "-m", "config.prepare"],
            cwd=_ROOT,
            env={**inherited, "DATABASE_URL": server.replace("/postgres?", f"/{unfinished}?")},
            check=True,
        )
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
        )
    return name


def _fingerprint() -> str:
    """Return what changes whenever the migrated database would: our migrations, and what we install."""
    digest = hashlib.sha256()
    for path in sorted(
        [*_ROOT.glob("*/migrations/*.py"), _ROOT / "requirements.txt", _ROOT / "config/settings.py"]
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
