"""Rows of renewals: risk, reminders, cases and payments."""

from typing import Any

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.commitments.models import Commitment
from sponsors.renewals.models import Assessment, PaymentReminder, ScoringPolicy
from sponsors.renewals.tests import factories as risks
from sponsors.renewals.tests import paying
from tests.api_rows import Row

_SEES_PAYMENTS: dict[str, Any] = {
    "scope": Scope.RENEWALS_READ,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.AUDITOR}),
}

_SEES_RISK: dict[str, Any] = {
    "scope": Scope.RENEWALS_READ,
    "roles": frozenset(
        {Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.INFRASTRUCTURE, Role.AUDITOR}
    ),
}
_SCORES: dict[str, Any] = {
    "scope": Scope.RENEWALS_WRITE,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING}),
}


def _assessment(_user: User) -> Assessment:
    return risks.assessed(risks.ending())[0]


def _assessments(_user: User, count: int) -> None:
    risks.assessed(*(risks.ending() for _ in range(count)))


def _at_risk(_user: User) -> Commitment:
    return risks.assessed(risks.ending())[0].commitment


def _scoring_policy(_user: User) -> ScoringPolicy:
    return risks.scoring_policy()


def _scoring_policies(_user: User, count: int) -> None:
    for _ in range(count):
        risks.scoring_policy(ScoringPolicy.objects.count())


def _new_version(_record: None) -> dict[str, Any]:
    return {"name": "Ours", "reason": "We know better.", "points": {"overdue": 1.1}}


def _payment_reminder(_user: User) -> PaymentReminder:
    return paying.payment_reminder()


def _payment_reminders(_user: User, count: int) -> None:
    for _ in range(count):
        paying.payment_reminder()


RENEWALS: dict[str, Row] = {
    "GET /api/v1/assessments/": Row(**_SEES_RISK, many=_assessments),
    "GET /api/v1/assessments/{pk}/": Row(**_SEES_RISK, record=_assessment),
    "GET /api/v1/commitments/{pk}/risk/": Row(**_SEES_RISK, record=_at_risk),
    "GET /api/v1/concentration/": Row(**_SEES_RISK),
    "GET /api/v1/what-if/": Row(**_SEES_RISK, status=400),
    "GET /api/v1/scoring-policies/": Row(**_SEES_RISK, many=_scoring_policies),
    "GET /api/v1/scoring-policies/{pk}/": Row(**_SEES_RISK, record=_scoring_policy),
    "POST /api/v1/scoring-policies/": Row(**_SCORES, body=_new_version, status=201),
    "POST /api/v1/scoring-policies/{pk}/use/": Row(
        **_SCORES, record=_scoring_policy, body=lambda _record: {"reason": "Agreed."}
    ),
    "GET /api/v1/payment-reminders/": Row(**_SEES_PAYMENTS, many=_payment_reminders),
    "GET /api/v1/payment-reminders/{pk}/": Row(**_SEES_PAYMENTS, record=_payment_reminder),
}
