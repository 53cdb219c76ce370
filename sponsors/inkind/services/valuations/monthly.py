"""What Bursar drafts by itself once a month's use is complete, and whom it tells."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from foundation.audit.actions import action
from foundation.books.selectors import current_organization
from foundation.errors import RuleViolation
from foundation.money.display import money_text
from foundation.notices.services import queue_notice
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.rules import FIRM, add_months
from sponsors.inkind.models import Supply, Valuation
from sponsors.inkind.rules import ValuationState
from sponsors.inkind.rules.valuation import month_after
from sponsors.inkind.selectors.metered import metered_use
from sponsors.inkind.services.valuations.metered import counts_beneath, draft_valuation, propose_adjustment

# A month that a stopped worker missed is caught up.
MONTHS_BACK = 3
# Days lack for a while; from this day of the next month on somebody is told.
TELL_FROM_DAY = 6
_INCOMPLETE = "use_incomplete"
_NOT_YET = frozenset({_INCOMPLETE, "no_use"})


@dataclass(frozen=True, slots=True)
class MonthlyWork:
    """What was drafted, and how many months wait for something."""

    drafted: tuple[Valuation, ...]
    held: int

    def __str__(self) -> str:
        return f"{len(self.drafted)} valuations drafted, {self.held} could not be"


@action("valuation.draft_months")
def draft_months(*, actor: User | None, today: date) -> MonthlyWork:
    """Draft every recent month whose use is complete and that nobody drafted, and adjustments of what changed.

    Finance is told once of what was drafted, and once of each month that something stands in the way of: at
    once, or from the sixth of the next month on when days are lacking. What was discarded is not drafted
    again. Run twice, or beside itself, it changes nothing more and tells nothing more.
    """
    drafted: list[Valuation] = []
    held = 0
    for line, month in _waiting(today):
        try:
            drafted.append(draft_valuation(actor=actor, line=line, month=month, today=today))
        except RuleViolation as violation:
            held += 1
            _tell_held(actor, line, month, violation, today)
    for valuation in Valuation.objects.stale().select_related("line__commitment__sponsor").order_by("pk"):
        if _is_decided(valuation):
            continue
        try:
            drafted.append(propose_adjustment(actor=actor, valuation=valuation))
        except RuleViolation as violation:
            held += 1
            _tell_held(actor, valuation.line, valuation.month, violation, today)
    if drafted:
        _tell_drafted(actor, drafted)
    return MonthlyWork(tuple(drafted), held)


def _waiting(today: date) -> Iterable[tuple[CommitmentLine, date]]:
    """Yield the lines and months with a supply and without any valuation, the earliest first."""
    for number in range(MONTHS_BACK, 0, -1):
        month = add_months(today.replace(day=1), -number)
        supplied = Supply.objects.overlapping(month, month_after(month)).values("line")
        lines = CommitmentLine.versions.filter(
            pk__in=supplied,
            commitment__state__in=FIRM,
            commitment__starts_on__lt=month_after(month),
            commitment__ends_before__gt=month,
        )
        lines = lines.exclude(commitment__closed_on__lte=month).exclude(
            pk__in=Valuation.objects.filter(month=month).values("line")
        )
        for line in lines.select_related("commitment__sponsor").order_by("pk"):
            yield line, month


def _is_decided(valuation: Valuation) -> bool:
    """Whether an adjustment waits, or somebody discarded the one of the use as it is now."""
    last = Valuation.objects.filter(adjusts=valuation.adjusts_id or valuation.pk).order_by("-pk").first()
    if last is None:
        return False
    if last.state == ValuationState.DISCARDED:
        return counts_beneath(last) == metered_use(valuation.line, valuation.month).counts
    return last.state in {ValuationState.DRAFT, ValuationState.SUBMITTED}


def _tell_drafted(actor: User | None, drafted: list[Valuation]) -> None:
    rows = [
        {
            "valuation": valuation,
            "sponsor": valuation.line.commitment.sponsor.name,
            "amount": money_text(valuation.value, valuation.currency),
            "range": f"between {money_text(valuation.low_value, valuation.currency)} and "
            f"{money_text(valuation.high_value, valuation.currency)}",
        }
        for valuation in drafted
    ]
    how_many = "A valuation is" if len(rows) == 1 else f"{len(rows)} valuations are"
    for person, address in _finance():
        queue_notice(
            actor=actor,
            kind="valuations_drafted",
            key=f"valuations_drafted:{drafted[0].pk}:{address}",
            recipient=address,
            subject=f"{how_many} drafted and can be submitted",
            template="valuations_drafted",
            context={"person": person, "rows": rows},
            about=drafted[0],
        )


def _tell_held(
    actor: User | None, line: CommitmentLine, month: date, violation: RuleViolation, today: date
) -> None:
    if violation.code in _NOT_YET and today < month_after(month) + timedelta(days=TELL_FROM_DAY - 1):
        return
    for person, address in _finance():
        queue_notice(
            actor=actor,
            kind="valuation_held",
            key=f"valuation_held:{line.pk}:{month:%Y-%m}:{violation.code}:{address}",
            recipient=address,
            subject=f"{month:%B %Y} of {line.commitment.number} cannot be valued yet",
            template="valuation_held",
            context={"person": person, "line": line, "month": month, "problem": violation.message},
            about=line.commitment,
        )


def _finance() -> list[tuple[User | None, str]]:
    """Return the colleagues in Finance, else the foundation's own address, if it has one."""
    people = User.objects.colleagues().with_role(Role.FINANCE).order_by("pk")
    found: list[tuple[User | None, str]] = [(person, person.email) for person in people]
    address = current_organization().contact_email
    return found or ([(None, address)] if address else [])
