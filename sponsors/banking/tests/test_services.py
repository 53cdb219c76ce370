from dataclasses import replace
from datetime import date
from decimal import Decimal

import pghistory
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from foundation.books.closing import close_books
from sponsors.banking import services
from sponsors.banking.models import BankAccount, BankLine, Statement
from sponsors.banking.rules import LARGEST_FILE, BankLineNotOpen, LineState, StatementRefused
from sponsors.banking.selectors import alike_of
from sponsors.banking.tests.factories import (
    LAYOUT,
    bank_account,
    bank_line,
    csv_statement,
    imported,
    ofx,
    ofx_line,
    receipt_of,
    row,
    statement_of,
    treasurer,
)
from sponsors.commitments.models import Receipt
from sponsors.commitments.rules import CommitmentError, NotAllowedNow
from sponsors.commitments.services import reverse_receipt
from sponsors.commitments.tests.factories import received, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
TODAY = date(2024, 6, 1)


@pytest.fixture
def refused():
    """Return a function that gives the code of the refusal; nothing of a statement is written."""

    def run(content, account=None, name="a.csv"):
        before = BankLine.objects.count()
        with pytest.raises(StatementRefused) as caught:
            services.import_statement(
                actor=treasurer(),
                account=account or bank_account(),
                content=content,
                file_name=name,
            )
        assert BankLine.objects.count() == before
        return caught.value.code

    return run


# Accounts ---------------------------------------------------------------------------------------


def test_an_account_is_added_and_changed(finance):
    account = services.add_account(
        actor=finance, name=" Main ", slug="Bank-Main", currency="EUR", number="de02 1203 0000 0000 2020 51"
    )
    assert (account.name, account.slug, account.masked_number) == ("Main", "bank-main", "••••2051")
    changed = services.change_account(actor=finance, account=account, name="Main", number="", is_active=False)
    assert (changed.is_active, changed.masked_number) == (False, "")
    assert BankAccount.objects.active().count() == 0


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": ""}, "required"),
        ({"slug": "the bank"}, "source_invalid"),
        ({"currency": "XXX"}, "unknown_currency"),
        ({"number": "1" * 41}, "too_long"),
        ({"name": "Account bank-main"}, "account_exists"),
        ({"slug": "bank-main"}, "account_exists"),
    ],
)
def test_an_account_that_cannot_be_is_refused(finance, values, code):
    bank_account()
    with pytest.raises((StatementRefused, CommitmentError)) as caught:
        services.add_account(actor=finance, **{"name": "New", "slug": "new", "currency": "USD", **values})
    assert caught.value.code == code


def test_a_name_is_of_one_account(finance):
    account, other = bank_account(), bank_account("other")
    with pytest.raises(StatementRefused):
        services.change_account(actor=finance, account=other, name=account.name, number="", is_active=True)


def test_columns_are_mapped_again(finance):
    account = bank_account()
    services.map_columns(actor=finance, account=account, layout=replace(LAYOUT, skip_lines=2))
    account.refresh_from_db()
    assert account.mapping.layout == replace(LAYOUT, skip_lines=2)
    assert str(account.mapping) == "Columns of Account bank-main"
    for changes, code in (
        ({"encoding": "rot13"}, "unknown_choice"),
        ({"skip_lines": 51}, "too_many_skipped"),
    ):
        with pytest.raises(StatementRefused) as caught:
            services.map_columns(actor=finance, account=account, layout=replace(LAYOUT, **changes))
        assert caught.value.code == code


# Statements -------------------------------------------------------------------------------------


def test_a_statement_is_kept_with_its_lines(finance):
    account = bank_account()
    content = csv_statement(
        row("1,000.00", Payer="Acme", Id="N1"), row(-5, Date="2024-02-09", Text="Fee", Id="N2")
    )
    done = services.import_statement(
        actor=finance, account=account, content=content, file_name="C:\\files\\feb\u202e.csv"
    )
    statement = statement_of(done)
    assert done.sentence == "2 new lines; 0 were there already."
    assert (statement.file_name, statement.format, statement.imported_by) == ("feb.csv", "csv", finance)
    assert (statement.first_on, statement.last_on) == (date(2024, 2, 1), date(2024, 2, 9))
    with statement.file.open("rb") as kept:
        assert kept.read() == content
    first, second = statement.lines.order_by("pk")
    assert (first.amount, first.currency, first.payer, first.state) == (Decimal(1000), "USD", "Acme", "open")
    assert (second.amount, second.text, str(second)) == (Decimal(-5), "Fee", "bank-main N2")
    assert list(BankLine.objects.waiting()) == [first]


def test_the_same_file_again_and_an_overlapping_one_add_only_what_is_new():
    january = [row(10, Id="", Payer="Twin"), row(10, Id="", Payer="Twin"), row(20, Id="N1")]
    assert imported(*january).new == 3
    again = imported(*january)
    assert (again.statement, again.sentence) == (
        None,
        "Nothing is new: all 3 lines of the file were there already.",
    )
    overlapping = imported(*january[1:], january[0], row(30, Id="N2"))
    assert overlapping.sentence == "1 new line; 3 were there already."
    assert (statement_of(overlapping).line_count, statement_of(overlapping).known_count) == (4, 3)
    assert BankLine.objects.count() == 4
    assert Statement.objects.count() == 2


def test_the_same_file_read_by_other_columns_is_refused_until_its_lines_are_set_aside(finance):
    account = bank_account()
    services.map_columns(actor=finance, account=account, layout=replace(LAYOUT, id_column=""))
    content = csv_statement(row(10, Payer="Acme"), row(20, Payer="Zed"))

    def again():
        return services.import_statement(actor=finance, account=account, content=content, file_name="b.csv")

    first = statement_of(again())
    assert again().sentence == "Nothing is new: all 2 lines of the file were there already."
    services.map_columns(actor=finance, account=account, layout=LAYOUT)
    one, other = first.lines.order_by("pk")
    services.set_aside(actor=finance, line=one, reason="Read wrongly")
    with pytest.raises(
        StatementRefused, match=r"This file was imported on \d{4}-\d\d-\d\d as b\.csv"
    ) as caught:
        again()
    assert caught.value.code == "imported_already"
    assert BankLine.objects.count() == 2
    services.set_aside(actor=finance, line=other, reason="Read wrongly")
    assert again().sentence == "2 new lines; 0 were there already."


@pytest.mark.parametrize(("amount", "day"), [("100", "2024-02-05"), ("250", "2024-01-05")])
def test_a_number_of_the_bank_that_stands_for_other_money_is_refused(refused, amount, day):
    imported(row(100, Id="1", Date="2024-01-05", Payer="Acme"))
    assert refused(csv_statement(row(7), row(amount, Id="1", Date=day, Payer="Zed"))) == "number_used_again"
    assert imported(row("100.00", Id="1", Date="2024-01-05", Payer="Zed")).known == 1


def test_both_lines_of_a_number_used_again_are_named():
    imported(row(100, Id="1", Date="2024-01-05"))
    with pytest.raises(
        StatementRefused,
        match=r"^Line 2 is of 2024-02-05 and USD 250\.00, and has the number of the bank 1, which the line of "
        r"2024-01-05 and USD 100\.00 has already\.",
    ):
        imported(row(250, Id="1", Date="2024-02-05"))


def test_a_line_with_day_and_amount_of_one_of_another_file_is_added_and_told(finance):
    (first,) = statement_of(imported(row(100, Payer="Acme", Id=""), row(-5, Id=""))).lines.incoming()
    done = services.import_statement(
        actor=finance,
        account=first.account,
        content=ofx(ofx_line(), ofx_line(amount="-5", number="F2")),
        file_name="a.ofx",
    )
    assert done.sentence == (
        "2 new lines; 0 were there already. Of the new, one is alike to another line in day and amount: perhaps the "
        "same money, told twice."
    )
    assert imported(row(100), row(100)).sentence.endswith(
        "2 are alike to another line in day and amount: perhaps the same money, told twice."
    )
    assert imported(row(100), account=bank_account("other")).alike == 0
    for line in BankLine.objects.filter(account=first.account, amount=100):
        services.set_aside(actor=finance, line=line, reason="Twice")
    assert imported(row(100)).alike == 0


def test_equal_lines_of_one_file_are_two_payments_and_marked():
    done = imported(row(70, Payer="Acme", Id=""), row(70, Payer="Acme", Id=""), row(70, Payer="Birch", Id=""))
    assert (done.new, done.alike) == (3, 2)
    first, second, other = statement_of(done).lines.order_by("pk")
    assert alike_of([first, second, other]) == {first.pk: [second], second.pk: [first]}


def test_lines_are_told_apart_by_account():
    line = row(10, Id="N1")
    assert imported(line).new == imported(line, account=bank_account("other")).new == 1


def test_an_ofx_file_needs_no_columns_and_is_of_its_account(finance, refused):
    account = services.add_account(
        actor=finance, name="Cards", slug="cards", currency="EUR", number="DE02 0012345678"
    )
    assert refused(csv_statement(row()), account) == "columns_unknown"
    assert refused(ofx(ofx_line()), account) == "other_currency"
    assert refused(ofx(ofx_line(), currency="EUR", account="99"), account) == "other_account"
    done = services.import_statement(
        actor=finance, account=account, content=ofx(ofx_line(), currency="EUR"), file_name="a.qfx"
    )
    assert (done.new, statement_of(done).format) == (1, "ofx")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (csv_statement(), "no_lines"),
        (csv_statement(row(Id="N1"), row(Id="N1")), "line_repeated"),
        (csv_statement(row(Date="1899-01-01")), "date_out_of_reach"),
        (csv_statement(row("0.001")), "amount_not_exact"),
        (csv_statement(row(10**14)), "amount_too_large"),
        (csv_statement(row(), row())[:-20], "line_too_short"),
        (b"x" * (LARGEST_FILE + 1), "file_too_large"),
    ],
)
def test_a_file_that_ends_early_or_repeats_a_line_writes_nothing(refused, content, code):
    assert refused(content) == code


def test_a_closed_account_takes_no_statement(finance, refused):
    account = bank_account()
    services.change_account(actor=finance, account=account, name="Old", number="", is_active=False)
    assert refused(csv_statement(row()), account) == "account_inactive"


def test_importing_costs_few_queries_for_any_number_of_lines():
    bank_account()
    costs = []
    for count in (1, 900):
        with CaptureQueriesContext(connection) as queries:
            imported(*[row(n + 1) for n in range(count)])
        costs.append(len(queries))
    assert costs[0] == costs[1]


# What a line is ---------------------------------------------------------------------------------


def test_a_confirmed_line_is_a_receipt_that_pays(finance):
    commitment = signed_commitment()
    line = bank_line(60_000, Payer="Acme Holding", Reference="thanks", Id="N7")
    done = services.confirm_match(actor=finance, line=line, sponsor=commitment.sponsor, today=TODAY)
    receipt = receipt_of(done)
    assert (done.state, done.decided_by) == (LineState.MATCHED, finance)
    assert (receipt.source, receipt.reference, receipt.received_on) == ("bank-main", "N7", date(2024, 2, 1))
    assert (receipt.amount, receipt.allocated) == (60_000, 60_000)
    assert (receipt.payer, receipt.recorded_by) == ("Acme Holding", finance)
    event = pghistory.models.Events.objects.tracks(done).order_by("pgh_id").last()
    assert event.pgh_context["action"] == "bankline.confirm"


def test_what_the_bank_said_stays_with_the_line(finance):
    line = bank_line(Payer="Jane Doe", Reference="IBAN DE89370400440532013000", Text="private", Id="N7")
    done = services.confirm_match(actor=finance, line=line, sponsor=SponsorFactory(), today=TODAY)
    assert (receipt_of(done).payer, receipt_of(done).reference, receipt_of(done).note) == (
        "Jane Doe",
        "N7",
        "",
    )


def test_a_line_is_confirmed_once(finance):
    line = bank_line()
    services.confirm_match(actor=finance, line=line, sponsor=SponsorFactory(), today=TODAY)
    with pytest.raises(BankLineNotOpen, match="It is matched already"):
        services.confirm_match(actor=finance, line=line, sponsor=SponsorFactory(), today=TODAY)
    assert Receipt.objects.count() == 1


def test_a_reversed_receipt_opens_its_line_which_can_be_confirmed_again(finance):
    line = services.confirm_match(actor=finance, line=bank_line(Id=""), sponsor=SponsorFactory(), today=TODAY)
    receipt = receipt_of(line)
    assert receipt.reference == line.fingerprint[:16]
    reverse_receipt(actor=finance, receipt=receipt, reason="Wrong sponsor", today=TODAY)
    line.refresh_from_db()
    assert (line.state, line.receipt, line.decided_by) == (LineState.OPEN, None, None)
    event = pghistory.models.Events.objects.tracks(line).order_by("pgh_id").last()
    assert event.pgh_context["action"] == "receipt.reverse"
    services.confirm_match(actor=finance, line=line, sponsor=SponsorFactory(), today=TODAY)


def test_a_line_of_closed_books_is_recorded_on_the_first_open_day_and_names_its_own(finance):
    closed, first_open = bank_line(Date="2024-01-31"), bank_line(Date="2024-02-01")
    close_books(actor=finance, through=date(2024, 1, 31), today=TODAY)
    days = []
    for line in (closed, first_open):
        done = services.confirm_match(actor=finance, line=line, sponsor=SponsorFactory(), today=TODAY)
        days.append((receipt_of(done).received_on, receipt_of(done).corrects_on))
    assert days == [(date(2024, 2, 1), date(2024, 1, 31)), (date(2024, 2, 1), None)]


def test_a_line_of_tomorrow_is_confirmed_tomorrow(finance):
    line, sponsor = bank_line(Date="2024-06-02"), SponsorFactory()
    with pytest.raises(StatementRefused, match="Confirm it on that day"):
        services.confirm_match(actor=finance, line=line, sponsor=sponsor, today=TODAY)
    services.confirm_match(actor=finance, line=line, sponsor=sponsor, today=date(2024, 6, 2))


def test_money_that_went_out_is_no_receipt(finance):
    line = bank_line(-5)
    with pytest.raises(StatementRefused, match=r"USD 5\.00 went out"):
        services.confirm_match(actor=finance, line=line, sponsor=SponsorFactory(), today=TODAY)
    with pytest.raises(StatementRefused, match=r"USD 5\.00 went out"):
        services.tie_receipt(actor=finance, line=line, receipt=received(SponsorFactory(), 5))


def test_a_line_is_tied_to_a_receipt_recorded_by_hand(finance):
    receipt = received(SponsorFactory(), 100)
    line = services.tie_receipt(actor=finance, line=bank_line(), receipt=receipt)
    assert (line.receipt, line.state, Receipt.objects.count()) == (receipt, LineState.MATCHED, 1)
    with pytest.raises(StatementRefused, match="is the line of 2024-02-01 already"):
        services.tie_receipt(actor=finance, line=bank_line(), receipt=receipt)
    with pytest.raises(StatementRefused, match="Choose a receipt of the same amount"):
        services.tie_receipt(actor=finance, line=bank_line(99), receipt=received(SponsorFactory(), 100))
    with pytest.raises(BankLineNotOpen):
        services.tie_receipt(actor=finance, line=line, receipt=received(SponsorFactory(), 100))
    reverse_receipt(actor=finance, receipt=receipt, reason="Wrong", today=TODAY)
    with pytest.raises(NotAllowedNow):
        services.tie_receipt(actor=finance, line=line, receipt=receipt)


def test_a_line_is_set_aside_with_a_reason_and_opened_again(finance):
    line = services.set_aside(actor=finance, line=bank_line(), reason=" Interest ")
    assert (line.state, line.reason, line.decided_by) == (LineState.SET_ASIDE, "Interest", finance)
    with pytest.raises(BankLineNotOpen, match=r"It was set aside\. Undo that first\."):
        services.confirm_match(actor=finance, line=line, sponsor=SponsorFactory(), today=TODAY)
    line = services.undo_set_aside(actor=finance, line=line)
    assert (line.state, line.reason, line.decided_by) == (LineState.OPEN, "", None)
    with pytest.raises(BankLineNotOpen):
        services.undo_set_aside(actor=finance, line=line)
    with pytest.raises(CommitmentError):
        services.set_aside(actor=finance, line=line, reason=" ")


# The database -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sponsors_bankline",
        "UPDATE sponsors_bankline SET amount = 1",
        "UPDATE sponsors_bankline SET state = 'matched'",
        "UPDATE sponsors_bankline SET state = 'set_aside'",
        "DELETE FROM sponsors_statement",
    ],
)
def test_what_the_bank_said_stays_as_it_was_said(statement):
    bank_line()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
