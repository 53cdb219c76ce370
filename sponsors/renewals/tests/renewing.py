"""Renewals in hand, for tests: a commitment that ends soon, and its card."""

from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import pytest

from foundation.errors import RuleViolation
from sponsors.commitments.models import Commitment
from sponsors.commitments.tests.factories import colleague, signed_commitment
from sponsors.directory.models import Contact, Sponsor
from sponsors.directory.tests.factories import ContactFactory
from sponsors.renewals.models import Assessment, RenewalCase, RenewalLetter, ScoringPolicy
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.services.cases import close_case, move_case, open_case
from sponsors.renewals.services.letters import draft_letter

TODAY = date(2026, 9, 1)
NOW = datetime(2026, 9, 1, 10, tzinfo=UTC)
ENDS_BEFORE = date(2027, 1, 1)  # of what `ending` makes


def ending(sponsor: Sponsor | None = None, **more: Any) -> Commitment:
    """Return a signed commitment of three years whose last day is the end of 2026."""
    given: dict[str, Any] = {"years": 3, "starts_on": date(2024, 1, 1)} | more
    return signed_commitment(sponsor, **given)


def due(commitment: Commitment | None = None, **more: Any) -> RenewalCase:
    return open_case(actor=None, commitment=commitment or ending(**more), today=TODAY)


def moved(case, state, note="", **more):
    return move_case(
        actor=more.pop("actor", colleague()), case=case, state=state, note=note, today=TODAY, **more
    )


def closed(case: RenewalCase, as_: str) -> RenewalCase:
    return close_case(actor=None, case=case, as_=as_, today=TODAY)


@contextmanager
def refused(code, field):
    with pytest.raises(RuleViolation) as caught:
        yield caught
    assert (caught.value.code, caught.value.field) == (code, field)


def assessed(case, *, risk, cash, in_kind=None, currency="USD"):
    """Return the latest assessment of the case's commitment, as the night would write it."""
    policy = ScoringPolicy.objects.get(is_current=True)
    return Assessment.objects.create(
        commitment=case.commitment,
        day=TODAY,
        policy=policy,
        ends_before=case.commitment.ends_before,
        probability=risk,
        low=0,
        high=1,
        band=Band.HIGH,
        base_rate=0.2,
        base_cases=0,
        base_lapses=0,
        reasons=[],
        facts={},
        asks_for_person=False,
        currency=currency,
        cash_a_year=cash,
        in_kind_a_year=in_kind,
    )


def drafted_letter(case: RenewalCase | None = None, **more: Any) -> RenewalLetter:
    """Return the draft of a letter; its sponsor has a contact to whom it goes."""
    case = case or due(**more)
    sponsor = case.commitment.sponsor
    if not sponsor.contacts.exists():
        ContactFactory(sponsor=sponsor, roles=[Contact.Role.PRIMARY])
    return draft_letter(actor=colleague(), case=case, today=TODAY).letter
