"""Two machines with a scheduler each: every periodic job may be run twice at the same moment."""

import pytest

from config.celery import app
from foundation.health.jobs import schedules
from foundation.health.models import JobRun
from sponsors.commitments.tests.factories import signed_commitment
from sponsors.directory.tests.races import at_once


@pytest.mark.django_db(transaction=True)
def test_every_job_may_run_on_two_machines_at_once():
    signed_commitment(years=2)
    app.loader.import_default_modules()
    for name in schedules():
        ended = at_once(*[lambda task=app.tasks[name]: task.apply(throw=True).state] * 2)
        assert ended == ["SUCCESS", "SUCCESS"], name
    done = JobRun.objects.exclude(finished_at=None).values_list("job", flat=True)
    assert set(done) == set(schedules())
