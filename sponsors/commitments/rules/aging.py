"""How long what should have been paid is past due."""

from datetime import date, timedelta

from django.db.models import TextChoices


class Age(TextChoices):
    """How many days past its due date something is; on its due date it is not past due."""

    NOT_DUE = "not_due", "Not past due"
    TO_30 = "days_1_30", "1 to 30 days"
    TO_60 = "days_31_60", "31 to 60 days"
    TO_90 = "days_61_90", "61 to 90 days"
    OVER_90 = "over_90", "Over 90 days"


# The fewest days past due of each age, the oldest first.
_FROM = {Age.OVER_90: 91, Age.TO_90: 61, Age.TO_60: 31, Age.TO_30: 1}


def age_of(due_on: date, as_of: date) -> Age:
    """Return the age of what fell due, as of a day."""
    days = (as_of - due_on).days
    return next((age for age, least in _FROM.items() if days >= least), Age.NOT_DUE)


def due_dates_of(age: Age, as_of: date) -> tuple[date | None, date | None]:
    """Return the first and the last due date of the age, both included; None is without end."""
    ages = list(_FROM)
    if age is Age.NOT_DUE:
        return as_of, None
    older = ages[ages.index(age) - 1] if ages.index(age) else None
    first = as_of - timedelta(days=_FROM[older] - 1) if older else None
    return first, as_of - timedelta(days=_FROM[age])
