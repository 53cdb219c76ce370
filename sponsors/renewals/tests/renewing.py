"""Renewals in hand, for tests: a commitment that ends soon, and its card."""

from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from foundation.errors import RuleViolation
from sponsors.commitments.tests.factories import colleague, signed_commitment
from sponsors.renewals.services.cases import close_case, move_case, open_case

TODAY = date(2026, 9, 1)
ENDS_BEFORE = date(2027, 1, 1)  # of what `ending` makes


def ending(sponsor=None, **more):
    """Return a signed commitment of three years whose last day is the end of 2026."""
    given: dict[str, Any] = {"years": 3, "starts_on": date(2024, 1, 1)} | more
    return signed_commitment(sponsor, **given)


def due(commitment=None, **more):
    return open_case(actor=None, commitment=commitment or ending(**more), today=TODAY)


def moved(case, state, note="", **more):
    return move_case(
        actor=more.pop("actor", colleague()), case=case, state=state, note=note, today=TODAY, **more
    )


def closed(case, as_):
    return close_case(actor=None, case=case, as_=as_, today=TODAY)


@contextmanager
def refused(code, field):
    with pytest.raises(RuleViolation) as caught:
        yield caught
    assert (caught.value.code, caught.value.field) == (code, field)
