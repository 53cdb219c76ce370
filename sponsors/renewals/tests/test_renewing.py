"""The next commitment from this one: what stays, what follows the changes, and that there is only one."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from foundation.books.models import Fund
from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.rules import Barrier, Limit
from sponsors.commitments.services import withdraw
from sponsors.commitments.tests.factories import cash_line, colleague, in_kind_line
from sponsors.inkind.models import GiftTerms
from sponsors.inkind.services.gift_terms import set_gift_terms
from sponsors.renewals.rules.renewing import NextTerms
from sponsors.renewals.services.cases import renew_case
from sponsors.renewals.tests.renewing import ENDS_BEFORE, TODAY, closed, due, moved, refused

pytestmark = pytest.mark.django_db


def renewed(case, **terms):
    return renew_case(actor=colleague(), case=case, today=TODAY, terms=NextTerms(**terms))


def schedule(commitment):
    return list(commitment.installments.order_by("position").values_list("due_on", "amount"))


def test_a_renewal_follows_unchanged_and_is_under_negotiation():
    case = due()
    found = renewed(case)
    draft = found.commitment
    assert found.is_new
    assert (draft.state, draft.renewal_of, draft.starts_on) == ("draft", case.commitment, ENDS_BEFORE)
    assert draft.ends_before == date(2030, 1, 1)
    assert draft.lines.get().amount == 180_000
    assert found.case.state == "negotiating"
    assert found.case.moves.get().note == f"{draft.number} was drafted."


def test_pressed_again_it_finds_the_renewal_that_stands():
    case = due()
    first = renewed(case)
    again = renewed(case, title="Other", months=12)
    assert (again.commitment, again.is_new) == (first.commitment, False)
    assert again.commitment.title == "Sustaining sponsor"
    withdraw(actor=colleague(), commitment=first.commitment, reason="Typing error", today=TODAY)
    assert renewed(case).is_new


def test_an_agreed_card_stays_agreed():
    case = moved(due(), "agreed", "By telephone")
    assert renewed(case).case.state == "agreed"


def test_a_closed_case_makes_no_renewal_and_shows_the_one_there_is():
    case = due()
    draft = renewed(case).commitment
    closed(case, "lapsed")
    assert renewed(case).commitment == draft
    withdraw(actor=colleague(), commitment=draft, reason="No answer", today=TODAY)
    with refused("case_is_closed", "state"):
        renewed(case)


def test_length_and_percent_go_through_to_lines_and_schedule():
    draft = renewed(due(), title="Gold 2027", months=12, percent=Decimal(10)).commitment
    assert (draft.title, draft.ends_before) == ("Gold 2027", date(2028, 1, 1))
    assert draft.lines.get().amount == 66_000
    assert schedule(draft) == [(date(2027, 1, 1), Decimal(66_000))]


def test_another_first_day_moves_what_falls_due():
    draft = renewed(due(), starts_on=date(2027, 2, 1)).commitment
    assert (draft.starts_on, draft.ends_before) == (date(2027, 2, 1), date(2030, 2, 1))
    assert [day for day, _amount in schedule(draft)] == [date(year, 2, 1) for year in (2027, 2028, 2029)]


def test_days_of_their_own_stay_while_the_length_does():
    own = [(date(2024, 3, 5), Decimal(100_000)), (date(2025, 9, 9), Decimal(80_000))]
    draft = renewed(due(schedule=own), percent=Decimal(-50)).commitment
    assert schedule(draft) == [(date(2027, 3, 5), Decimal(50_000)), (date(2028, 9, 9), Decimal(40_000))]


def test_days_of_their_own_become_yearly_with_another_length():
    own = [(date(2024, 3, 5), Decimal(100_000)), (date(2025, 9, 9), Decimal(80_000))]
    draft = renewed(due(schedule=own), months=24).commitment
    assert schedule(draft) == [(date(2027, 3, 5), Decimal(60_000)), (date(2028, 3, 5), Decimal(60_000))]


def test_amounts_by_hand_and_a_line_left_out():
    lines = [
        cash_line(90_000, description="Gold"),
        cash_line(9_000, description="Meetups"),
        in_kind_line(300),
    ]
    draft = renewed(due(lines=lines), amounts={1: Decimal(120_000), 2: Decimal(0)}).commitment
    found = list(draft.lines.values_list("description", "amount"))
    assert found == [("Gold", 120_000), ("CDN for the package index", 300)]
    assert sum(amount for _day, amount in schedule(draft)) == 120_000


def test_a_gift_alone_has_no_schedule():
    draft = renewed(due(lines=[in_kind_line(300)]), months=12).commitment
    assert draft.lines.get().amount == 100
    assert schedule(draft) == []


def test_something_must_be_promised():
    case = due()
    with refused("nothing_promised", "amounts"):
        renewed(case, amounts={1: Decimal(0)})
    assert not case.commitment.renewals.exists()
    case.refresh_from_db()
    assert case.state == "due"


def test_conditions_and_restrictions_follow_the_cash():
    barrier = Barrier(description="Match", measure="Pledges", amount=Decimal(90_000))
    docs = Fund.objects.create(code="docs", name="Documentation")
    limits = [
        Limit(fund=docs, purpose="Docs", amount=Decimal(60_000)),
        Limit(fund=docs, purpose="Meetups", percent=Decimal(10)),
    ]
    draft = renewed(due(conditions=[barrier], restrictions=limits), percent=Decimal(-50)).commitment
    assert draft.conditions.get().amount == 45_000
    assert set(draft.restrictions.values_list("amount", "percent")) == {(30_000, None), (None, 10)}
    gift = [in_kind_line(300), cash_line(180_000)]
    alone = renewed(due(lines=gift, conditions=[barrier]), amounts={2: Decimal(0)}).commitment
    assert not alone.conditions.exists()


@pytest.mark.parametrize("terms", [{}, {"months": 12}, {"amounts": {1: Decimal(0)}}])
def test_the_terms_of_a_gift_go_with_its_line(terms):
    case = due(lines=[cash_line(90_000), in_kind_line(300)])
    gift = case.commitment.lines.get(kind=CommitmentLine.Kind.IN_KIND)
    given: dict[str, Any] = {
        "unit": "terabyte",
        "per": "month",
        "quantity": Decimal(60_000),
        "notice_days": 90,
    }
    set_gift_terms(actor=colleague(), line=gift, **given)
    draft = renewed(case, **terms).commitment
    kept = GiftTerms.objects.get(line__commitment=draft)
    assert kept.line.kind == CommitmentLine.Kind.IN_KIND
    assert {name: getattr(kept, name) for name in given} == given


def test_the_same_day_is_no_change():
    draft = renewed(due(), starts_on=ENDS_BEFORE, months=36).commitment
    assert draft.ends_before - timedelta(days=1) == date(2029, 12, 31)
    assert [amount for _day, amount in schedule(draft)] == [60_000] * 3
