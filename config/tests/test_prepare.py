"""What is done to the database before Bursar serves."""

from collections.abc import Iterator

import pytest
from django.db import connection

from config import prepare
from config.environment import Mode, environment
from foundation.books.models import Organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def called(db, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    called: list[str] = []

    def call_command(name: str, **options: object) -> None:
        called.append(f"{name} --accounts" if options.get("accounts") else name)

    monkeypatch.setattr("django.core.management.call_command", call_command)
    yield called
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def test_database_that_is_up_to_date_is_left_alone(called):
    prepare.prepare(demo=False)
    assert called == []


def test_two_that_prepare_one_database_take_turns(called):
    prepare.prepare(demo=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", [prepare._PREPARING]
        )
        assert cursor.fetchone() == (1,)


def test_pending_migration_is_run(called, monkeypatch, capsys):
    monkeypatch.setattr(
        "django.db.migrations.executor.MigrationExecutor.migration_plan", lambda self, targets: ["one"]
    )
    prepare.prepare(demo=False)
    assert called == ["migrate"]
    assert capsys.readouterr().err == "Migrating the database …\n"


def test_empty_database_gets_the_demonstration_and_its_accounts_are_listed(called):
    prepare.prepare(demo=True)
    assert called == ["load_demo", "load_demo --accounts"]


def test_database_in_use_gets_no_demonstration(called):
    Organization.objects.create(name="Example Foundation")
    prepare.prepare(demo=True)
    assert called == ["load_demo --accounts"]


def test_production_gathers_its_static_files(called, monkeypatch):
    monkeypatch.setattr(
        prepare, "environment", environment.model_copy(update={"bursar_mode": Mode.PRODUCTION})
    )
    prepare.prepare(demo=False)
    assert called == ["collectstatic"]
