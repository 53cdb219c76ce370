"""What an amendment may not reach: what came since, closed days, and what was asked for already."""

from datetime import date

import pytest

from sponsors.commitments.rules import NotAllowedNow
from sponsors.commitments.tests.amending import amended, proposed_amendment
from sponsors.commitments.tests.factories import signed_commitment
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db


def test_what_was_written_over_an_earlier_version_is_refused():
    commitment = signed_commitment()
    first = amended(commitment, ends_before=date(2029, 7, 1))
    with refused("was changed since you opened this page", field="commitment", kind=NotAllowedNow):
        proposed_amendment(commitment, pauses=[], ends_before=date(2028, 7, 1), after=None)
    assert commitment.amendments.count() == 1
    assert proposed_amendment(commitment, ends_before=date(2029, 10, 1), after=first.pk).number == 2
