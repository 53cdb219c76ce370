"""Several people and workers at one import at the same moment: real threads, real transactions."""

import io

import pytest
from django.utils import timezone

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.directory.tests.races import at_once
from sponsors.inkind.models import UsageAside, UsageDay, UsageImport, UsageRecord
from sponsors.inkind.progress import progress_of
from sponsors.inkind.rules import ImportState, UsageSource
from sponsors.inkind.services import imports
from sponsors.inkind.services.asides import assign_usage
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_files import own_csv, own_line

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = own_csv(*[own_line(f"2024-03-01T{hour:02}:00:00Z") for hour in range(24)]).encode()


@pytest.fixture
def engineer(db, monkeypatch):
    monkeypatch.setattr(imports, "_wake_worker", lambda: None)
    factories.service()
    factories.region()
    return make_user("Ira Infrastructure", Role.INFRASTRUCTURE)


def begin(engineer, content=CONTENT):
    return imports.begin_import(
        actor=engineer,
        source=UsageSource.UPLOAD,
        file=io.BytesIO(content),
        file_name="march.csv",
        size=len(content),
        keep=True,
    )


def read(usage_import):
    with progress_of(usage_import) as progress:
        return imports.carry_out_import(
            usage_import=usage_import, now=timezone.now(), on_progress=progress.tell
        )


def test_two_presses_begin_one_import(engineer):
    first, second = at_once(lambda: begin(engineer), lambda: begin(engineer))
    assert first == second
    assert UsageImport.objects.count() == 1


def test_an_import_is_claimed_by_one_of_two_workers(engineer):
    usage_import = begin(engineer)
    claimed = at_once(*[lambda: imports.claim_next_import(now=timezone.now())] * 2)
    assert [found for found in claimed if found is not None] == [usage_import]


def test_two_workers_at_one_import_take_it_in_once(engineer):
    begin(engineer)
    claimed = imports.claim_next_import(now=timezone.now())
    assert claimed is not None
    # Two processes share no object: one that both held would also have them share where they are in the file.
    one, other = (UsageImport.objects.get(pk=claimed.pk) for _worker in range(2))
    results = at_once(lambda: read(one), lambda: read(other))
    done = [result for result in results if isinstance(result, UsageImport)]
    assert done
    assert {(result.state, result.new_count, result.same_count) for result in done} == {("done", 24, 0)}
    assert UsageRecord.objects.count() == 24
    claimed.refresh_from_db()
    assert claimed.progress.done == len(CONTENT)


def test_one_file_by_two_people_at_once_is_one_truth(engineer):
    other = make_user("Olga Operator", Role.INFRASTRUCTURE)
    for person in (engineer, other):
        begin(person)
    claimed = [imports.claim_next_import(now=timezone.now()) for _worker in range(2)]
    results = at_once(*(lambda found=found: read(found) for found in claimed))
    assert sorted((result.state, result.new_count, result.same_count) for result in results) == [
        (ImportState.DONE, 0, 24),
        (ImportState.DONE, 24, 0),
    ]
    assert UsageDay.objects.get().requests == 2_400


def test_two_who_assign_at_once_count_the_rows_once(engineer):
    aside = factories.aside("mirror", "usa")
    service = factories.service()
    counted = at_once(*[lambda: assign_usage(actor=engineer, aside=aside, service=service)] * 2)
    assert sorted(counted) == [0, 1]
    assert not UsageAside.objects.exists()
    assert UsageDay.objects.get().requests == 100
