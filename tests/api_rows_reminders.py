"""Rows of reminders: steps, ladders, policies, settings and holidays."""

from datetime import date, timedelta
from typing import Any

from foundation.api.scopes import Scope
from foundation.books.models import Holiday
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.commitments.models import Commitment
from sponsors.renewals.models import ReminderPolicy, ReminderStep
from sponsors.renewals.tests import reminding
from tests.api_rows import STAFF, Row

_ANSWERS = frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.INFRASTRUCTURE})
_READ: dict[str, Any] = {"scope": Scope.RENEWALS_READ, "roles": _ANSWERS | {Role.AUDITOR}}
_ANSWER: dict[str, Any] = {"scope": Scope.RENEWALS_WRITE, "roles": _ANSWERS}
_WRITE: dict[str, Any] = {
    "scope": Scope.RENEWALS_WRITE,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING}),
}
_SETTINGS: dict[str, Any] = {
    "scope": Scope.RENEWALS_WRITE,
    "roles": frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE}),
}
_RUNGS = [{"days": -30, "response_days": 3}]


def _step(_user: User) -> ReminderStep:
    return reminding.open_step()


def _steps(_user: User, count: int) -> None:
    for _ in range(count):
        reminding.open_step()


def _sleepy_step(_user: User) -> ReminderStep:
    """Return a step that is still open tomorrow, whichever day it is."""
    step = reminding.open_step()
    ReminderStep.objects.filter(pk=step.pk).update(closes_before=date.today() + timedelta(days=30))  # noqa: DTZ011  # far enough
    return step


def _commitment(_user: User) -> Commitment:
    return reminding.ending_commitment()


def _own_ladder(_user: User) -> Commitment:
    return reminding.override().commitment


def _policy(_user: User) -> ReminderPolicy:
    return reminding.policy()


def _policies(_user: User, count: int) -> None:
    first = ReminderPolicy.objects.count()
    for number in range(first, first + count):
        reminding.policy(f"Ladder {number}")


def _holiday(_user: User) -> Holiday:
    return Holiday.objects.get_or_create(day=date(2026, 12, 25), defaults={"name": "Christmas"})[0]


def _holidays(_user: User, count: int) -> None:
    first = Holiday.objects.count()
    for number in range(first, first + count):
        Holiday.objects.create(day=date(2010, 1, 1) + timedelta(days=number), name="Holiday")


def _tomorrow(_record: Any) -> dict[str, Any]:
    return {"until": str(date.today() + timedelta(days=7)), "reason": "They are away."}  # noqa: DTZ011  # far enough


REMINDERS: dict[str, Row] = {
    "GET /api/v1/reminder-steps/": Row(**_READ, many=_steps),
    "GET /api/v1/reminder-steps/{pk}/": Row(**_READ, record=_step),
    "POST /api/v1/reminder-steps/{pk}/acknowledge/": Row(**_ANSWER, record=_step),
    "POST /api/v1/reminder-steps/{pk}/snooze/": Row(**_ANSWER, record=_sleepy_step, body=_tomorrow),
    "POST /api/v1/reminder-steps/{pk}/record-outcome/": Row(
        **_ANSWER, record=_step, body=lambda _record: {"outcome": "negotiating"}
    ),
    "GET /api/v1/commitments/{pk}/ladder/": Row(**_READ, record=_commitment),
    "POST /api/v1/commitments/{pk}/ladder/choose/": Row(
        **_WRITE,
        record=_commitment,
        body=lambda _record: {"policy": reminding.policy().pk, "reason": "They decide late."},
    ),
    "POST /api/v1/commitments/{pk}/ladder/back/": Row(**_WRITE, record=_own_ladder),
    "GET /api/v1/reminder-policies/": Row(**_READ, many=_policies),
    "POST /api/v1/reminder-policies/": Row(
        **_WRITE, status=201, body=lambda _record: {"name": "Mine", "rungs": _RUNGS}
    ),
    "GET /api/v1/reminder-policies/{pk}/": Row(**_READ, record=_policy),
    "PATCH /api/v1/reminder-policies/{pk}/": Row(
        **_WRITE, record=_policy, body=lambda _record: {"rungs": _RUNGS}
    ),
    "POST /api/v1/reminder-policies/{pk}/use/": Row(**_WRITE, record=_policy),
    "POST /api/v1/reminder-policies/{pk}/remove/": Row(**_WRITE, record=_policy),
    "GET /api/v1/renewal-settings/": Row(**_READ),
    "PATCH /api/v1/renewal-settings/": Row(**_SETTINGS, body=lambda _record: {"monthly_costs": "1000.00"}),
    "GET /api/v1/holidays/": Row(scope=Scope.RENEWALS_READ, roles=STAFF, many=_holidays),
    "POST /api/v1/holidays/": Row(
        **_SETTINGS, status=201, body=lambda _record: {"day": "2026-12-24", "name": "Christmas Eve"}
    ),
    "GET /api/v1/holidays/{pk}/": Row(scope=Scope.RENEWALS_READ, roles=STAFF, record=_holiday),
    "PATCH /api/v1/holidays/{pk}/": Row(
        **_SETTINGS, record=_holiday, body=lambda _record: {"name": "Christmas Day"}
    ),
    "POST /api/v1/holidays/{pk}/remove/": Row(**_SETTINGS, record=_holiday),
}
