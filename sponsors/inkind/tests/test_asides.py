"""Usage of names that nobody knows yet, and what becomes of it once somebody says what they mean."""

import pytest

from sponsors.inkind.models import ServiceKey, UsageAside, UsageDay, UsageRecord
from sponsors.inkind.rules import AsideProblem
from sponsors.inkind.storage.taking import take_from_aside
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_rows import came_to, loaded, raw_row, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def service():
    factories.region()
    return factories.service()


def kept():
    return sorted(UsageAside.objects.values_list("provider", "service_name", "region_name", "problem"))


def counts_of(run):
    run.refresh_from_db()
    return came_to(run)


def test_unknown_names_are_kept_aside_and_nothing_is_counted(service):
    run = loaded(raw_row(requests=1, service="unheard"), raw_row(2, requests=1, region="moon"))
    assert came_to(run) == {"aside": 2}
    assert kept() == [
        ("fastly", "files", "moon", AsideProblem.UNKNOWN_REGION),
        ("fastly", "unheard", "usa", AsideProblem.UNKNOWN_SERVICE),
    ]
    assert not UsageRecord.objects.exists()
    assert take_from_aside() == 0


def test_rows_kept_aside_are_counted_once_their_names_are_known(service):
    run = loaded(
        raw_row(requests=1, service="SU1Z"), raw_row(2, requests=2, region="moon"), raw_row(3, requests=-1)
    )
    ServiceKey.objects.create(service=service, provider="fastly", external_id="SU1Z")
    assert take_from_aside() == 1
    assert counts_of(run) == {"new": 1, "aside": 1, "rejected": 1}
    factories.region("moon")
    assert take_from_aside() == 1
    assert counts_of(run) == {"new": 2, "rejected": 1}
    assert sorted(UsageDay.objects.values_list("requests", flat=True)) == [1, 2]
    assert set(UsageRecord.objects.values_list("usage_import", flat=True)) == {run.pk}
    assert take_from_aside() == 0


def test_what_a_later_import_brought_stays(service):
    first = loaded(raw_row(requests=1, hits=1, service="SU1Z"))
    later = loaded(raw_row(requests=5))
    ServiceKey.objects.create(service=service, provider="fastly", external_id="SU1Z")
    assert take_from_aside() == 1
    assert counts_of(first) == {"changed": 1}
    record = UsageRecord.objects.get()
    assert (record.requests, record.hits, record.usage_import_id) == (5, 1, later.pk)


def test_of_two_imports_kept_aside_the_later_one_counts(service):
    first = loaded(raw_row(requests=1, region="moon"))
    second = loaded(raw_row(requests=2, region="moon"))
    third = loaded(raw_row(requests=2, region="moon"))
    assert [counts_of(run) for run in (first, second, third)] == [{"aside": 1}, {"aside": 1}, {"same": 1}]
    factories.region("moon")
    assert take_from_aside() == 2
    assert UsageRecord.objects.get().requests == 2
    assert [counts_of(run) for run in (first, second)] == [{"new": 1}, {"changed": 1}]


def test_a_bucket_that_stands_aside_twice_in_a_file_is_kept_once(service):
    row = raw_row(requests=1, region="moon")
    run = loaded(row, row._replace(line=2), row._replace(line=3, requests="2"))
    assert came_to(run) == {"aside": 1, "same": 1, "rejected": 1}
    assert told(run) == {3: "The same bucket stands on line 1, with other numbers. Those were taken."}


def test_two_names_of_one_service_cannot_tell_the_same_bucket(service):
    run = loaded(raw_row(requests=1, service="A"), raw_row(2, requests=2, service="B"))
    for name in "AB":
        ServiceKey.objects.create(service=service, provider="fastly", external_id=name)
    assert take_from_aside() == 2
    assert counts_of(run) == {"new": 1, "rejected": 1}
    assert told(run) == {2: "The same bucket stands on line 1, with other numbers. Those were taken."}


def test_a_row_without_provider_means_the_services_own(service):
    ServiceKey.objects.create(service=service, provider="fastly", external_id="SU1Z")
    ServiceKey.objects.create(service=service, provider="bunny", external_id="old")
    run = loaded(
        raw_row(provider="", requests=1),
        raw_row(2, provider="", service="SU1Z", start="2026-03-01T15:00:00Z"),
        raw_row(3, provider="", service="old"),
        raw_row(4, provider="", service="new", region="moon"),
    )
    assert came_to(run) == {"new": 2, "aside": 2}
    factories.service("new")
    assert take_from_aside() == 0
    assert ("fastly", "new", "moon", AsideProblem.UNKNOWN_REGION) in kept()
    factories.region("moon")
    assert take_from_aside() == 1


def test_regions_are_the_providers_whose_statistics_they_are(service):
    factories.region("moon", provider="bunny")
    run = loaded(raw_row(provider="bunny", region="moon", requests=1), raw_row(2, region="moon", requests=1))
    assert came_to(run) == {"new": 1, "aside": 1}
