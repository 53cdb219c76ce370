"""Statements: read whole or refused, and only what is new of them is added."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import PurePath

from django.db import connection
from django.utils import timezone

from foundation.audit.actions import action
from foundation.money.display import money_text
from foundation.money.rules import AmountNotExact, in_currency
from foundation.people.models import User
from foundation.uploads.storage import store_file
from sponsors.banking.models import BankAccount, BankLine, Statement, StatementMapping
from sponsors.banking.rules import (
    LARGEST_FILE,
    Entry,
    LineState,
    StatementRefused,
    fingerprints,
    is_ofx,
    read_csv,
    read_ofx,
)
from sponsors.commitments.rules import LARGEST_AMOUNT
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Imported:
    """The statement, or None when every line of the file was there already; and how many lines were.

    Of the new ones, `alike` may be told by another line too.
    """

    statement: Statement | None
    new: int
    known: int
    alike: int = 0

    @property
    def sentence(self) -> str:
        lines = "line" if self.new == 1 else "lines"
        if not self.new:
            return f"Nothing is new: all {self.known:,} lines of the file were there already."
        told = f"{self.new:,} new {lines}; {self.known:,} were there already."
        if not self.alike:
            return told
        some = "one is" if self.alike == 1 else f"{self.alike:,} are"
        return f"{told} Of the new, {some} alike to another line in day and amount: perhaps the same money, told twice."


@action("statement.import")
def import_statement(*, actor: User, account: BankAccount, content: bytes, file_name: str) -> Imported:
    """Add what is new in a file of the account's movements, CSV or OFX, and keep the file.

    The same file again, or one that overlaps, adds only the lines that were not there. A file that is
    there already, and whose lines would be others now that its columns are, is refused. Raises
    StatementRefused, with the line and the fix, and then nothing is written.
    """
    # Two people importing at once meet here, so that the second sees what the first added.
    account = BankAccount.objects.select_for_update().get(pk=account.pk)
    if not account.is_active:
        msg = f"{account.name} is not active. Choose another account, or make this one active."
        raise StatementRefused(msg, code="account_inactive", field="account")
    if len(content) > LARGEST_FILE:
        msg = (
            f"A statement has at most {LARGEST_FILE // 1024 // 1024} MB. Fetch a shorter time from the bank."
        )
        raise StatementRefused(msg, code="file_too_large", field="file")
    if content.lstrip()[:5] == b"%PDF-":
        msg = "This is a PDF, not CSV or OFX. Download the account's movements from the bank in one of those."
        raise StatementRefused(msg, code="file_is_pdf", field="file")
    written_as, entries = _entries(account, content)
    if not entries:
        msg = "The file holds no movement of money. Choose another."
        raise StatementRefused(msg, code="no_lines", field="file")
    for entry in entries:
        _check(entry, account)
    prints = fingerprints(entries)
    there = _known(account, prints)
    for entry, told in zip(entries, prints, strict=True):
        if told in there:
            _check_same(entry, there[told], account)
    new = [(entry, told) for entry, told in zip(entries, prints, strict=True) if told not in there]
    if not new:
        return Imported(None, 0, len(entries))
    sha256 = hashlib.sha256(content).hexdigest()
    _refuse_file_that_stands(account, sha256)
    name = "".join(letter for letter in PurePath(file_name.replace("\\", "/")).name if letter.isprintable())
    statement = Statement.objects.create(
        account=account,
        file=store_file(content, folder="statements", extension=written_as),
        file_name=name[-200:] or "statement",
        format=written_as,
        sha256=sha256,
        first_on=min(entry.booked_on for entry in entries),
        last_on=max(entry.booked_on for entry in entries),
        line_count=len(entries),
        new_count=len(new),
        imported_by=actor,
    )
    BankLine.objects.bulk_create(
        (
            BankLine(
                statement=statement,
                account=account,
                booked_on=entry.booked_on,
                amount=entry.amount,
                currency=account.currency,
                payer=entry.payer,
                text=entry.text,
                reference=entry.reference,
                bank_id=entry.bank_id,
                fingerprint=told,
            )
            for entry, told in new
        ),
        batch_size=_AT_ONCE,
    )
    statement.refresh_from_db()
    return Imported(statement, len(new), len(entries) - len(new), statement.lines.alike().count())


def _entries(account: BankAccount, content: bytes) -> tuple[str, list[Entry]]:
    if is_ofx(content):
        found = read_ofx(content)
        if found.currency != account.currency:
            msg = f"The file is in {found.currency or 'no currency'}, the account in {account.currency}. Choose the account of this file."
            raise StatementRefused(msg, code="other_currency", field="account")
        theirs, ours = (
            "".join(filter(str.isalnum, number)).upper() for number in (found.account, account.number)
        )
        if ours and theirs and not ours.endswith(theirs) and not theirs.endswith(ours):
            msg = f"The file is of the account ••••{theirs[-4:]}, not of {account.name}. Choose the account of this file."
            raise StatementRefused(msg, code="other_account", field="account")
        return Statement.Format.OFX, found.entries
    mapping = StatementMapping.objects.filter(account=account).first()
    if mapping is None:
        msg = (
            f"Nobody said yet which column of the CSV files of {account.name} is what. Map its columns first."
        )
        raise StatementRefused(msg, code="columns_unknown", field="account")
    return Statement.Format.CSV, read_csv(content, mapping.layout)


def _check(entry: Entry, account: BankAccount) -> None:
    """Raise StatementRefused for a day or an amount that cannot be."""
    if not EARLIEST_DAY <= entry.booked_on < LATEST_DAY:
        msg = f"Line {entry.line} is dated {entry.booked_on}. Choose how days are written, or fetch the file anew."
        raise StatementRefused(msg, code="date_out_of_reach", field="file")
    try:
        in_currency(entry.amount, account.currency)
    except AmountNotExact as error:
        msg = f"Line {entry.line}: {error.message} Choose the decimal sign, or the account of this file."
        raise StatementRefused(msg, code=error.code, field="file") from None
    if abs(entry.amount) >= LARGEST_AMOUNT:
        msg = f"Line {entry.line} moves more money than can be. Choose the decimal sign, or correct the columns."
        raise StatementRefused(msg, code="amount_too_large", field="file")


def _known(account: BankAccount, prints: Sequence[str]) -> dict[str, tuple[date, Decimal]]:
    """Return day and amount of the lines that the account has, by fingerprint: one query of any size."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fingerprint, booked_on, amount FROM sponsors_bankline"
            " WHERE account_id = %s AND fingerprint = ANY(%s)",
            [account.pk, list(prints)],
        )
        return {told: (booked_on, amount) for told, booked_on, amount in cursor.fetchall()}


def _check_same(entry: Entry, there: tuple[date, Decimal], account: BankAccount) -> None:
    """Raise StatementRefused for a bank's number that stands for other money: that would be dropped unseen."""
    if there == (entry.booked_on, entry.amount):
        return
    booked_on, amount = there
    msg = (
        f"Line {entry.line} is of {entry.booked_on} and {money_text(entry.amount, account.currency)}, and has the "
        f"number of the bank {entry.bank_id}, which the line of {booked_on} and "
        f"{money_text(amount, account.currency)} has already. Fetch the file anew from the bank, or choose another "
        "column for the number."
    )
    raise StatementRefused(msg, code="number_used_again", field="file")


def _refuse_file_that_stands(account: BankAccount, sha256: str) -> None:
    """Raise StatementRefused when the account has this very file, and not all of its lines were set aside."""
    decided = account.statements.filter(sha256=sha256, lines__state__in=[LineState.OPEN, LineState.MATCHED])
    earlier = decided.order_by("-pk").first()
    if earlier is None:
        return
    day = timezone.localtime(earlier.created_at).date()
    msg = (
        f"This file was imported on {day} as {earlier.file_name}, and its columns were others then: its lines "
        "would be there twice. If they were read wrongly, set every line of that import aside; then import it again."
    )
    raise StatementRefused(msg, code="imported_already", field="file")
