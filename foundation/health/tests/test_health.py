"""Alive, ready, and what periodic jobs leave behind."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from config.celery import app
from foundation.health import selectors
from foundation.health.jobs import HEARTBEAT
from foundation.health.models import JobRun
from foundation.health.selectors import silent_since
from foundation.health.tasks import heartbeat

ALL_WELL = {"database": "ok", "migrations": "ok", "broker": "ok", "heartbeat": "ok", "jobs": "ok"}


def test_alive_asks_no_database_and_takes_any_host():
    response = Client().get("/healthz", HTTP_HOST="10.0.0.7:8000")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["X-Request-ID"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/jobz"])
def test_health_is_read_only(path):
    assert Client().post(path).status_code == 405


@pytest.mark.django_db
def test_ready_when_everything_works():
    heartbeat()
    response = Client().get("/readyz", HTTP_HOST="10.0.0.7:8000")
    answer = response.json()
    assert (answer["ready"], answer["parts"]) == (True, ALL_WELL)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_not_ready_before_the_first_heartbeat_nor_after_a_late_one():
    assert Client().get("/readyz").json()["parts"] == ALL_WELL | {"heartbeat": "failed"}
    JobRun.objects.create(job=HEARTBEAT, finished_at=timezone.now() - timedelta(minutes=4))
    response = Client().get("/readyz")
    assert response.status_code == 503
    answer = response.json()
    assert not answer["ready"]
    assert answer["parts"] == ALL_WELL | {"heartbeat": "failed"}
    assert answer["waits_for"] == [
        "a worker to carry out a heartbeat that beat sends; both do so seconds after their start"
    ]


@pytest.mark.django_db
def test_not_ready_with_a_migration_to_apply(monkeypatch):
    heartbeat()
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("some", "migration")])
    assert Client().get("/readyz").json()["parts"] == ALL_WELL | {
        "migrations": "failed",
        "jobs": "unknown",
    }


@pytest.mark.django_db
def test_not_ready_without_a_broker_and_nothing_is_told_of_why(monkeypatch):
    heartbeat()
    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    response = Client().get("/readyz")
    assert response.json()["parts"] == ALL_WELL | {"broker": "failed"}
    assert "127.0.0.1" not in response.content.decode()


def test_not_ready_without_a_database(monkeypatch):
    def away() -> bool:
        raise OperationalError("connection to secret-host refused")

    monkeypatch.setattr(selectors, "_database_answers", away)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["parts"] == {
        "database": "failed",
        "migrations": "failed",
        "broker": "ok",
        "heartbeat": "failed",
        "jobs": "unknown",
    }
    assert "secret-host" not in response.content.decode()


@pytest.mark.django_db
def test_staff_are_warned_when_the_worker_fell_silent():
    now = timezone.now()
    assert silent_since(now) is None
    run = JobRun.objects.create(job=HEARTBEAT, finished_at=now - timedelta(minutes=2))
    assert silent_since(now) is None
    run.finished_at = now - timedelta(hours=2)
    run.save()
    assert silent_since(now) == run.finished_at
