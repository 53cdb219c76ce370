"""What periodic jobs leave behind, and what is told of one that is late."""

from datetime import timedelta

import pytest
from celery import shared_task
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.celery import app
from foundation.health import selectors
from foundation.health.admin import duration_in_words
from foundation.health.jobs import HEARTBEAT, LeftToAnother, record_run, schedules
from foundation.health.models import JobRun
from foundation.health.rules import Standing
from foundation.health.selectors import scheduled_jobs
from foundation.health.tasks import heartbeat

pytestmark = pytest.mark.django_db
NIGHTLY = "foundation.clear_sessions"
LIST = "/admin/foundation/jobrun/"


def job(name=NIGHTLY, now=None):
    return next(job for job in scheduled_jobs(now or timezone.now()) if job.name == name)


def last_done(ago, name=NIGHTLY):
    when = timezone.now() - ago
    JobRun.objects.update_or_create(job=name, defaults={"started_at": when, "finished_at": when})


def test_a_run_is_recorded_with_its_summary_and_how_long_it_took():
    with record_run("some.job") as run:
        assert JobRun.objects.get(job="some.job").finished_at is None
        run.summary = "3 things done"
    recorded = JobRun.objects.get(job="some.job")
    assert recorded.started_at is not None
    assert recorded.finished_at is not None
    assert recorded.started_at <= recorded.finished_at
    assert recorded.took is not None
    assert timedelta(0) < recorded.took < timedelta(seconds=5)
    assert recorded.summary == "3 things done"


def test_a_failed_run_keeps_the_time_of_the_last_good_one():
    heartbeat.apply()
    good = JobRun.objects.get(job=HEARTBEAT)
    with pytest.raises(ZeroDivisionError), record_run(HEARTBEAT):
        raise ZeroDivisionError
    failed = JobRun.objects.get(job=HEARTBEAT)
    assert failed.summary == "failed: ZeroDivisionError"
    assert (failed.finished_at, failed.took) == (good.finished_at, good.took)
    assert failed.failed_at is not None
    assert job(HEARTBEAT).has_failed
    JobRun.objects.update(started_at=timezone.now(), summary="")
    assert job(HEARTBEAT).has_failed, "a run that has only begun mends nothing"
    heartbeat.apply()
    assert not job(HEARTBEAT).has_failed


def test_a_run_that_left_the_work_to_another_process_is_not_done(monkeypatch):
    @shared_task(name="test.leaves")
    def leaves() -> LeftToAnother:
        return LeftToAnother("another process is at it")

    monkeypatch.setitem(app.conf.beat_schedule, "leaves", {"task": "test.leaves", "schedule": 60.0})
    leaves.apply()
    recorded = JobRun.objects.get(job="test.leaves")
    assert recorded.started_at is not None
    assert recorded.finished_at is None


def test_periodic_jobs_are_recorded_and_others_are_not(monkeypatch):
    @shared_task(name="test.counts")
    def counts() -> int:
        return 7

    counts()
    assert not JobRun.objects.filter(job="test.counts").exists()
    monkeypatch.setitem(app.conf.beat_schedule, "counts", {"task": "test.counts", "schedule": 60.0})
    assert counts.apply().result == 7
    assert JobRun.objects.get(job="test.counts").summary == "7"


def test_every_job_of_the_schedule_exists_and_every_watched_one_is_in_it(settings):
    app.loader.import_default_modules()
    assert set(schedules()) <= set(app.tasks)
    assert settings.WATCHED_JOBS
    assert set(settings.WATCHED_JOBS) <= set(schedules())


def test_a_heartbeat_notes_jobs_that_are_new_in_the_schedule_once():
    heartbeat()
    noted = dict(JobRun.objects.values_list("job", "known_since"))
    assert set(noted) == set(schedules())
    heartbeat()
    assert dict(JobRun.objects.values_list("job", "known_since")) == noted


def test_a_late_job_is_told_without_taking_the_web_process_away():
    heartbeat.apply()
    last_done(timedelta(days=3), "sponsors.renew_commitments")
    last_done(timedelta(days=3))
    response = Client().get("/readyz")
    answer = response.json()
    assert response.status_code == 200
    assert (answer["ready"], answer["parts"]["jobs"]) == (True, "late")
    assert answer["jobs"][NIGHTLY]["standing"] == "late"
    assert answer["jobs"][NIGHTLY]["last_done"] < answer["jobs"][NIGHTLY]["due"]
    assert answer["jobs"][HEARTBEAT]["standing"] == "done"
    for_monitors = Client().get("/jobz")
    assert for_monitors.status_code == 503
    assert for_monitors.json()["late"] == [NIGHTLY, "sponsors.renew_commitments"]


def test_monitors_hear_that_all_is_well_and_that_nobody_can_say(monkeypatch):
    heartbeat.apply()
    assert Client().get("/jobz").status_code == 200

    def away(_now):
        raise OperationalError("connection to secret-host refused")

    monkeypatch.setattr(selectors, "scheduled_jobs", away)
    response = Client().get("/jobz")
    assert (response.status_code, response.json()) == (503, {"late": [], "jobs": {}})


def test_jobs_are_read_in_one_query():
    heartbeat()
    with CaptureQueriesContext(connection) as queries:
        assert len(scheduled_jobs(timezone.now())) == len(schedules())
    assert len(queries) == 1


def test_the_list_says_how_each_job_stands(signed_in, administrator):
    heartbeat.apply()
    JobRun.objects.filter(job=NIGHTLY).update(
        started_at=timezone.now() - timedelta(days=4),
        finished_at=timezone.now() - timedelta(days=4),
        took=timedelta(seconds=75),
    )
    JobRun.objects.create(job="left.the_schedule")
    page = signed_in(administrator).get(LIST).content.decode()
    for words in ("Late", "Not yet due", "Done", "No longer scheduled", "1 min 15 s", "Clear sessions"):
        assert words in page, words
    assert "Late" in signed_in(administrator).get(f"{LIST}{NIGHTLY}/change/").content.decode()


def test_the_list_costs_the_same_for_one_job_and_for_all(signed_in, administrator):
    client = signed_in(administrator)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        return len(queries)

    last_done(timedelta(0))
    cost()
    one = cost()
    heartbeat()
    assert cost() == one


def test_the_first_page_names_what_is_late_and_what_failed_to_those_who_look_after_it(
    signed_in, administrator, fundraiser
):
    heartbeat.apply()
    JobRun.objects.exclude(job=HEARTBEAT).update(
        finished_at=timezone.now() - timedelta(days=9), failed_at=timezone.now() - timedelta(days=8)
    )
    response = signed_in(administrator).get("/admin/")
    page = response.content.decode()
    late = [job for job, _state in response.context["jobs"] if job.is_late]
    assert len(late) == len(schedules()) - 1
    assert f"Late: {late[0].in_words}, {late[1].in_words}" in page
    assert f"and {len(late) - 5} more." in page
    assert f"The last run of {NIGHTLY} failed." in page
    assert "Show all periodic jobs" in page
    assert "Periodic jobs" not in signed_in(fundraiser).get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.42, "0.4 s"), (12, "12 s"), (185, "3 min 5 s"), (7800, "2 h 10 min")],
)
def test_how_long_a_job_took_in_words(seconds, words):
    assert duration_in_words(timedelta(seconds=seconds)) == words


def test_one_standing_has_one_word():
    assert len({standing.value for standing in Standing}) == len(Standing)
