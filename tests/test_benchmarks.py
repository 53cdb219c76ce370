"""What `make bench` measures, at a size that takes no time: it fits the models, and compares like with like."""

import json

import pytest

from benchmarks import renewals
from benchmarks.pages import API_PAGE, Pages
from benchmarks.seed import write
from benchmarks.sql import commitments_as_json
from foundation.books.selectors import local_today
from sponsors.commitments.models import Commitment
from sponsors.renewals.models import Assessment
from sponsors.renewals.services.assessing import assess_commitments


@pytest.fixture
def pages(db, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    pages = Pages()
    write(sponsors=3, user=pages.user.pk, fund=pages.fund.pk)
    return pages


def test_the_sql_written_by_hand_gives_what_the_api_gives(pages):
    assert Commitment.objects.count() == 30
    assert json.loads(commitments_as_json(100)) == json.loads(pages.get(API_PAGE, pages.api))["results"]


def test_every_commitment_of_the_night_is_due_for_an_assessment(db):
    pages = Pages()
    renewals.write(sponsors=3, user=pages.user.pk, fund=pages.fund.pk)
    done = assess_commitments(actor=None, today=local_today())
    # Ten of each sponsor; the earlier ones, whose outcomes make the base rate, are over for long.
    assert (done.assessed, Commitment.objects.count()) == (30, 33)
    made = Assessment.objects.exclude(replacement_a_year=None).first()
    assert made is not None
    assert (made.base_cases, made.base_lapses) == (3, 3)


def test_every_list_opens(pages):
    for path, client in pages.paths().items():
        assert pages.get(path, client), path
