"""Rows of gifts in kind: services and their watch, usage, rate cards and valuations."""

from typing import Any

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.inkind.models import Anomaly, EnergyFactor
from sponsors.inkind.services.watch import close_anomaly
from sponsors.inkind.tests import factories
from tests.api_rows import Row

_SEES = frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.INFRASTRUCTURE, Role.AUDITOR})
_OPERATES = frozenset({Role.ADMINISTRATOR, Role.INFRASTRUCTURE})
_READ_SERVICES: dict[str, Any] = {"scope": Scope.SERVICES_READ, "roles": _SEES}
_WRITE_SERVICES: dict[str, Any] = {"scope": Scope.SERVICES_WRITE, "roles": _OPERATES}


def _factor(_user: User) -> EnergyFactor:
    return factories.energy_factor()


def _factors(_user: User, count: int) -> None:
    first = EnergyFactor.objects.count()
    for number in range(first, first + count):
        factories.energy_factor(f"Factor {number}")


def _anomaly(_user: User) -> Anomaly:
    return factories.anomaly()


def _anomalies(_user: User, count: int) -> None:
    first = Anomaly.objects.count()
    for number in range(first, first + count):
        factories.anomaly(number)


def _closed(_user: User) -> Anomaly:
    operator = make_user("Ola", Role.INFRASTRUCTURE)
    return close_anomaly(actor=operator, anomaly=factories.anomaly(), explanation="A release.")


_WHY: dict[str, Any] = {"explanation": "A release."}
_FACTOR = {
    "name": "Networks",
    "kwh_per_gb_low": "0.01",
    "kwh_per_gb": "0.03",
    "kwh_per_gb_high": "0.06",
    "gco2_per_kwh_low": "50",
    "gco2_per_kwh": "500",
    "gco2_per_kwh_high": "700",
    "source": "A study",
    "year": 2024,
}

INKIND: dict[str, Row] = {
    "GET /api/v1/anomalies/": Row(**_READ_SERVICES, many=_anomalies),
    "GET /api/v1/anomalies/{pk}/": Row(**_READ_SERVICES, record=_anomaly),
    "POST /api/v1/anomalies/{pk}/explain/": Row(**_WRITE_SERVICES, record=_anomaly, body=lambda _: _WHY),
    "POST /api/v1/anomalies/{pk}/close/": Row(**_WRITE_SERVICES, record=_anomaly, body=lambda _: _WHY),
    "POST /api/v1/anomalies/{pk}/reopen/": Row(**_WRITE_SERVICES, record=_closed, body=lambda _: _WHY),
    "GET /api/v1/energy-factors/": Row(**_READ_SERVICES, many=_factors),
    "POST /api/v1/energy-factors/": Row(**_WRITE_SERVICES, status=201, body=lambda _: _FACTOR),
    "GET /api/v1/energy-factors/{pk}/": Row(**_READ_SERVICES, record=_factor),
    "POST /api/v1/energy-factors/{pk}/use/": Row(**_WRITE_SERVICES, record=_factor),
}
