"""Writing to sponsors about payments: to whom, of what in one mail, and to whom not."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from foundation.books.selectors import organization_remembered
from foundation.documents.rendering import day_text
from foundation.money.display import money_text
from foundation.notices.services import queue_notice
from foundation.people.models import User
from sponsors.commitments.models import Installment, Invoice
from sponsors.commitments.services.billing import payment_contacts
from sponsors.directory.models import Contact
from sponsors.renewals.models import PaymentReminder
from sponsors.renewals.selectors.payments import Covered, covered_by_credit

COVERED = "The sponsor was not written to: credit that pays nothing yet covers it. Allocate the receipt."
NOBODY = "The sponsor was not written to: nobody there who gets invoices has an email address."


@dataclass(frozen=True, slots=True)
class Reminded:
    """A new reminder, its installment with the sponsor, and the invoice that stands for it."""

    reminder: PaymentReminder
    installment: Installment
    invoice: Invoice | None

    @property
    def remainder(self) -> Decimal:
        return self.installment.remainder


def mail_sponsors(*, actor: User | None, reminded: Sequence[Reminded], today: date) -> int:
    """Write to the billing contact of each sponsor, in the caller's transaction, and return how many mails.

    What one invoice asks for by one day, or one commitment without an invoice, is in one mail. Why somebody was not
    written to is kept with the reminder. Beside the mails themselves four queries.
    """
    contacts = payment_contacts({one.installment.commitment.sponsor_id for one in reminded}, today)
    credit = covered_by_credit(one.installment for one in reminded)
    mails = 0
    with organization_remembered():
        for group in _in_one_mail(reminded, credit):
            contact = contacts.get(group[0].installment.commitment.sponsor_id)
            if contact is None:
                for one in group:
                    one.reminder.reason = NOBODY
                continue
            _mail(actor, contact, group, credit, today)
            mails += 1
    PaymentReminder.objects.bulk_update((one.reminder for one in reminded), ["notice", "reason"])
    return mails


def _in_one_mail(reminded: Iterable[Reminded], credit: dict[int, Covered]) -> list[list[Reminded]]:
    groups: dict[tuple[int, int | None, date, int], list[Reminded]] = defaultdict(list)
    for one in reminded:
        covered = credit.get(one.installment.pk)
        if covered and covered.in_full:
            one.reminder.reason = COVERED
            continue
        invoice = one.invoice.pk if one.invoice else None
        reminder = one.reminder
        groups[one.installment.commitment_id, invoice, reminder.due_on, reminder.days].append(one)
    return list(groups.values())


def _mail(
    actor: User | None, contact: Contact, group: Sequence[Reminded], credit: dict[int, Covered], today: date
) -> None:
    first = group[0]
    reminder, commitment, invoice = first.reminder, first.installment.commitment, first.invoice
    currency = commitment.currency
    amount = money_text(sum((one.remainder for one in group), start=Decimal(0)), currency)
    held = sum(
        (credit[one.installment.pk].credit for one in group if one.installment.pk in credit), start=Decimal(0)
    )
    due, days = day_text(reminder.due_on), (today - reminder.due_on).days
    what = f"Invoice {invoice.number}" if invoice else f"Your support ({commitment.number})"
    when = f"was due on {due}" if days > 0 else f"is due on {due}" if days else "is due today"
    notice = queue_notice(
        actor=actor,
        kind="payment_reminder",
        key=f"payment_reminder:{first.installment.pk}:{reminder.due_on}:{reminder.code}",
        recipient=contact.email,
        subject=f"{what}: {amount} {when}",
        template="payment_reminder",
        context={
            "contact": contact,
            "commitment": commitment,
            "invoice": invoice,
            "amount": amount,
            "due": due,
            "days": days,
            "parts": [_part(one, currency) for one in group] if len(group) > 1 else [],
            "credit": money_text(held, currency) if held else "",
            "quote": invoice.number if invoice else commitment.number,
        },
        about=reminder,
        attachment=invoice.document if invoice else None,
    )
    for one in group:
        one.reminder.notice = notice


def _part(one: Reminded, currency: str) -> tuple[str, str]:
    what = one.installment.description or f"Installment {one.installment.position}"
    return what, money_text(one.remainder, currency)
