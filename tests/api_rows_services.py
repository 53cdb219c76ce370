"""Rows of services, of what gifts in kind promise, and of their use."""

from datetime import date
from typing import Any

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.inkind.models import GiftTerms, Service
from sponsors.inkind.tests import factories
from tests.api_rows import Row

_SEES = frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.INFRASTRUCTURE, Role.AUDITOR})
_OPERATES = frozenset({Role.ADMINISTRATOR, Role.INFRASTRUCTURE})
_READ: dict[str, Any] = {"scope": Scope.SERVICES_READ, "roles": _SEES}
_WRITE: dict[str, Any] = {"scope": Scope.SERVICES_WRITE, "roles": _OPERATES}
_KEY = {"provider": "fastly", "external_id": "SU9"}


def _service(_user: User) -> Service:
    return factories.service_in_use()


def _services(_user: User, count: int) -> None:
    first = Service.objects.count()
    for number in range(first, first + count):
        factories.service_in_use(number)


def _retired(_user: User) -> Service:
    service = factories.service("retired")
    Service.objects.filter(pk=service.pk).update(retired_on=date(2024, 1, 1))
    return service


def _alone(_user: User) -> Service:
    return factories.service("alone")


def _terms(_user: User) -> GiftTerms:
    return factories.gift_terms()


def _many_terms(_user: User, count: int) -> None:
    for _ in range(count):
        factories.gift_terms()


def _of_supply(service: Service, **more: Any) -> dict[str, Any]:
    return {"supply": service.supplies.get().pk, **more}


SERVICES: dict[str, Row] = {
    "GET /api/v1/services/": Row(**_READ, many=_services),
    "POST /api/v1/services/": Row(
        **_WRITE,
        status=201,
        body=lambda _: {
            "name": "Files",
            "slug": "files",
            "purpose": "Serves files.",
            "provider": "fastly",
            "criticality": "high",
        },
    ),
    "GET /api/v1/services/{pk}/": Row(**_READ, record=_service),
    "PATCH /api/v1/services/{pk}/": Row(**_WRITE, record=_service, body=lambda _: {"name": "All files"}),
    "POST /api/v1/services/{pk}/supply/": Row(
        **_WRITE,
        record=_alone,
        body=lambda _: {"sponsor": SponsorFactory().pk, "starts_on": "2024-01-01"},
    ),
    "POST /api/v1/services/{pk}/end-supply/": Row(
        **_WRITE, record=_service, body=lambda service: _of_supply(service, ends_on="2025-12-31")
    ),
    "POST /api/v1/services/{pk}/put-under-line/": Row(
        **_WRITE, record=_service, body=lambda service: _of_supply(service, line=None)
    ),
    "POST /api/v1/services/{pk}/remove-supply/": Row(**_WRITE, record=_service, body=_of_supply),
    "POST /api/v1/services/{pk}/add-key/": Row(**_WRITE, record=_service, body=lambda _: _KEY),
    "POST /api/v1/services/{pk}/remove-key/": Row(**_WRITE, record=_service, body=lambda _: _KEY),
    "POST /api/v1/services/{pk}/set-alternative/": Row(
        **_WRITE, record=_service, body=lambda _: {"name": "Mirror network"}
    ),
    "POST /api/v1/services/{pk}/remove-alternative/": Row(
        **_WRITE, record=_service, body=lambda _: {"name": "Elsewhere"}
    ),
    "POST /api/v1/services/{pk}/retire/": Row(
        **_WRITE, record=_service, body=lambda _: {"retired_on": "2025-12-31"}
    ),
    "POST /api/v1/services/{pk}/run-again/": Row(**_WRITE, record=_retired),
    "GET /api/v1/gift-terms/": Row(**_READ, many=_many_terms),
    "GET /api/v1/gift-terms/{pk}/": Row(**_READ, record=_terms),
    "GET /api/v1/gift-terms/{pk}/delivered/": Row(**_READ, record=_terms),
    "POST /api/v1/gift-terms/set/": Row(
        scope=Scope.SERVICES_WRITE,
        roles=_SEES - {Role.AUDITOR},
        record=_terms,
        body=lambda terms: {"line": terms.line_id, "unit": "request", "per": "year", "quantity": "9"},
    ),
    "GET /api/v1/usage/": Row(scope=Scope.USAGE_READ, roles=_SEES),
}
