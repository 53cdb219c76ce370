"""What installments were paid, and what of receipts is left, read again from the database."""

from collections import defaultdict
from decimal import Decimal

from sponsors.commitments.models import Installment, Receipt
from sponsors.commitments.selectors import aged_debt, sponsor_balance, statement
from sponsors.commitments.tests.factories import START


def paid(commitment):
    rows = Installment.objects.with_paid().filter(commitment=commitment)
    return [row.paid for row in rows.order_by("position")]


def unapplied(receipt):
    return Receipt.objects.with_allocated().get(pk=receipt.pk).unapplied


def aged_debt_is_what_is_open(day):
    by_currency: dict[str, Decimal] = defaultdict(Decimal)
    for row in Installment.objects.open().select_related("commitment"):
        by_currency[row.commitment.currency] += row.remainder
    assert {total.currency: total.total for total in aged_debt(day).totals} == by_currency


def statement_ends_with_what_is_owed_less_the_credit(sponsor, day):
    owed: dict[str, Decimal] = defaultdict(Decimal)
    for balance in sponsor_balance(sponsor, day):
        owed[balance.currency] += balance.due - balance.credit
    ends = {account.currency: account.closing for account in statement(sponsor, START, day).accounts}
    assert {key: end for key, end in ends.items() if end} == {key: due for key, due in owed.items() if due}
