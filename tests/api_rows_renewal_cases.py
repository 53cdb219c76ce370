"""Rows of renewal cases, the forecast and renewal letters."""

from typing import Any

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.renewals.models import RenewalCase, RenewalLetter
from sponsors.renewals.services.letters import send_letter
from sponsors.renewals.tests import renewing
from tests.api_rows import Row

_SEES = frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.INFRASTRUCTURE, Role.AUDITOR})
_READ: dict[str, Any] = {"scope": Scope.RENEWALS_READ, "roles": _SEES}
_READ_LETTERS: dict[str, Any] = {"scope": Scope.RENEWALS_READ, "roles": _SEES - {Role.INFRASTRUCTURE}}
_WORK: dict[str, Any] = {
    "scope": Scope.RENEWALS_WRITE,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING}),
}


def _case(_user: User) -> RenewalCase:
    return renewing.due()


def _cases(_user: User, count: int) -> None:
    for _ in range(count):
        renewing.due()


def _closed(_user: User) -> RenewalCase:
    return renewing.closed(renewing.due(), "declined")


def _letter(_user: User) -> RenewalLetter:
    return renewing.drafted_letter()


def _sent(user: User) -> RenewalLetter:
    return send_letter(actor=user, letter=renewing.drafted_letter(), today=renewing.TODAY, now=renewing.NOW)


def _letters(_user: User, count: int) -> None:
    for _ in range(count):
        renewing.drafted_letter()


RENEWAL_CASES: dict[str, Row] = {
    "GET /api/v1/renewal-cases/": Row(**_READ, many=_cases),
    "POST /api/v1/renewal-cases/": Row(
        **_WORK, status=201, body=lambda _record: {"commitment": renewing.ending().pk}
    ),
    "GET /api/v1/renewal-cases/{pk}/": Row(**_READ, record=_case),
    "GET /api/v1/renewal-cases/{pk}/moves/": Row(**_READ, record=_case),
    "POST /api/v1/renewal-cases/{pk}/move/": Row(
        **_WORK, record=_case, body=lambda _record: {"state": "contacted", "seen": "due"}
    ),
    "POST /api/v1/renewal-cases/{pk}/estimate/": Row(
        **_WORK, record=_case, body=lambda _record: {"own_probability": 0.75}
    ),
    "POST /api/v1/renewal-cases/{pk}/reopen/": Row(
        **_WORK, record=_closed, body=lambda _record: {"note": "A new director"}
    ),
    "POST /api/v1/renewal-cases/{pk}/renew/": Row(
        **_WORK, record=_case, body=lambda _record: {"months": 12, "percent": "5"}
    ),
    "GET /api/v1/renewal-forecast/": Row(**_READ),
    "GET /api/v1/renewal-letters/": Row(**_READ_LETTERS, many=_letters),
    "POST /api/v1/renewal-letters/": Row(
        **_WORK, status=201, body=lambda _record: {"case": renewing.due().pk}
    ),
    "GET /api/v1/renewal-letters/{pk}/": Row(**_READ_LETTERS, record=_letter),
    "PATCH /api/v1/renewal-letters/{pk}/": Row(
        **_WORK, record=_letter, body=lambda _record: {"subject": "Our thanks"}
    ),
    "GET /api/v1/renewal-letters/{pk}/pdf/": Row(**_READ_LETTERS, record=_sent),
    "POST /api/v1/renewal-letters/{pk}/send/": Row(**_WORK, record=_letter),
    "POST /api/v1/renewal-letters/{pk}/discard/": Row(**_WORK, record=_letter),
}
