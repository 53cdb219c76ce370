"""What `make bench` measures, at a size that takes no time: it fits the models, and compares like with like."""

import json

import pytest

from benchmarks.pages import API_PAGE, Pages
from benchmarks.seed import write
from benchmarks.sql import commitments_as_json
from sponsors.commitments.models import Commitment


@pytest.fixture
def pages(db, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    pages = Pages()
    write(sponsors=3, user=pages.user.pk, fund=pages.fund.pk)
    return pages


def test_the_sql_written_by_hand_gives_what_the_api_gives(pages):
    assert Commitment.objects.count() == 30
    assert json.loads(commitments_as_json(100)) == json.loads(pages.get(API_PAGE, pages.api))["results"]


def test_every_list_opens(pages):
    for path, client in pages.paths().items():
        assert pages.get(path, client), path
