"""When the payment of an installment is reminded of, before its due date and after it."""

from datetime import date, timedelta

# Days after the due date, negative before it.
DEFAULT_PAYMENT_DAYS = (-14, 0, 15, 30, 60)
MOST_PAYMENT_DAYS = 365


def payment_code(days: int) -> str:
    """Return such as due+15: what the reminder is unique by, for one due date of one installment."""
    return f"due{days:+d}"


def payment_day(due_on: date, days: int) -> date:
    return due_on + timedelta(days=days)
