"""Commitments near their end, and the people who are told, for tests of reminders."""

from datetime import UTC, date, datetime, time, timedelta

from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import Commitment
from sponsors.commitments.tests.factories import signed_commitment
from sponsors.renewals.models import (
    Assessment,
    Digest,
    ReminderOverride,
    ReminderPolicy,
    ReminderStep,
    RenewalSettings,
    ScoringPolicy,
    Telling,
)
from sponsors.renewals.rules.ladder import Rung
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.services.digests import send_digest
from sponsors.renewals.services.reminder_policies import add_reminder_policy, set_override
from sponsors.renewals.services.sweeping import Swept, sweep_reminders

BEGIN = date(2024, 5, 1)
END = date(2026, 4, 30)  # the last day; a Thursday
DAY = timedelta(days=1)


def before(days: int) -> date:
    """Return the day so many days before the last one."""
    return END - days * DAY


def after(days: int) -> date:
    return END + days * DAY


def owner() -> User:
    return _person("Olga")


def backup() -> User:
    return _person("Bert")


def director() -> User:
    return _person("Dora")


def _person(name: str) -> User:
    found = User.objects.filter(email=f"{name.lower()}@foundation.example").first()
    return found or make_user(name, Role.FUNDRAISING)


def ending_commitment(*, years: int = 2, with_owner: bool = True, **more) -> Commitment:
    """Return a signed commitment whose last day is END, of two years unless said otherwise."""
    if with_owner:
        more.setdefault("owner", owner())
    begin = date(END.year - years, BEGIN.month, BEGIN.day)
    commitment = signed_commitment(starts_on=begin, years=years, yearly_amount=1000, **more)
    known_since(commitment, begin)
    return commitment


def known_since(commitment: Commitment, day: date) -> None:
    """Let Bursar know of the commitment since that day, and not only since the test began."""
    Commitment.objects.filter(pk=commitment.pk).update(created_at=datetime.combine(day, time(), UTC))


def give_backup(commitment: Commitment, person: User) -> None:
    Commitment.objects.filter(pk=commitment.pk).update(backup=person)


def set_people(*, lead: User | None = None, director: User | None = None) -> None:
    RenewalSettings.objects.update_or_create(pk=1, defaults={"fundraising_lead": lead, "director": director})


def assessed(commitment: Commitment, **more) -> Assessment:
    """Return a latest assessment of low risk, unless said otherwise."""
    values = {
        "day": END - 400 * DAY,
        "policy": ScoringPolicy.objects.get(is_current=True),
        "ends_before": commitment.ends_before,
        "probability": 0.05,
        "low": 0.02,
        "high": 0.1,
        "band": Band.LOW,
        "base_rate": 0.1,
        "base_cases": 40,
        "base_lapses": 4,
        "reasons": [],
        "facts": {"elsewhere": [], "services_without_price": [], "followed_by": None},
        "asks_for_person": False,
        "currency": "USD",
    }
    return Assessment.objects.create(commitment=commitment, **values | more)


def sweep(today: date) -> Swept:
    return sweep_reminders(actor=None, today=today)


def sweep_each_day(first: date, last: date) -> None:
    for number in range((last - first).days + 1):
        sweep(first + number * DAY)


def steps(commitment: Commitment) -> list[tuple[str, str]]:
    """Return the code and the state of each step, in the order of their days."""
    rows = ReminderStep.objects.filter(commitment=commitment).order_by("due_on", "code")
    return list(rows.values_list("code", "state"))


def told(commitment: Commitment) -> list[tuple[str, str, date]]:
    """Return who was told as what and when."""
    rows = Telling.objects.filter(step__commitment=commitment).order_by("told_on", "pk")
    return [(row.person.name, row.role, row.told_on) for row in rows.select_related("person")]


def open_step() -> ReminderStep:
    """Return a step that opened ninety days before the last one, of a commitment of its own."""
    commitment = ending_commitment(signed_on=before(95))
    sweep(before(90))
    return ReminderStep.objects.select_related("commitment__sponsor").get(commitment=commitment)


def digest() -> Digest:
    """Return the mail that tells a person of their own of one step."""
    number = User.objects.count()
    person = make_user(f"Reader{number}", Role.FUNDRAISING)
    commitment = ending_commitment(signed_on=before(95), owner=person)
    sweep(before(90))
    found = send_digest(actor=None, person=person, today=before(90))
    assert found is not None, commitment
    return found


def policy(name: str = "Short ladder", *rungs: Rung) -> ReminderPolicy:
    return add_reminder_policy(actor=owner(), name=name, rungs=rungs or (Rung(-30, 3), Rung(0, 1)))


def override() -> ReminderOverride:
    """Return that a commitment has a ladder of its own."""
    commitment = ending_commitment()
    own = policy(f"Ladder of {commitment}")
    return set_override(actor=owner(), commitment=commitment, policy=own, reason="They decide late.")
