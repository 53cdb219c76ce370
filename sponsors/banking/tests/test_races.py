"""Several people at one line or one file at the same moment: real threads, real transactions."""

from datetime import date

import pytest
from django.db import transaction

from sponsors.banking import services
from sponsors.banking.models import BankLine
from sponsors.banking.rules import LineState
from sponsors.banking.tests.factories import bank_account, bank_line, csv_statement, receipt_of, row
from sponsors.commitments.models import Receipt
from sponsors.commitments.services import reverse_receipt
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.directory.tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2024, 6, 1)


@pytest.mark.parametrize("same", [True, False], ids=["one sponsor", "two sponsors"])
def test_two_people_who_confirm_one_line_record_one_receipt(finance, same):
    line = bank_line()
    first = SponsorFactory()
    second = first if same else SponsorFactory()
    results = at_once(
        *(
            lambda s=sponsor: services.confirm_match(actor=finance, line=line, sponsor=s, today=TODAY)
            for sponsor in (first, second)
        )
    )
    assert sorted(type(result).__name__ for result in results) == ["BankLine", "BankLineNotOpen"]
    assert Receipt.objects.count() == 1
    line.refresh_from_db()
    assert (line.state, line.receipt) == (LineState.MATCHED, Receipt.objects.get())


def test_a_line_is_confirmed_or_set_aside_and_not_both(finance):
    line, sponsor = bank_line(), SponsorFactory()
    results = at_once(
        lambda: services.confirm_match(actor=finance, line=line, sponsor=sponsor, today=TODAY),
        lambda: services.set_aside(actor=finance, line=line, reason="Interest"),
    )
    assert sorted(type(result).__name__ for result in results) == ["BankLine", "BankLineNotOpen"]


def test_two_people_who_import_one_file_add_each_line_once(finance):
    account = bank_account()
    content = csv_statement(row(Id="N1"), row(Id="N2"))
    results = at_once(
        *[
            lambda: services.import_statement(
                actor=finance, account=account, content=content, file_name="a.csv"
            )
        ]
        * 2
    )
    assert sorted(result.new for result in results) == [0, 2]
    assert BankLine.objects.count() == 2


def test_a_receipt_is_reversed_while_another_line_is_tied_to_it(finance):
    sponsor = SponsorFactory()
    line = services.confirm_match(actor=finance, line=bank_line(), sponsor=sponsor, today=TODAY)
    other = bank_line()

    def reverse():
        with transaction.atomic():
            return reverse_receipt(actor=finance, receipt=receipt_of(line), reason="Wrong", today=TODAY)

    reversal, tied = at_once(
        reverse, lambda: services.tie_receipt(actor=finance, line=other, receipt=receipt_of(line))
    )
    assert isinstance(reversal, Receipt)
    assert type(tied).__name__ in {"NotAllowedNow", "StatementRefused"}
    assert BankLine.objects.open().count() == 2
