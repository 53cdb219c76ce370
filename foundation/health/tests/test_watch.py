"""The dead man's switch: told by a web process when the nightly sweep stops, and when it is back."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from config.celery import app
from foundation.health import watch
from foundation.health.jobs import HEARTBEAT, record_run, schedules
from foundation.health.locks import only_one
from foundation.health.models import JobRun
from foundation.health.watch import Watch, look
from foundation.notices.models import Notice
from foundation.notices.rules import NoticeState
from foundation.notices.tasks import deliver_notices
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from foundation.webhooks.models import WebhookDelivery
from foundation.webhooks.tests.factories import endpoint

pytestmark = pytest.mark.django_db
SWEEP = "foundation.clear_sessions"


@pytest.fixture(autouse=True)
def one_job(monkeypatch, settings):
    """A schedule of one nightly job, which is watched, and the heartbeat."""
    for name, entry in list(app.conf.beat_schedule.items()):
        if entry["task"] not in {SWEEP, HEARTBEAT}:
            monkeypatch.delitem(app.conf.beat_schedule, name)
    monkeypatch.setattr("foundation.notices.tasks.wake_sender", lambda: None)
    monkeypatch.setattr("foundation.webhooks.tasks.wake_sender", lambda: None)
    settings.WATCHED_JOBS = {SWEEP: timedelta(hours=26)}


def done(*, hours_ago, job=SWEEP):
    when = timezone.now() - timedelta(hours=hours_ago)
    JobRun.objects.update_or_create(job=job, defaults={"started_at": when, "finished_at": when})


def subjects(mailbox):
    return sorted(f"{message['To']}: {message['Subject']}" for message in mailbox.messages)


def test_administrators_get_a_mail_from_here_when_the_sweep_was_not_done_for_26_hours(
    mailbox, administrator, finance
):
    second = make_user("Bea Boss", Role.ADMINISTRATOR)
    gone = make_user("Gone", Role.ADMINISTRATOR)
    gone.is_active = False
    gone.save()
    done(hours_ago=26.1)
    assert look(timezone.now()) == 2
    assert subjects(mailbox) == sorted(
        f"{person.email}: Clear sessions has not run for 26 hours" for person in (administrator, second)
    )
    body = mailbox.messages[0].get_body(("plain",)).get_content()
    assert "has not been done for 26 hours" in body
    assert "It was last done on" in body
    assert "/admin/foundation/jobrun/" in body
    assert Notice.objects.filter(state=NoticeState.SENT).count() == 2


def test_the_mail_comes_once_a_day_until_the_job_was_done_and_then_once_more(mailbox, administrator):
    now = timezone.now()
    done(hours_ago=27.5)
    look(now)
    look(now + timedelta(minutes=5))
    assert len(mailbox.messages) == 1
    tomorrow = now + timedelta(days=1)
    look(tomorrow)
    Notice.objects.update(next_attempt_at=now)
    assert [message["Subject"] for message in mailbox.messages] == [
        "Clear sessions has not run for 27 hours",
        "Clear sessions has not run for 51 hours",
    ]
    with record_run(SWEEP):
        pass
    look(timezone.now())
    look(timezone.now())
    assert [message["Subject"] for message in mailbox.messages][2:] == ["Clear sessions runs again"]
    assert JobRun.objects.get(job=SWEEP).silence_told_at is None


def test_nobody_is_told_while_it_is_done_in_time(mailbox, administrator):
    done(hours_ago=25.9)
    assert look(timezone.now()) == 0
    assert not mailbox.messages


def test_a_job_that_fails_every_night_counts_as_not_done(mailbox, administrator):
    done(hours_ago=30)
    with pytest.raises(ZeroDivisionError), record_run(SWEEP):
        raise ZeroDivisionError
    look(timezone.now())
    assert "It last failed on" in mailbox.messages[0].get_body(("plain",)).get_content()


def test_a_job_that_never_ran_is_told_26_hours_after_a_web_process_first_looked(mailbox, administrator):
    now = timezone.now()
    look(now)
    assert set(JobRun.objects.values_list("job", flat=True)) == set(schedules())
    look(now + timedelta(hours=25.9))
    assert not mailbox.messages
    look(now + timedelta(hours=26.1))
    assert "It was never done." in mailbox.messages[0].get_body(("plain",)).get_content()


def test_a_worker_that_is_alive_after_all_and_the_watch_send_it_once(mailbox, administrator):
    done(hours_ago=30)
    look(timezone.now())
    assert deliver_notices() == 0
    assert len(mailbox.messages) == 1


def test_a_mail_server_that_is_away_leaves_the_mail_to_whoever_looks_next(settings, administrator):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    done(hours_ago=30)
    look(timezone.now())
    notice = Notice.objects.get()
    assert notice.state == NoticeState.QUEUED
    assert notice.last_error.startswith("ConnectionRefusedError")


def test_endpoints_hear_of_every_late_job_once(receiver, administrator):
    endpoint(receiver.url)
    done(hours_ago=30)
    done(hours_ago=0, job=HEARTBEAT)
    look(timezone.now())
    look(timezone.now())
    (told,) = WebhookDelivery.objects.all()
    assert told.text.startswith("Clear sessions is late: it was due on 20")
    assert receiver.numbers == [told.message_id]
    JobRun.objects.filter(job=SWEEP).update(finished_at=None, known_since=timezone.now() - timedelta(days=3))
    look(timezone.now())
    assert WebhookDelivery.objects.filter(text__endswith="and never done yet.").exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_one_looks(administrator):
    done(hours_ago=30)
    looked = []

    def other():
        try:
            looked.append(look(timezone.now()))
        finally:
            connection.close()

    with only_one("watch of jobs") as got:
        assert got
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert looked == [0]
    assert not Notice.objects.exists()


def test_the_thread_survives_a_database_that_is_away_and_stops_when_told(monkeypatch):
    seen = threading.Event()
    looks = []

    def away(now):
        looks.append(now)
        if len(looks) > 2:
            seen.set()
        raise OperationalError("connection to secret-host refused")

    monkeypatch.setattr(watch, "look", away)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    thread = Watch(every=0.01, first=0)
    assert thread.daemon, "a process that ends does not wait for it"
    thread.start()
    assert seen.wait(5)
    thread.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_processes_that_start_together_do_not_look_together():
    waits = {Watch()._first for _ in range(20)}
    assert len(waits) > 1
    assert all(watch.FIRST_LOOK_AFTER_SECONDS <= wait <= watch.LOOK_EVERY_SECONDS for wait in waits)


def test_gunicorn_starts_the_watch_in_every_worker(monkeypatch, settings):
    started: list[Watch] = []
    monkeypatch.setattr(Watch, "start", lambda self: started.append(self))  # noqa: PLW0108  # it is bound
    hooks: dict[str, Any] = {}
    exec((settings.BASE_DIR / "gunicorn.conf.py").read_text(), hooks)  # noqa: S102  # as gunicorn reads it
    hooks["post_worker_init"](None)
    assert len(started) == 1
    assert "!gunicorn.conf.py" in (settings.BASE_DIR / ".dockerignore").read_text().splitlines()
