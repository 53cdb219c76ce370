"""Commitments that come to their end, for tests of what is said of them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from foundation.notices.models import Notice
from foundation.notices.rules import NoticeState
from sponsors.commitments.models import Commitment
from sponsors.commitments.tests.factories import cash_line, colleague, in_kind_line, signed_commitment
from sponsors.directory.models import Contact, Interaction, Sponsor
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory
from sponsors.renewals.models import Assessment, ScoringPolicy
from sponsors.renewals.services.assessing import assess_commitments
from sponsors.renewals.services.scoring_policies import make_policy

TODAY = date(2026, 3, 2)
YEAR_BEFORE = date(2025, 4, 1)


def known_sponsor(**more: Any) -> Sponsor:
    """Return a sponsor of whom everything is known that a score asks for."""
    colleague()  # who spoke with it also sees commitments
    sponsor = SponsorFactory(**{"foundations_supported": 0, "left_a_foundation": False} | more)
    ContactFactory(sponsor=sponsor)
    spoken(sponsor, TODAY - timedelta(days=10))
    return sponsor


def spoken(sponsor: Sponsor, day: date, kind: str = Interaction.Kind.CALL) -> Interaction:
    return InteractionFactory(sponsor=sponsor, kind=kind, occurred_at=datetime.combine(day, time(12), UTC))


def ending(
    sponsor: Sponsor | None = None,
    *,
    starts_on: date = YEAR_BEFORE,
    amount: int = 50_000,
    in_kind: int = 0,
    **more: Any,
) -> Commitment:
    """Return a signed commitment of a year, with a month to go on `TODAY`; in kind alone without cash."""
    lines = [cash_line(amount)] if amount else []
    lines += [in_kind_line(in_kind)] if in_kind else []
    given: dict[str, Any] = {"years": 1, "starts_on": starts_on, "lines": lines} | more
    return signed_commitment(sponsor or known_sponsor(), **given)


def mail_to(contact: Contact, state: NoticeState, *, at: datetime) -> Notice:
    """Return a mail that was sent to the contact, or failed for good."""
    number = Notice.objects.count()
    notice = Notice.objects.create(
        kind="test",
        key=f"test-{number}",
        recipient=contact.email.upper(),
        subject="About the renewal",
        body_text="Hello.",
        message_id=f"<test-{number}@foundation.example>",
        state=state,
        sent_at=at if state == NoticeState.SENT else None,
    )
    Notice.objects.filter(pk=notice.pk).update(created_at=at)
    return notice


def assessed(*commitments: Commitment, today: date = TODAY) -> list[Assessment]:
    """Return the latest assessments of the commitments, made now."""
    assess_commitments(actor=None, today=today, commitments=commitments)
    latest = Assessment.objects.latest_of_each().select_related("commitment", "policy")
    return [latest.get(commitment=commitment) for commitment in commitments]


def scoring_policy(number: int = 1) -> ScoringPolicy:
    """Return a version made from the one in use, different by its number."""
    return make_policy(
        actor=colleague(), name=f"Version {number}", reason="Tried out.", points={"overdue": 1 + number / 100}
    )
