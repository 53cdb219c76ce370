"""The organization's profile decides which day it is, and is read once a page."""

from datetime import UTC, date, datetime

import pytest

from foundation.books.models import Organization
from foundation.books.selectors import current_organization, local_today, organization_remembered

pytestmark = pytest.mark.django_db


def test_the_day_is_that_of_the_foundations_time_zone():
    Organization.objects.create(pk=1, name="Pacific Foundation", time_zone="Pacific/Auckland")
    assert local_today(datetime(2026, 3, 1, 11, 30, tzinfo=UTC)) == date(2026, 3, 2)


def test_before_the_profile_is_filled_in_there_is_one_with_defaults():
    assert current_organization().name == "Your foundation"
    assert local_today(datetime(2026, 3, 1, 11, 30, tzinfo=UTC)) == date(2026, 3, 1)


def test_a_page_reads_the_profile_once(django_assert_num_queries):
    with django_assert_num_queries(1), organization_remembered():
        assert current_organization() is current_organization()
    with django_assert_num_queries(2):
        current_organization()
        current_organization()
