"""What a test that commits leaves behind, and what it took away."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.as_migrated import AsMigrated
from foundation.people.models import User
from foundation.people.tests.factories import make_user
from sponsors.commitments.tests.factories import received
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db(transaction=True)


def rows_of(*models):
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_what_was_added_removed_and_changed_is_put_back():
    before = rows_of(User, Group, Permission, Group.permissions.through)
    as_migrated = AsMigrated.remember()
    Group.objects.earliest("pk").delete()
    Permission.objects.update(name="Another")
    make_user("Left Behind")
    as_migrated.put_back()
    assert rows_of(User, Group, Permission, Group.permissions.through) == before


def test_facts_that_may_not_be_removed_are_gone_too():
    as_migrated = AsMigrated.remember()
    receipt = received(SponsorFactory(), 100)
    as_migrated.put_back()
    assert not type(receipt).objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


def test_nothing_is_written_when_nothing_was():
    as_migrated = AsMigrated.remember()
    with CaptureQueriesContext(connection) as queries:
        as_migrated.put_back()
    assert [query["sql"] for query in queries if query["sql"].startswith(("DELETE", "INSERT", "SET"))] == []
    make_user("Left Behind")
    with CaptureQueriesContext(connection) as queries:
        as_migrated.put_back()
    assert 'DELETE FROM "foundation_user"' in " ".join(query["sql"] for query in queries)
