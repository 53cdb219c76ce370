"""How the demonstration's support is watched: who is told, what was assessed over half a year, and what is under way."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.demo import story
from sponsors.directory import services as directory
from sponsors.directory.services import SponsorChanges
from sponsors.renewals.models import ReminderStep, RenewalCase
from sponsors.renewals.rules.payments import DEFAULT_PAYMENT_DAYS
from sponsors.renewals.rules.states import CaseState, StepState
from sponsors.renewals.services.answering import acknowledge, snooze
from sponsors.renewals.services.assessing import assess_commitments
from sponsors.renewals.services.cases import estimate_case, move_case
from sponsors.renewals.services.digests import send_digests
from sponsors.renewals.services.letters import draft_letter, send_letter
from sponsors.renewals.services.payments import sweep_payments
from sponsors.renewals.services.settings import change_renewal_settings
from sponsors.renewals.services.sweeping import sweep_reminders

if TYPE_CHECKING:
    from sponsors.demo.load import World

RESERVES, MONTHLY_COSTS = Decimal(2_400_000), Decimal(165_000)
# What somebody looked up about other foundations: how many a sponsor supports, and whether it left one. Of those not
# named here it is one, and none was left; of the last, nobody looked.
ELSEWHERE = {
    story.NAME: (3, False),
    "Larkspur Cloud": (4, False),
    "Tidewater Search": (2, True),
    "Copperline Networks": (0, True),
    "Juniper & Vale Bank": (2, False),
}
NOBODY_LOOKED = frozenset({"Saltmarsh Labs", "Jackdaw Archives", "Fennel Kitchen Robotics"})
# Days before today on which the history of assessments has a point, and on which reminders were swept.
ASSESSED = (182, 154, 126, 98, 70, 42, 28, 21)
SWEPT = (14, 7, 0)
# How the renewals that end first stand, and what whoever negotiates believes.
STANDS: tuple[tuple[CaseState, str, float | None], ...] = (
    (CaseState.CONTACTED, "Wrote to them; they will look at it after their budget round.", None),
    (CaseState.NEGOTIATING, "They ask for two years instead of one.", 0.7),
    (CaseState.AGREED, "Agreed on the telephone; their lawyers read the agreement.", 0.95),
    (CaseState.CONTACTED, "Left a message with their desk.", None),
    (CaseState.NEGOTIATING, "They want their logo on the download page.", 0.5),
)


def play(world: "World") -> None:
    """Write it in the order things happened; the last sweep is that of today."""
    _settings(world)
    _known_elsewhere(world)
    _news(world)
    for days in ASSESSED:
        assess_commitments(actor=None, today=world.as_of - timedelta(days=days))
    for days in SWEPT:
        today = world.as_of - timedelta(days=days)
        assess_commitments(actor=None, today=today)
        sweep_payments(actor=None, today=today)
        sweep_reminders(actor=None, today=today)
        send_digests(actor=None, today=today)
        if days == SWEPT[0]:
            _answer(world, today)
            _work(world, today)


def _settings(world: "World") -> None:
    change_renewal_settings(
        actor=world.people["administrator"],
        fundraising_lead=world.fundraiser,
        director=world.people["director"],
        reserves=RESERVES,
        reserves_on=world.as_of.replace(day=1),
        monthly_costs=MONTHLY_COSTS,
        payment_days=DEFAULT_PAYMENT_DAYS,
        sends_payment_reminders=False,
        today=world.as_of,
    )


def _known_elsewhere(world: "World") -> None:
    for name in world.sponsors.keys() - NOBODY_LOOKED:
        supports, left = ELSEWHERE.get(name, (1, False))
        directory.change_sponsor(
            actor=world.fundraiser,
            sponsor=world.sponsors[name],
            changes=SponsorChanges(foundations_supported=supports, left_a_foundation=left),
        )


def _news(world: "World") -> None:
    """One sponsor's prices changed, and with the first sponsor somebody speaks every quarter."""
    _log(
        world,
        "Copperline Networks",
        "policy_change",
        35,
        "Their program for open source was put under marketing; gifts need a return.",
    )
    for days in (20, 110, 200, 290):
        _log(world, story.NAME, "meeting", days, "Quarterly talk: traffic, incidents and what comes next.")


def _log(world: "World", name: str, kind: str, days_ago: int, summary: str) -> None:
    from sponsors.demo.load import at

    day = world.as_of - timedelta(days=days_ago)
    person = world.people["infrastructure"] if name == story.NAME else world.fundraiser
    directory.log_interaction(
        actor=person,
        sponsor=world.sponsors[name],
        kind=kind,
        occurred_at=at(day),
        summary=summary,
        now=at(day, 18),
    )


def _answer(world: "World", today: date) -> None:
    """Some reminders were acknowledged, and one sleeps until the sponsor's budget round is over."""
    waiting = list(
        ReminderStep.objects.filter(state=StepState.OPEN)
        .select_related("commitment__owner")
        .order_by("closes_before", "pk")
    )
    for step in waiting[:4]:
        acknowledge(actor=_owner(world, step.commitment), step=step)
    for step in waiting[4:]:
        until = today + timedelta(days=18)
        if until < step.closes_before:
            snooze(
                actor=_owner(world, step.commitment),
                step=step,
                until=until,
                reason="Their budget round ends then.",
                today=today,
            )
            break


def _work(world: "World", today: date) -> None:
    """Cards were moved, one letter was sent, and another waits to be read through."""
    from sponsors.demo.load import at

    cases = list(
        RenewalCase.objects.open()
        .select_related("commitment__owner")
        .order_by("commitment__ends_before", "commitment")[: len(STANDS)]
    )
    for case, (state, note, believed) in zip(cases, STANDS, strict=False):
        owner = _owner(world, case.commitment)
        moved = move_case(actor=owner, case=case, state=state, note=note, today=today)
        if believed is not None:
            estimate_case(actor=owner, case=moved, own_probability=believed)
    letters = [draft_letter(actor=world.fundraiser, case=case, today=today).letter for case in cases[:2]]
    if letters:
        send_letter(actor=world.fundraiser, letter=letters[0], today=today, now=_noon(at(today)))


def _noon(moment: datetime) -> datetime:
    return moment.replace(hour=12)


def _owner(world: "World", commitment: Commitment) -> User:
    return commitment.owner or world.fundraiser
