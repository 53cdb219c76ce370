"""Rows of renewals: risk, reminders, cases and payments."""

from typing import Any

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.renewals.models import PaymentReminder
from sponsors.renewals.tests import paying
from tests.api_rows import Row

_SEES_PAYMENTS: dict[str, Any] = {
    "scope": Scope.RENEWALS_READ,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.AUDITOR}),
}


def _payment_reminder(_user: User) -> PaymentReminder:
    return paying.payment_reminder()


def _payment_reminders(_user: User, count: int) -> None:
    for _ in range(count):
        paying.payment_reminder()


RENEWALS: dict[str, Row] = {
    "GET /api/v1/payment-reminders/": Row(**_SEES_PAYMENTS, many=_payment_reminders),
    "GET /api/v1/payment-reminders/{pk}/": Row(**_SEES_PAYMENTS, record=_payment_reminder),
}
