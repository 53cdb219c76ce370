"""Evidence: kept once, privately, and never changed."""

import pytest
from django.core.files.storage import default_storage

from foundation.uploads.rules import UploadRefused
from sponsors.inkind.models import ValuationEvidence
from sponsors.inkind.rules import InKindError, NotAllowedNow
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tests.valuing import approved, drafted_gift, treasurer

pytestmark = pytest.mark.django_db

CSV = b"day,bytes\n2024-03-01,5\n"


def added(valuation, content=CSV, file_name="C:\\papers\\use\x07.csv", note=" The export. "):
    return services.add_evidence(
        actor=treasurer(), valuation=valuation, content=content, file_name=file_name, note=note
    )


def test_a_file_is_kept_under_a_name_that_nobody_can_guess():
    evidence = added(approved(drafted_gift()))
    assert (evidence.file_name, evidence.note, evidence.added_by) == ("use.csv", "The export.", treasurer())
    assert evidence.file.name.startswith("evidence/")
    assert "use" not in evidence.file.name
    with default_storage.open(evidence.file.name) as file:
        assert file.read() == CSV
    assert added(evidence.valuation, b"[1]", "\x07", "").file_name == "evidence.json"


def test_the_same_file_is_kept_once():
    evidence = added(drafted_gift())
    with pytest.raises(InKindError, match=r"there already, as use\.csv"):
        added(evidence.valuation)


def test_what_is_no_evidence_leaves_nothing():
    with pytest.raises(UploadRefused):
        added(drafted_gift(), b"MZ\x90\x00")
    assert not ValuationEvidence.objects.exists()


def test_a_discarded_valuation_takes_none():
    valuation = services.discard_valuation(actor=treasurer(), valuation=drafted_gift())
    with pytest.raises(NotAllowedNow):
        added(valuation)
