"""Any day, period and amount that the rules allow, for property tests."""

from calendar import monthrange
from datetime import date, timedelta

from hypothesis import strategies as st

from foundation.money.rules import smallest_unit
from sponsors.commitments.rules import Frequency, Period, add_months

DAY = timedelta(days=1)
STEP = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}
CURRENCIES = ["JPY", "USD", "KWD"]

days = st.dates(date(1990, 1, 1), date(2089, 12, 31))
month_ends = days.map(lambda day: day.replace(day=monthrange(day.year, day.month)[1]))
leap_days = st.integers(1992, 2088).filter(lambda y: y % 4 == 0).map(lambda year: date(year, 2, 29))
starts = days | month_ends | leap_days


@st.composite
def periods(draw):
    """Any period of one month to ten years; often a whole number of months, as agreements are."""
    start = draw(starts)
    shortest, longest = add_months(start, 1), add_months(start, 120)
    whole = st.integers(1, 120).map(lambda months: add_months(start, months))
    return Period(start, draw(whole | st.dates(shortest, longest)))


@st.composite
def totals(draw, currency, least=1, most=10**12):
    """An exact amount of the currency, from `least` of its smallest units."""
    return draw(st.integers(least, most)) * smallest_unit(currency)
