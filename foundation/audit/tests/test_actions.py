"""What is written is recorded under the innermost action, and only what may write carries its name."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pghistory.models import Events

from foundation.audit.actions import acting

pytestmark = pytest.mark.django_db


def test_savepoints_carry_no_action_and_the_writes_between_them_do(finance, auditor):
    people = type(finance).objects
    with acting("outer", actor=auditor), CaptureQueriesContext(connection) as queries:
        with transaction.atomic(), acting("inner", actor=finance):
            people.filter(pk=finance.pk).update(name="Fay")
        with transaction.atomic():
            transaction.set_rollback(True)
        people.filter(pk=finance.pk).update(name="Fay F.")
    carrying = ["pghistory.context_metadata" in query["sql"] for query in queries]
    assert carrying == [False, True, False, False, False, False, True]
    named, renamed = (
        Events.objects.tracks(finance).order_by("pgh_created_at", "pgh_id").filter(pgh_label="update")
    )
    assert (named.pgh_context["action"], named.pgh_context["actor"]) == ("inner", finance.pk)
    assert (renamed.pgh_context["action"], renamed.pgh_context["actor"]) == ("outer", auditor.pk)
