"""Rows of gifts in kind: services and their watch, usage, rate cards and valuations."""

from typing import Any

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.inkind.models import (
    Anomaly,
    EnergyFactor,
    RateCard,
    Region,
    RegionMapping,
    UsageAside,
    UsageImport,
)
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


def _usage_import(_user: User) -> UsageImport:
    return factories.usage_import()


def _usage_imports(_user: User, count: int) -> None:
    for _ in range(count):
        factories.usage_import()


def _rejects(usage_import: UsageImport, count: int) -> None:
    for line in range(count):
        factories.reject(usage_import, line)


def _aside(_user: User) -> UsageAside:
    return factories.aside()


def _asides(_user: User, count: int) -> None:
    first = UsageAside.objects.count()
    for number in range(first, first + count):
        factories.aside(f"service-{number}")


_READ_USAGE: dict[str, Any] = {"scope": Scope.USAGE_READ, "roles": _SEES}
_WRITE_USAGE: dict[str, Any] = {"scope": Scope.USAGE_WRITE, "roles": _OPERATES}
_BUCKET = {"service": "files", "start": "2024-03-01T14:00:00Z", "granularity": "hour", "bytes": 5}
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

_PRICES = frozenset({Role.ADMINISTRATOR, Role.FINANCE})
_READ_PRICES: dict[str, Any] = {"scope": Scope.VALUATIONS_READ, "roles": _SEES}
_WRITE_PRICES: dict[str, Any] = {"scope": Scope.VALUATIONS_WRITE, "roles": _PRICES}
_READ_REGIONS: dict[str, Any] = {"scope": Scope.USAGE_READ, "roles": _SEES}


def _card(_user: User) -> RateCard:
    return factories.rate_card().card


def _cards(_user: User, count: int) -> None:
    first = RateCard.objects.count()
    for number in range(first, first + count):
        factories.rate_card(f"list-{number}")


def _usage_region(_user: User) -> Region:
    return factories.region("moon")


def _usage_regions(_user: User, count: int) -> None:
    # Those that Bursar comes with would fill the page.
    RegionMapping.objects.all().delete()
    Region.objects.exclude(name__startswith="region-").delete()
    first = Region.objects.count()
    for number in range(first, first + count):
        factories.region(f"region-{number}")


_VERSION = {
    "valid_from": "2024-01-01",
    "gigabyte": 10**9,
    "request_unit": 10_000,
    "source": "https://prices.example",
    "as_of": "2024-01-01",
    "confidence": "high",
    "tiers": [
        {"metric": "bandwidth", "region": "usa", "up_to": "10000", "rate": "0.12"},
        {"metric": "bandwidth", "region": "usa", "rate": "0.08", "is_published": False},
        {"metric": "requests", "region": "usa", "rate": "0.0075"},
    ],
}

INKIND: dict[str, Row] = {
    "POST /api/v1/usage/": Row(**_WRITE_USAGE, status=201, body=lambda _: {"rows": [_BUCKET]}),
    "GET /api/v1/usage-imports/": Row(**_READ_USAGE, many=_usage_imports),
    "GET /api/v1/usage-imports/{pk}/": Row(**_READ_USAGE, record=_usage_import),
    "GET /api/v1/usage-imports/{pk}/rejects/": Row(**_READ_USAGE, record=_usage_import, many=_rejects),
    "GET /api/v1/usage-asides/": Row(**_READ_USAGE, many=_asides),
    "GET /api/v1/usage-asides/{pk}/": Row(**_READ_USAGE, record=_aside),
    "POST /api/v1/usage-asides/{pk}/assign/": Row(
        **_WRITE_USAGE,
        record=_aside,
        body=lambda _: {"service": factories.service().pk, "region_label": "Everywhere"},
    ),
    "GET /api/v1/rate-cards/": Row(**_READ_PRICES, many=_cards),
    "POST /api/v1/rate-cards/": Row(
        **_WRITE_PRICES,
        status=201,
        body=lambda _: {"name": "New", "slug": "new", "provider": "other", "currency": "USD"},
    ),
    "GET /api/v1/rate-cards/{pk}/": Row(**_READ_PRICES, record=_card),
    "PATCH /api/v1/rate-cards/{pk}/": Row(**_WRITE_PRICES, record=_card, body=lambda _: {"name": "Other"}),
    "POST /api/v1/rate-cards/{pk}/add-version/": Row(**_WRITE_PRICES, record=_card, body=lambda _: _VERSION),
    "POST /api/v1/rate-cards/{pk}/end-version/": Row(
        **_WRITE_PRICES, record=_card, body=lambda _: {"version": 1, "valid_until": "2025-12-31"}
    ),
    "POST /api/v1/rate-cards/{pk}/map-region/": Row(
        **_WRITE_PRICES,
        record=_card,
        body=lambda _: {"region": factories.region("moon").pk, "card_region": "usa"},
    ),
    "GET /api/v1/rate-cards/{pk}/quote/": Row(**_READ_PRICES, record=_card, status=400),
    "GET /api/v1/usage-regions/": Row(**_READ_REGIONS, many=_usage_regions),
    "POST /api/v1/usage-regions/": Row(
        scope=Scope.USAGE_WRITE,
        roles=_OPERATES,
        status=201,
        body=lambda _: {"provider": "fastly", "name": "mars", "label": "Mars"},
    ),
    "GET /api/v1/usage-regions/{pk}/": Row(**_READ_REGIONS, record=_usage_region),
    "PATCH /api/v1/usage-regions/{pk}/": Row(
        scope=Scope.USAGE_WRITE,
        roles=_OPERATES | {Role.FINANCE},
        record=_usage_region,
        body=lambda _: {"label": "The moon"},
    ),
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
