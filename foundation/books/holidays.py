"""Days on which nobody works: added one by one or as a list, changed and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from foundation.audit.actions import action
from foundation.books.models import Holiday
from foundation.errors import Conflict, RuleViolation

if TYPE_CHECKING:
    from foundation.people.models import User

_LONGEST_NAME = 80
MOST_AT_ONCE = 200
_FIRST_YEAR, _LAST_YEAR = 1990, 2099


class HolidayNotAccepted(RuleViolation):
    code = "holiday_invalid"


class HolidayThere(Conflict):
    code = "holiday_there"


@dataclass(frozen=True, slots=True)
class HolidaysAdded:
    """How many days are new, and how many got another name; the rest was there."""

    added: int
    renamed: int


def holidays_in(text: str) -> list[tuple[date, str]]:
    """Return the days of a text with one a line, such as 2026-12-25 Christmas Day.

    A comma, semicolon or tab may stand between day and name. Raises HolidayNotAccepted naming the line.
    """
    found: dict[date, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.replace(",", " ").replace(";", " ").split()
        if not words:
            continue
        try:
            day = date.fromisoformat(words[0])
        except ValueError:
            msg = f"Line {number} does not begin with a day such as 2026-12-25. Correct it."
            raise HolidayNotAccepted(msg, field="days") from None
        if day in found:
            msg = f"Line {number} names {day} once more. Take one out."
            raise HolidayNotAccepted(msg, field="days")
        found[day] = _name(" ".join(words[1:]), f"Line {number}", "days")
        _check_year(day, "days")
    if not found:
        raise HolidayNotAccepted("Write at least one day, such as 2026-12-25 Christmas Day.", field="days")
    if len(found) > MOST_AT_ONCE:
        msg = f"These are {len(found)} days; at most {MOST_AT_ONCE} are taken at once. Divide the list."
        raise HolidayNotAccepted(msg, field="days")
    return sorted(found.items())


@action("holiday.add")
def add_holidays(*, actor: "User", days: Sequence[tuple[date, str]]) -> HolidaysAdded:
    """Write the days; one that is there already gets the name given now."""
    wanted = dict(days)
    present = {
        row.day: row for row in Holiday.objects.select_for_update().filter(day__in=wanted).order_by("day")
    }
    renamed = [row for day, row in present.items() if row.name != wanted[day]]
    for row in renamed:
        row.name = wanted[row.day]
        row.save(update_fields=["name"])
    new = [Holiday(day=day, name=name) for day, name in wanted.items() if day not in present]
    Holiday.objects.bulk_create(new, ignore_conflicts=True)
    return HolidaysAdded(len(new), len(renamed))


@action("holiday.change")
def change_holiday(*, actor: "User", holiday: Holiday, day: date, name: str) -> Holiday:
    """Write day and name. Raises HolidayThere when another holiday is on the day."""
    locked = Holiday.objects.select_for_update().get(pk=holiday.pk)
    name = _name(name, "The holiday", "name")
    _check_year(day, "day")
    other = Holiday.objects.filter(day=day).exclude(pk=locked.pk).first()
    if other is not None:
        raise HolidayThere(f"{day} is {other.name} already. Choose another day.", field="day")
    locked.day, locked.name = day, name
    locked.save(update_fields=["day", "name"])
    locked.refresh_from_db()
    return locked


@action("holiday.add_one")
def add_holiday(*, actor: "User", day: date, name: str) -> Holiday:
    """Add one day. Raises HolidayThere when it is one already."""
    name = _name(name, "The holiday", "name")
    _check_year(day, "day")
    if Holiday.objects.filter(day=day).exists():
        raise HolidayThere(f"{day} is a holiday already.", field="day")
    holiday = Holiday.objects.create(day=day, name=name)
    holiday.refresh_from_db()
    return holiday


@action("holiday.remove")
def remove_holiday(*, actor: "User", holiday: Holiday) -> None:
    """Let people work on that day."""
    Holiday.objects.filter(pk=holiday.pk).delete()


def _name(name: str, what: str, field: str) -> str:
    name = name.strip()
    if not name:
        raise HolidayNotAccepted(f"{what} has no name. Give it one.", field=field)
    if len(name) > _LONGEST_NAME:
        msg = f"The name “{name[:20]}…” has {len(name)} characters; at most {_LONGEST_NAME} fit. Shorten it."
        raise HolidayNotAccepted(msg, field=field)
    return name


def _check_year(day: date, field: str) -> None:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        msg = f"{day} is not in the years {_FIRST_YEAR} to {_LAST_YEAR}. Correct it."
        raise HolidayNotAccepted(msg, field=field)
