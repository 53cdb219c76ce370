"""Who may call what: one row an endpoint. An endpoint without a row fails `test_api_access.py`."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model

from foundation.api.scopes import Scope
from foundation.api.tests.factories import make_token
from foundation.books.closing import close_books, open_from
from foundation.books.models import Closing, Fund
from foundation.books.rules import day_after_month
from foundation.money.models import ExchangeRate, RatesImport
from foundation.money.tests.factories import some_rates
from foundation.people.models import User
from foundation.people.roles import Role
from tests.api_rows import EVERY_ROLE, STAFF, Row
from tests.api_rows_agreements import AGREEMENTS
from tests.api_rows_banking import BANKING
from tests.api_rows_commitments import COMMITMENTS
from tests.api_rows_directory import DIRECTORY
from tests.api_rows_imports import IMPORTS
from tests.api_rows_inkind import INKIND
from tests.api_rows_reminders import REMINDERS
from tests.api_rows_renewal_cases import RENEWAL_CASES
from tests.api_rows_renewals import RENEWALS
from tests.api_rows_services import SERVICES
from tests.api_rows_valuations import VALUATIONS


def _fund(_user: User) -> Fund:
    return Fund.objects.get_or_create(code="cdn", defaults={"name": "CDN"})[0]


def _funds(_user: User, count: int) -> None:
    first = Fund.objects.count()
    for number in range(first, first + count):
        Fund.objects.create(code=f"fund-{number}", name=f"Fund {number}")


def _token(user: User) -> Model:
    return make_token(user).token


def _tokens(user: User, count: int) -> None:
    for _ in range(count):
        make_token(user)


def _closing(user: User) -> Closing:
    return close_books(actor=user, through=date(2020, 1, 31), today=date(2026, 1, 1))


def _closings(user: User, count: int) -> None:
    first = open_from() or date(2000, 1, 1)
    for number in range(count):
        month = first.month - 1 + number
        through = day_after_month(date(first.year + month // 12, month % 12 + 1, 1)) - timedelta(days=1)
        close_books(actor=user, through=through, today=date(2026, 1, 1))


def _rate(_user: User) -> ExchangeRate:
    return ExchangeRate.objects.get_or_create(day=date(2024, 1, 2), currency="USD", defaults={"rate": 1})[0]


def _rates(_user: User, count: int) -> None:
    first = ExchangeRate.objects.count()
    for number in range(first, first + count):
        ExchangeRate.objects.create(day=date(2010, 1, 1) + timedelta(days=number), currency="JPY", rate=1)


def _rates_import(user: User) -> RatesImport:
    return some_rates(user, 1)


def _rates_imports(user: User, count: int) -> None:
    for number in range(count):
        some_rates(user, RatesImport.objects.count() + number + 1)


def _rates_file(_record: None) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("rates.csv", b"Date,USD\n2024-01-02,1.1\n")}


_BOOKS: dict[str, Any] = {"scope": Scope.BOOKS_READ, "roles": STAFF}
_IMPORTS_OF_RATES: dict[str, Any] = {
    "scope": Scope.BOOKS_READ,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FINANCE, Role.AUDITOR}),
}
_READS: dict[str, Any] = {"scope": Scope.COMMITMENTS_READ, "roles": STAFF}
_OWN: dict[str, Any] = {"roles": EVERY_ROLE, "outsiders": True}

ROWS: dict[str, Row] = {
    "GET /api/v1/organization/": Row(**_READS),
    "GET /api/v1/funds/": Row(**_READS, many=_funds),
    "GET /api/v1/funds/{pk}/": Row(**_READS, record=_fund),
    "GET /api/v1/closings/": Row(**_BOOKS, many=_closings),
    "GET /api/v1/closings/{pk}/": Row(**_BOOKS, record=_closing),
    "POST /api/v1/closings/": Row(
        scope=Scope.BOOKS_WRITE,
        roles=frozenset({Role.ADMINISTRATOR, Role.FINANCE}),
        body=lambda _record: {"through": "2024-12-31"},
        status=201,
    ),
    "POST /api/v1/closings/reopen/": Row(
        scope=Scope.BOOKS_WRITE,
        roles=frozenset({Role.ADMINISTRATOR}),
        record=_closing,
        body=lambda _record: {"first_day": "2020-01-01", "reason": "Forgotten."},
        status=201,
    ),
    "GET /api/v1/exchange-rates/": Row(**_BOOKS, many=_rates),
    "GET /api/v1/exchange-rates/{pk}/": Row(**_BOOKS, record=_rate),
    "GET /api/v1/exchange-rates/conversion/": Row(**_BOOKS, status=400),
    "GET /api/v1/rates-imports/": Row(**_IMPORTS_OF_RATES, many=_rates_imports),
    "GET /api/v1/rates-imports/{pk}/": Row(**_IMPORTS_OF_RATES, record=_rates_import),
    "POST /api/v1/rates-imports/": Row(
        scope=Scope.BOOKS_WRITE,
        roles=frozenset({Role.ADMINISTRATOR, Role.FINANCE}),
        status=201,
        upload=True,
        body=_rates_file,
    ),
    "GET /api/v1/tokens/": Row(**_OWN, scope=Scope.TOKENS_READ, many=_tokens),
    "GET /api/v1/tokens/{pk}/": Row(**_OWN, scope=Scope.TOKENS_READ, record=_token, own=True),
    "POST /api/v1/tokens/{pk}/revoke/": Row(**_OWN, scope=Scope.TOKENS_WRITE, record=_token, own=True),
    **AGREEMENTS,
    **BANKING,
    **COMMITMENTS,
    **DIRECTORY,
    **IMPORTS,
    **INKIND,
    **RENEWALS,
    **REMINDERS,
    **RENEWAL_CASES,
    **SERVICES,
    **VALUATIONS,
}

# Open to everybody, without a token.
PUBLIC = {"GET /api/schema/"}
