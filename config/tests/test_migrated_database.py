"""The migrated database that test databases are cloned from, made here on a server of its own."""

import subprocess
from pathlib import Path

import psycopg
import pytest

from config import migrated_database
from config.postgres import database_url, hold


def databases(data_dir: Path) -> set[str]:
    with psycopg.connect(database_url(data_dir)) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'migrated%'")
        return {row[0] for row in found}


def test_migrated_database_is_made_once_for_each_set_of_migrations(tmp_path, monkeypatch):
    migrated: list[str] = []

    def migrate(command: list[str], *, env: dict[str, str], **options: object) -> None:
        migrated.append(env["DATABASE_URL"])
        if len(migrated) == 2:
            raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(migrated_database, "_fingerprint", lambda: "one")
    with hold(tmp_path, durable=False), monkeypatch.context() as instead:
        instead.setattr(subprocess, "run", migrate)
        assert migrated_database.migrated_database(tmp_path) == "migrated_one"
        assert migrated_database.migrated_database(tmp_path) == "migrated_one"
        assert len(migrated) == 1
        assert "/migrated_unfinished?host=" in migrated[0]
        monkeypatch.setattr(migrated_database, "_fingerprint", lambda: "two")
        with pytest.raises(subprocess.CalledProcessError):
            migrated_database.migrated_database(tmp_path)
        assert databases(tmp_path) == {"migrated_unfinished"}
        assert migrated_database.migrated_database(tmp_path) == "migrated_two"
        assert databases(tmp_path) == {"migrated_two"}


def test_fingerprint_follows_the_migrations(tmp_path, monkeypatch):
    for name in ("requirements.txt", "config/settings.py", "app/migrations/0001_initial.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    monkeypatch.setattr(migrated_database, "_ROOT", tmp_path)
    before = migrated_database._fingerprint()
    assert migrated_database._fingerprint() == before
    (tmp_path / "app/migrations/0001_initial.py").write_text("after")
    assert migrated_database._fingerprint() != before
