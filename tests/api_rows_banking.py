"""Rows of bank accounts, statements and their lines."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.banking.models import BankAccount, BankLine, Statement
from sponsors.banking.services import set_aside
from sponsors.banking.tests import factories
from sponsors.commitments.tests.factories import received
from sponsors.directory.tests.factories import SponsorFactory
from tests.api_rows import Row

_READ: dict[str, Any] = {
    "scope": Scope.BANKING_READ,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FINANCE, Role.AUDITOR}),
}
_WRITE: dict[str, Any] = {
    "scope": Scope.BANKING_WRITE,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FINANCE}),
}


def _account(_user: User) -> BankAccount:
    return factories.bank_account()


def _accounts(_user: User, count: int) -> None:
    first = BankAccount.objects.count()
    for number in range(first, first + count):
        factories.bank_account(f"bank-{number}")


def _statement(_user: User) -> Statement:
    return factories.bank_line().statement


def _statements(user: User, count: int) -> None:
    for _ in range(count):
        _statement(user)


def _line(_user: User) -> BankLine:
    return factories.bank_line(77)


def _aside(_user: User) -> BankLine:
    return set_aside(actor=factories.treasurer(), line=factories.bank_line(), reason="Interest")


def _file(_record: None) -> dict[str, Any]:
    factories.bank_account()
    content = factories.csv_statement(factories.row())
    return {"account": "bank-main", "file": SimpleUploadedFile("a.csv", content)}


BANKING: dict[str, Row] = {
    "GET /api/v1/bank-accounts/": Row(**_READ, many=_accounts),
    "POST /api/v1/bank-accounts/": Row(
        **_WRITE, status=201, body=lambda _: {"name": "Main", "slug": "main", "currency": "USD"}
    ),
    "GET /api/v1/bank-accounts/{pk}/": Row(**_READ, record=_account),
    "PATCH /api/v1/bank-accounts/{pk}/": Row(**_WRITE, record=_account, body=lambda _: {"is_active": False}),
    "POST /api/v1/bank-accounts/{pk}/map-columns/": Row(
        **_WRITE, record=_account, body=lambda _: {"date_column": "Day", "amount_column": "Sum"}
    ),
    "GET /api/v1/bank-statements/": Row(**_READ, many=_statements),
    "POST /api/v1/bank-statements/": Row(**_WRITE, status=201, upload=True, body=_file),
    "GET /api/v1/bank-statements/{pk}/": Row(**_READ, record=_statement),
    "GET /api/v1/bank-lines/": Row(**_READ, many=_statements),
    "GET /api/v1/bank-lines/{pk}/": Row(**_READ, record=_line),
    "GET /api/v1/bank-lines/{pk}/proposals/": Row(**_READ, record=_line),
    "POST /api/v1/bank-lines/{pk}/confirm/": Row(
        **_WRITE, record=_line, body=lambda _: {"sponsor": SponsorFactory().pk}
    ),
    "POST /api/v1/bank-lines/{pk}/tie/": Row(
        **_WRITE,
        record=_line,
        body=lambda _: {"receipt": received(SponsorFactory(), 77, on=date(2024, 2, 1)).pk},
    ),
    "POST /api/v1/bank-lines/{pk}/set-aside/": Row(
        **_WRITE, record=_line, body=lambda _: {"reason": "Interest"}
    ),
    "POST /api/v1/bank-lines/{pk}/undo-set-aside/": Row(**_WRITE, record=_aside),
}
