"""Holidays: as lines, one by one, each day once."""

from datetime import date

import pytest

from foundation.books.holidays import (
    MOST_AT_ONCE,
    HolidayNotAccepted,
    HolidaysAdded,
    HolidayThere,
    add_holiday,
    add_holidays,
    change_holiday,
    holidays_in,
    remove_holiday,
)
from foundation.books.models import Holiday

pytestmark = pytest.mark.django_db
CHRISTMAS = date(2026, 12, 25)


def test_lines_are_read_as_people_paste_them():
    text = "2026-12-25 Christmas Day\n\n2026-12-26,\tBoxing Day\n2026-01-01; New Year"
    assert holidays_in(text) == [
        (date(2026, 1, 1), "New Year"),
        (CHRISTMAS, "Christmas Day"),
        (date(2026, 12, 26), "Boxing Day"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "25.12.2026 Christmas",
        "2026-12-25",
        "1889-12-25 Christmas",
        "2026-12-25 A\n2026-12-25 B",
        f"2026-12-25 {'x' * 81}",
        "\n".join(
            f"{1990 + number % 100}-{1 + number // 100:02}-01 Day" for number in range(MOST_AT_ONCE + 1)
        ),
    ],
)
def test_lines_that_make_no_sense_name_the_fix(text):
    with pytest.raises(HolidayNotAccepted) as refusal:
        holidays_in(text)
    assert refusal.value.field == "days"


def test_the_same_list_twice_changes_nothing(administrator):
    days = [(CHRISTMAS, "Christmas"), (date(2026, 12, 26), "Boxing Day")]
    assert add_holidays(actor=administrator, days=days) == HolidaysAdded(2, 0)
    assert add_holidays(actor=administrator, days=days) == HolidaysAdded(0, 0)
    assert add_holidays(actor=administrator, days=[(CHRISTMAS, "Christmas Day")]) == HolidaysAdded(0, 1)
    assert Holiday.objects.get(day=CHRISTMAS).name == "Christmas Day"


def test_a_day_is_a_holiday_once(administrator):
    holiday = add_holiday(actor=administrator, day=CHRISTMAS, name="Christmas")
    with pytest.raises(HolidayThere):
        add_holiday(actor=administrator, day=CHRISTMAS, name="Again")
    other = add_holiday(actor=administrator, day=date(2026, 12, 26), name="Boxing Day")
    with pytest.raises(HolidayThere):
        change_holiday(actor=administrator, holiday=other, day=CHRISTMAS, name="Boxing Day")
    change_holiday(actor=administrator, holiday=holiday, day=date(2026, 12, 24), name="Christmas Eve")
    remove_holiday(actor=administrator, holiday=other)
    assert [str(row) for row in Holiday.objects.all()] == ["Christmas Eve, 2026-12-24"]


def test_several_are_added_as_lines_on_one_page(signed_in, administrator):
    client = signed_in(administrator)
    client.post("/admin/foundation/holiday/add/", {"days": "2026-12-25 Christmas\n2026-12-26 Boxing Day"})
    assert Holiday.objects.count() == 2
    page = client.post("/admin/foundation/holiday/add/", {"days": "Christmas"})
    assert "Line 1 does not begin with a day" in page.content.decode()
    holiday = Holiday.objects.get(day=CHRISTMAS)
    client.post(f"/admin/foundation/holiday/{holiday.pk}/change/", {"day": "2026-12-24", "name": "Eve"})
    client.post(f"/admin/foundation/holiday/{holiday.pk}/do/remove/", {})
    assert [row.name for row in Holiday.objects.all()] == ["Boxing Day"]
