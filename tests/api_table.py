"""Who may call what: one row an endpoint. An endpoint without a row fails `test_api_access.py`."""

from typing import Any

from django.db.models import Model

from foundation.api.scopes import Scope
from foundation.api.tests.factories import make_token
from foundation.books.models import Fund
from foundation.people.models import User
from tests.api_rows import EVERY_ROLE, STAFF, Row
from tests.api_rows_commitments import COMMITMENTS
from tests.api_rows_directory import DIRECTORY


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


_READS: dict[str, Any] = {"scope": Scope.COMMITMENTS_READ, "roles": STAFF}
_OWN: dict[str, Any] = {"roles": EVERY_ROLE, "outsiders": True}

ROWS: dict[str, Row] = {
    "GET /api/v1/organization/": Row(**_READS),
    "GET /api/v1/funds/": Row(**_READS, many=_funds),
    "GET /api/v1/funds/{pk}/": Row(**_READS, record=_fund),
    "GET /api/v1/tokens/": Row(**_OWN, scope=Scope.TOKENS_READ, many=_tokens),
    "GET /api/v1/tokens/{pk}/": Row(**_OWN, scope=Scope.TOKENS_READ, record=_token),
    "POST /api/v1/tokens/{pk}/revoke/": Row(**_OWN, scope=Scope.TOKENS_WRITE, record=_token),
    **COMMITMENTS,
    **DIRECTORY,
}

# Open to everybody, without a token.
PUBLIC = {"GET /api/schema/"}
