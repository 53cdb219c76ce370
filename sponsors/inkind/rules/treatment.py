"""How gifts of each category are counted, valued and shown: one table, and the three figures it makes.

Three figures are kept apart. Recognition is the list value less any widely available discount, by which a sponsor
is thanked. The financial statements show what was received as it is consumed (ASU 2020-07), but contributed time
only under the services test (FASB ASC 958-605-25-16): it creates or enhances a nonfinancial asset, or it needs
specialized skills, is given by people who have them, and would otherwise be bought. On the tax return property
counts as a contribution, while services and the use of facilities do not and reconcile the statements to it (IRS
Form 990, Schedule D part XI). US rules, as settings: an accountant's override goes before each.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import TextChoices

from sponsors.inkind.rules.gifts import GiftUnit


class Nature(TextChoices):
    """What a gift is on the tax return."""

    SERVICE = "service", "Service"
    FACILITIES = "facilities", "Use of facilities"
    PROPERTY = "property", "Property"
    UNDECIDED = "undecided", "An accountant decides"


@dataclass(frozen=True, slots=True)
class Treatment:
    """How one category is counted, by which technique valued, and what it is on the return."""

    nature: Nature
    unit: GiftUnit
    technique: str
    needs_services_test: bool = False


TREATMENTS: dict[str, Treatment] = {
    "cdn": Treatment(Nature.SERVICE, GiftUnit.TERABYTE, "Use at a rate card's list prices"),
    "cloud_credits": Treatment(
        Nature.SERVICE,
        GiftUnit.CREDIT,
        "Credits consumed at the public on-demand price; expired credits are worth nothing",
    ),
    "ci": Treatment(Nature.SERVICE, GiftUnit.MINUTE, "Minutes at the list price of the runner class"),
    "licenses": Treatment(
        Nature.UNDECIDED, GiftUnit.SEAT, "Seats at the lower of list price and nonprofit program price"
    ),
    "domains": Treatment(Nature.SERVICE, GiftUnit.PIECE, "List price, pro rata"),
    "monitoring": Treatment(Nature.SERVICE, GiftUnit.PIECE, "List price, pro rata"),
    "staff_time": Treatment(
        Nature.SERVICE, GiftUnit.HOUR, "Hours at a fair rate for the work", needs_services_test=True
    ),
    "venue": Treatment(Nature.FACILITIES, GiftUnit.DAY, "Market rent of a comparable venue"),
    "hardware": Treatment(Nature.PROPERTY, GiftUnit.PIECE, "Fair market value"),
    "other": Treatment(Nature.UNDECIDED, GiftUnit.PIECE, "Fair value, by what comparable things cost"),
}

_ON_THE_RETURN = {
    Nature.SERVICE: "Services are no contribution on the tax return.",
    Nature.FACILITIES: "The use of facilities is no contribution on the tax return.",
    Nature.PROPERTY: "Property is a contribution on the tax return too.",
    Nature.UNDECIDED: "Not on the tax return unless an accountant decides so.",
}
_BY_TEST = "In the financial statements under the services test: "


@dataclass(frozen=True, slots=True)
class Figures:
    """What of a recognized value goes where, and why."""

    statements: Decimal
    tax: Decimal
    notes: str


def figures(category: str, value: Decimal, *, services_test: str = "") -> Figures:
    """Return the figures for statements and return by the table above.

    `services_test` says how the services test is met; without it contributed time is not in the statements.
    """
    treatment = TREATMENTS[category]
    notes = [_ON_THE_RETURN[treatment.nature]]
    statements = value
    if treatment.needs_services_test and services_test:
        notes.append(_BY_TEST + services_test)
    elif treatment.needs_services_test:
        statements = value * 0
        notes.append("Not in the financial statements: nobody said that the services test is met.")
    tax = value if treatment.nature == Nature.PROPERTY else value * 0
    return Figures(statements, tax, " ".join(notes))


def services_test_in(notes: str) -> str:
    """Return how the services test is met, by the notes of figures; nothing where nobody said."""
    return notes.partition(_BY_TEST)[2]
