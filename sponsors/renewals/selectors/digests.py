"""What somebody is told by the digest of a day: the most urgent first, each with all it takes to act."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from foundation.books.selectors import current_organization
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.directory.models import Interaction
from sponsors.renewals.models import Assessment, Digest, ReminderStep, Telling
from sponsors.renewals.rules.attention import BANDS_IN_ORDER
from sponsors.renewals.rules.kept import reasons_kept
from sponsors.renewals.rules.ladder import Anchor
from sponsors.renewals.rules.next_actions import next_actions
from sponsors.renewals.rules.reasons import Reason
from sponsors.renewals.rules.scoring import Weighed
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.rules.wording import days_left_in_words, step_in_words, why_told
from sponsors.renewals.selectors.facts import NOT_SPOKEN
from sponsors.renewals.selectors.people import ANSWER, able_people, renewal_settings

MOST_IN_A_MAIL = 25
_MOST_REASONS = 4
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A reminder with what is known of its commitment; amounts are in words, a year's each."""

    step: ReminderStep
    commitment: Commitment
    headline: str
    ends: str
    band: str
    probability: str
    reasons: Sequence[str]
    cash: str
    replacement: str
    last_contact: str
    actions: Sequence[str]
    why: str


@dataclass(frozen=True, slots=True)
class PaymentEntry:
    """A payment that is coming, due or overdue."""

    telling: Telling
    commitment: Commitment
    amount: str
    due: str


@dataclass(frozen=True, slots=True)
class DigestContent:
    """What a mail tells: at most so many of each, and how many more there are; `waiting`: what was told before."""

    entries: Sequence[Entry]
    more: int
    payments: Sequence[PaymentEntry]
    more_payments: int
    waiting: int
    last_telling: int | None  # what was written later waits for the next mail; none: there is nothing


def people_to_mail(today: date) -> list[User]:
    """Return who is to be told of something that waits, and has had no digest today."""
    waiting = Telling.objects.not_mailed().still_waits().filter(person=OuterRef("pk"))
    mailed = Digest.objects.filter(person=OuterRef("pk"), day=today)
    able = User.objects.colleagues().with_permission(ANSWER)
    return list(able.filter(Exists(waiting), ~Exists(mailed)).order_by("pk"))


def digest_content(person: User, today: date) -> DigestContent:
    """Return what the person is to be told; a number of queries that is the same for any number of reminders."""
    unmailed = Telling.objects.not_mailed().still_waits().filter(person=person)
    counted = unmailed.aggregate(
        last=Max("pk"), steps=Count("step", distinct=True), payments=Count("payment", distinct=True)
    )
    entries = entries_of(_most_urgent(unmailed), person, today) if counted["steps"] else []
    shown = _payments(unmailed, today) if counted["payments"] else []
    return DigestContent(
        entries=entries,
        more=counted["steps"] - len(entries),
        payments=shown,
        more_payments=counted["payments"] - len(shown),
        waiting=_told_before(person),
        last_telling=counted["last"],
    )


def _told_before(person: User) -> int:
    """Return how many steps still wait of which only earlier mails told."""
    told = Telling.objects.filter(step__isnull=False, person=person)
    # By keys: step by step the database would look through all that was written for the person tonight.
    waiting = ReminderStep.objects.filter(
        state=StepState.OPEN, pk__in=told.filter(digest__isnull=False).values("step")
    )
    return waiting.exclude(pk__in=told.not_mailed().values("step")).count()


def by_urgency(steps: Any, to_commitment: str) -> Any:
    """Order rows of steps: by band, exposure, and what ends first; `to_commitment` leads to it, such as step__commitment."""
    ranks = (When(latest__band=band, then=Value(at)) for at, band in enumerate(BANDS_IN_ORDER))
    return steps.annotate(
        latest=FilteredRelation(
            f"{to_commitment}__assessments", condition=Q(**{f"{to_commitment}__assessments__is_latest": True})
        ),
        rank=Case(*ranks, default=Value(len(BANDS_IN_ORDER)), output_field=IntegerField()),
        exposure=Coalesce("latest__cash_a_year", _NOTHING) + Coalesce("latest__replacement_a_year", _NOTHING),
    ).order_by("rank", F("exposure").desc(), f"{to_commitment}__ends_before", "pk")


def _most_urgent(unmailed: Any) -> list[Telling]:
    rows = unmailed.filter(step__isnull=False).select_related(
        "step__commitment__sponsor", "step__commitment__owner"
    )
    found: dict[int, Telling] = {}
    # Told, snoozed and told again before a digest left: one entry.
    for telling in by_urgency(rows, "step__commitment")[: MOST_IN_A_MAIL * 2]:
        found.setdefault(telling.step_id, telling)
    return list(found.values())[:MOST_IN_A_MAIL]


def entries_of(tellings: Sequence[Telling], person: User, today: date) -> list[Entry]:
    """Return an entry for each of the tellings of steps. Six queries."""
    commitments = [telling.step.commitment for telling in tellings if telling.step]
    assessments = {
        row.commitment_id: row
        for row in Assessment.objects.latest_of_each().filter(commitment__in=commitments)
    }
    contacts = last_contacts({commitment.sponsor_id for commitment in commitments}, today)
    is_lead = person.pk == renewal_settings().fundraising_lead_id
    able = able_people()
    return [
        _entry(telling, telling.step, assessments, contacts, today, able=able, is_lead=is_lead)
        for telling in tellings
        if telling.step
    ]


@dataclass(frozen=True, slots=True)
class StepPage:
    """What the page of a reminder says above it: the same as the mail, and who was told when as what."""

    entry: Entry
    tellings: Sequence[Telling]


def step_page(step: ReminderStep, person: User, today: date) -> StepPage:
    """Return what is known of the step for whoever looks at it; why they were told, if they were."""
    tellings = list(step.tellings.select_related("person", "digest").order_by("told_on", "pk"))
    own = [telling for telling in tellings if telling.person_id == person.pk]
    telling = own[-1] if own else Telling(step=step, person=person, role="", told_on=today)
    telling.step = step
    return StepPage(entries_of([telling], person, today)[0], tellings)


def _entry(
    telling: Telling,
    step: ReminderStep,
    assessments: Mapping[int, Assessment],
    contacts: Mapping[int, str],
    today: date,
    *,
    able: Collection[int],
    is_lead: bool,
) -> Entry:
    commitment = step.commitment
    assessment = assessments.get(commitment.pk)
    reasons = reasons_kept(assessment.reasons) if assessment else []
    owner = commitment.owner
    anchor = Anchor(step.anchor)
    day = step.ends_on if anchor is Anchor.END else commitment.notice_on
    return Entry(
        step=step,
        commitment=commitment,
        headline=step_in_words(step.anchor, step.days) + ("" if anchor is Anchor.END else f", {day}"),
        ends=days_left_in_words((step.ends_on - today).days),
        band=assessment.get_band_display() if assessment else "Not assessed yet",
        probability=probability_in_words(assessment) if assessment else "",
        reasons=[one.sentence for one in worth_telling(reasons)],
        cash=_amount(assessment, "cash_a_year") or _unknown_cash(assessment),
        replacement=_amount(assessment, "replacement_a_year"),
        last_contact=contacts.get(commitment.sponsor_id, "Nobody has spoken with them yet."),
        actions=next_actions(
            [(one.reason, one.points, one.is_known) for one in reasons],
            anchor=anchor,
            days=(today - day).days,
        ),
        why=telling.role
        and why_told(
            telling.role,
            owner=str(owner) if owner else "",
            owner_is_able=owner is not None and owner.pk in able,
            is_lead=is_lead,
        ),
    )


def probability_in_words(assessment: Assessment) -> str:
    """Return the probability of lapse with its range, such as 27% (14% to 45%)."""
    return f"{assessment.probability:.0%} ({assessment.low:.0%} to {assessment.high:.0%})"


def worth_telling(reasons: Sequence[Weighed]) -> list[Weighed]:
    """Return what raises the risk or is not known; what lowers it needs nobody, and years that have passed ask for nothing."""
    asking = (one for one in reasons if one.points > 0 or not one.is_known)
    return [one for one in asking if one.reason is not Reason.TENURE or not one.is_known][:_MOST_REASONS]


def _amount(assessment: Assessment | None, name: str) -> str:
    amount: Decimal | None = getattr(assessment, name) if assessment else None
    return money_text(amount, assessment.currency) if assessment and amount else ""


def _unknown_cash(assessment: Assessment | None) -> str:
    """Return that nobody knows what is lost, so that it is not taken for nothing."""
    if assessment is None or assessment.cash_a_year is not None:
        return ""
    return f"unknown, as there is no recent exchange rate to {assessment.currency}"


def last_contacts(sponsors: Collection[int], today: date) -> dict[int, str]:
    """Return of each sponsor in a sentence how, when and by whom somebody last spoke with it. Two queries."""
    zone = current_organization().zone
    end = datetime.combine(today + timedelta(days=1), time(), zone)
    rows = (
        Interaction.objects.filter(sponsor__in=sponsors, occurred_at__lt=end)
        .exclude(kind__in=NOT_SPOKEN)
        .select_related("by")
        .order_by("sponsor_id", "-occurred_at", "-pk")
        .distinct("sponsor_id")
    )
    return {
        row.sponsor_id: f"{row.get_kind_display()} on {row.occurred_at.astimezone(zone).date()}, {row.by}."
        for row in rows
    }


def _payments(unmailed: Any, today: date) -> list[PaymentEntry]:
    rows = (
        unmailed.filter(payment__isnull=False)
        .select_related("payment__installment__commitment__sponsor")
        .order_by("payment__due_on", "pk")
    )
    found = []
    for telling in rows[:MOST_IN_A_MAIL]:
        installment = telling.payment.installment
        remainder = installment.amount - installment.paid - installment.written_off
        found.append(
            PaymentEntry(
                telling,
                installment.commitment,
                money_text(remainder, installment.commitment.currency),
                due_in_words(telling.payment.due_on, today),
            )
        )
    return found


def due_in_words(due_on: date, today: date) -> str:
    days = (today - due_on).days
    if days == 0:
        return "due today"
    count = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    return f"due on {due_on}, {count} overdue" if days > 0 else f"due on {due_on}, in {count}"
