"""Which payments are to be reminded of, and who is told.

A payment is due on the due date of its installment, or on that of the invoice that stands for it when that is later:
nobody is reminded of what our own paper does not ask for yet.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Greatest

from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.commitments.models import Installment, InvoiceLine, Receipt
from sponsors.commitments.rules import InstallmentState
from sponsors.renewals.models import PaymentReminder
from sponsors.renewals.rules.payments import PaymentStep, due_dates_near
from sponsors.renewals.selectors.people import able_people, renewal_settings

_SETTLED = {
    InstallmentState.PAID: "Paid.",
    InstallmentState.WRITTEN_OFF: "Written off.",
    InstallmentState.RELEASED: "No longer due.",
}
REPLACED_BY_AMENDMENT = "An amendment took this installment away."
MOVED = "It is due on another day now."


def pays_by(installment: str = "pk", due_on: str = "due_on") -> Greatest:
    """Return the day by which the installment of that column is to be paid, in SQL."""
    standing = InvoiceLine.objects.filter(installment=OuterRef(installment), stands=True)
    # The greatest of a day and nothing is the day.
    return Greatest(due_on, Subquery(standing.order_by().values("invoice__due_on")[:1]))


def to_remind(steps: Collection[PaymentStep], today: date) -> QuerySet[Installment]:
    """Return installments of which something is still to be paid and whose open step is not taken; with `pays_by`."""
    near = due_dates_near(steps, today)
    if near is None:
        return Installment.objects.none()
    by_schedule = Installment.objects.open().filter(due_on__range=near)
    lines = InvoiceLine.objects.filter(stands=True, invoice__due_on__range=near)
    by_invoice = Installment.objects.open().filter(pk__in=lines.values("installment"))
    # Two scans of small indexes joined; an OR would read every installment.
    found = by_schedule.order_by().values("pk").union(by_invoice.order_by().values("pk"))
    return _with_open_step(Installment.objects.with_paid().filter(pk__in=found), steps, today)


def still_to_remind(
    installments: Collection[int], steps: Collection[PaymentStep], today: date
) -> QuerySet[Installment]:
    """Return those of the installments that `to_remind` would return now."""
    return _with_open_step(Installment.objects.open().filter(pk__in=installments), steps, today)


def _with_open_step(
    installments: QuerySet[Installment], steps: Collection[PaymentStep], today: date
) -> QuerySet[Installment]:
    """Narrow to what is to be paid on a day near enough: one step of it is open then, see `rules.payments`."""
    is_open = Q()
    for step in steps:
        opened, closes = today - timedelta(days=step.days), today - timedelta(days=step.closes)
        is_open |= Q(days=step.days, due_on__gt=closes, due_on__lte=opened)
    taken = PaymentReminder.objects.filter(is_open, installment=OuterRef("pk"), due_on=OuterRef("pays_by"))
    return installments.annotate(pays_by=pays_by()).filter(
        ~Exists(taken), pays_by__range=due_dates_near(steps, today)
    )


def no_longer_waiting(today: date) -> dict[str, list[int]]:
    """Return the open reminders of what is paid, written off, gone, or due on another day, by that reason."""
    found: dict[str, list[int]] = defaultdict(list)
    waiting = PaymentReminder.objects.waiting().annotate(
        pays_by=pays_by("installment", due_on="installment__due_on")
    )
    states: QuerySet[Any] = Installment.versions.with_state(today).filter(pk=OuterRef("installment"))
    rows = waiting.annotate(standing=Subquery(states.values("state")[:1])).filter(
        Q(standing__in=_SETTLED) | Q(installment__removed_by__isnull=False) | ~Q(due_on=F("pays_by"))
    )
    for pk, standing, removed in rows.values_list("pk", "standing", "installment__removed_by").order_by("pk"):
        reason = REPLACED_BY_AMENDMENT if removed else _SETTLED.get(standing, MOVED)
        found[reason].append(pk)
    return found


def reminders_of(installment: Installment) -> tuple[PaymentReminder, ...]:
    """Return the reminders of an installment in the order of their days, with mail and people told. Two queries."""
    rows = PaymentReminder.objects.filter(installment=installment).select_related("notice")
    return tuple(rows.prefetch_related("tellings__person").order_by("due_on", "days"))


def people_told_of_payments() -> list[User]:
    """Return the colleagues in Finance; without any, the director, else the fundraising lead."""
    people = list(User.objects.colleagues().with_role(Role.FINANCE).order_by("pk"))
    if people:
        return people
    settings, able = renewal_settings(), able_people()
    instead = [settings.director, settings.fundraising_lead]
    return [person for person in instead if person is not None and person.pk in able][:1]


@dataclass(frozen=True, slots=True)
class Covered:
    """How much of the sponsor's credit, money that pays nothing yet, there is for an installment."""

    credit: Decimal
    in_full: bool


def covered_by_credit(installments: Iterable[Installment]) -> dict[int, Covered]:
    """Return for which of the installments there is credit in their currency, by their keys. At most two queries.

    Credit pays the oldest first, as money does that comes in; what older installments would take is not there.
    """
    wanted = list(installments)
    sponsors = {row.commitment.sponsor_id for row in wanted}
    credit: dict[tuple[int, str], Decimal] = {
        (sponsor, currency): amount
        for sponsor, currency, amount in Receipt.objects.with_credit()
        .filter(sponsor__in=sponsors)
        .order_by()
        .values_list("sponsor", "currency")
        .annotate(sum=Sum("unapplied"))
    }
    if not credit:
        return {}
    asked = {row.pk for row in wanted}
    owed: QuerySet[Any] = (
        Installment.objects.open()
        .filter(commitment__sponsor__in={sponsor for sponsor, _currency in credit})
        .filter(due_on__lte=max(row.due_on for row in wanted))
    )
    found = {}
    for pk, sponsor, currency, remainder in owed.order_by("due_on", "pk").values_list(
        "pk", "commitment__sponsor", "commitment__currency", "remainder"
    ):
        left = credit.get((sponsor, currency), Decimal(0))
        used = min(left, remainder)
        if used:
            credit[sponsor, currency] = left - used
            if pk in asked:
                found[pk] = Covered(used, in_full=used == remainder)
    return found
