"""The beat schedule names tasks that exist, and begins with a sign of life."""

from celery.signals import beat_init

from config.celery import app


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_the_first_heartbeat_does_not_wait_a_minute(monkeypatch):
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, **_options: sent.append(name))
    beat_init.send(sender=None)
    assert sent == ["foundation.heartbeat"]
