"""Accounts, files and lines for tests, made through the services."""

import csv
import io
import itertools
from collections.abc import Sequence

from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.banking.models import BankAccount, BankLine
from sponsors.banking.rules import Layout
from sponsors.banking.services import Imported, add_account, import_statement, map_columns

LAYOUT = Layout(
    date_column="Date",
    amount_column="Amount",
    payer_column="Payer",
    reference_column="Reference",
    text_column="Text",
    id_column="Id",
)
COLUMNS = ("Date", "Amount", "Payer", "Reference", "Text", "Id")
_ids = itertools.count(1)


def treasurer() -> User:
    return User.objects.filter(email="treasurer@foundation.example").first() or make_user(
        "Treasurer", Role.FINANCE
    )


def bank_account(slug: str = "bank-main", *, currency: str = "USD", number: str = "") -> BankAccount:
    found = BankAccount.objects.filter(slug=slug).first()
    if found is not None:
        return found
    account = add_account(
        actor=treasurer(), name=f"Account {slug}", slug=slug, currency=currency, number=number
    )
    map_columns(actor=treasurer(), account=account, layout=LAYOUT)
    return account


def csv_statement(*rows: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *rows])
    return out.getvalue().encode()


def row(amount: object = 100, **cells: str) -> list[str]:
    """Return one movement: a day, an amount, and what else is said; with a number of its own."""
    values = {"Date": "2024-02-01", "Amount": str(amount), "Id": f"N-{next(_ids)}", **cells}
    return [values.get(column, "") for column in COLUMNS]


def imported(*rows: Sequence[str], account: BankAccount | None = None) -> Imported:
    return import_statement(
        actor=treasurer(),
        account=account or bank_account(),
        content=csv_statement(*rows),
        file_name="february.csv",
    )


def bank_line(amount: object = 100, *, account: BankAccount | None = None, **cells: str) -> BankLine:
    found = imported(row(amount, **cells), account=account)
    assert found.statement is not None
    return found.statement.lines.get()


def receipt_of(line):
    """Return the receipt of a matched line."""
    assert line.receipt is not None
    return line.receipt


def statement_of(done):
    """Return the statement of an import that added something."""
    assert done.statement is not None
    return done.statement


_OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20240301<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>{currency}
<BANKACCTFROM><BANKID>1<ACCTID>{account}<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20240201<DTEND>20240229
{lines}
</BANKTRANLIST><LEDGERBAL><BALAMT>1.00<DTASOF>20240229</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


def ofx_line(
    day: str = "20240201120000[-5:EST]", amount: str = "100.00", number: str = "F1", **more: str
) -> str:
    told = "".join(f"<{name.upper()}>{value}\n" for name, value in more.items())
    return f"<STMTTRN><TRNTYPE>CREDIT\n<DTPOSTED>{day}\n<TRNAMT>{amount}\n<FITID>{number}\n{told}</STMTTRN>"


def ofx(*lines: str, currency: str = "USD", account: str = "0012345678") -> bytes:
    return _OFX.format(currency=currency, account=account, lines="\n".join(lines)).encode("cp1252")
