"""Rows of valuations, their evidence, and the policies by which they are drafted."""

from datetime import date
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.inkind.models import Valuation, ValuationEvidence, ValuationPolicy
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tests import factories, valuing
from tests.api_rows import Row

_SEES = frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.INFRASTRUCTURE, Role.AUDITOR})
_DECIDES = frozenset({Role.ADMINISTRATOR, Role.FINANCE})
_READ: dict[str, Any] = {"scope": Scope.VALUATIONS_READ, "roles": _SEES}
_DRAFT: dict[str, Any] = {
    "scope": Scope.VALUATIONS_WRITE,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FINANCE, Role.INFRASTRUCTURE}),
}
_DECIDE: dict[str, Any] = {"scope": Scope.VALUATIONS_WRITE, "roles": _DECIDES}
_REASON = {"reason": "Look at the card again."}


def _draft(_user: User) -> Valuation:
    return valuing.drafted_gift()


def _drafts(_user: User, count: int) -> None:
    for _ in range(count):
        valuing.drafted_gift()


def _submitted(_user: User) -> Valuation:
    return valuing.submitted(valuing.drafted_gift())


def _approved(_user: User) -> Valuation:
    return valuing.approved(valuing.drafted_gift())


def _stale(_user: User) -> Valuation:
    valuation = valuing.approved()
    valuing.more_use(valuation.line)
    return valuation


def _evidence(_user: User) -> ValuationEvidence:
    return services.add_evidence(
        actor=valuing.treasurer(), valuation=valuing.drafted_gift(), content=b"[1]", file_name="a.json"
    )


def _evidences(user: User, count: int) -> None:
    for _ in range(count):
        _evidence(user)


def _policy(_user: User) -> ValuationPolicy:
    return valuing.policy_by_cards(ValuationPolicy.objects.count())


def _policies(user: User, count: int) -> None:
    for _ in range(count):
        _policy(user)


def _metered(_record: None) -> dict[str, Any]:
    line = valuing.with_policy(valuing.metered_line(date(2024, 3, 1)))
    return {"line": line.pk, "month": "2024-03-01"}


def _gift(_record: None) -> dict[str, Any]:
    line = factories.gift_line(category="hardware")
    return {"line": line.pk, "month": "2024-03-01", "quantity": "4", "unit_value": "250"}


def _file(_record: None) -> dict[str, Any]:
    return {"valuation": valuing.drafted_gift().pk, "file": SimpleUploadedFile("a.json", b"[1]")}


def _cards(_record: None) -> dict[str, Any]:
    return {"line": factories.gift_line().pk, "base_card": valuing.card().card.slug}


VALUATIONS: dict[str, Row] = {
    "GET /api/v1/valuations/": Row(**_READ, many=_drafts),
    "POST /api/v1/valuations/": Row(**_DRAFT, status=201, body=_metered),
    "POST /api/v1/valuations/gift/": Row(**_DRAFT, status=201, body=_gift),
    "GET /api/v1/valuations/totals/": Row(**_READ),
    "GET /api/v1/valuations/{pk}/": Row(**_READ, record=_draft),
    "GET /api/v1/valuations/{pk}/details/": Row(**_READ, record=_stale),
    "GET /api/v1/valuations/{pk}/pdf/": Row(**_READ, record=_draft),
    "POST /api/v1/valuations/{pk}/submit/": Row(**_DRAFT, record=_draft),
    "POST /api/v1/valuations/{pk}/return/": Row(**_DECIDE, record=_submitted, body=lambda _: _REASON),
    "POST /api/v1/valuations/{pk}/approve/": Row(**_DECIDE, record=_submitted),
    "POST /api/v1/valuations/{pk}/set-figures/": Row(
        **_DECIDE,
        record=_draft,
        body=lambda _: {"statements_value": "900", "tax_value": "0", "note": "She said so."},
    ),
    "POST /api/v1/valuations/{pk}/discard/": Row(**_DRAFT, record=_draft),
    "POST /api/v1/valuations/{pk}/adjust/": Row(**_DRAFT, status=201, record=_stale),
    "POST /api/v1/valuations/{pk}/reverse/": Row(
        **_DECIDE, status=201, record=_approved, body=lambda _: _REASON
    ),
    "GET /api/v1/valuation-evidence/": Row(**_READ, many=_evidences),
    "POST /api/v1/valuation-evidence/": Row(**_DRAFT, status=201, upload=True, body=_file),
    "GET /api/v1/valuation-evidence/{pk}/": Row(**_READ, record=_evidence),
    "GET /api/v1/valuation-evidence/{pk}/file/": Row(**_READ, record=_evidence),
    "GET /api/v1/valuation-policies/": Row(**_READ, many=_policies),
    "POST /api/v1/valuation-policies/": Row(**_DECIDE, status=201, body=_cards),
    "GET /api/v1/valuation-policies/{pk}/": Row(**_READ, record=_policy),
    "PATCH /api/v1/valuation-policies/{pk}/": Row(
        **_DECIDE, record=_policy, body=lambda _: {"low_card": None}
    ),
}
