"""What the constraints of the tables refuse, whichever path a write takes."""

import pytest

from sponsors.commitments.tests.factories import signed_commitment
from sponsors.commitments.tests.raw import denied, run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("day", ["1989-12-31", "2100-01-01", "0202-06-01"])
def test_announcement_is_in_a_year_that_can_be_meant(day):
    commitment = signed_commitment()
    change = "UPDATE sponsors_commitment SET announced_on = %s WHERE id = %s"

    denied("announcement_is_within_reach", change, day, commitment.pk)
    for possible in ("1990-01-01", "2099-12-31", None):
        run(change, possible, commitment.pk)
