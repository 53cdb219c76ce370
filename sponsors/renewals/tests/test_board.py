"""The board: whose cards, in which column, worth what, and how much of it is to be expected."""

from datetime import date
from decimal import Decimal

import pytest

from foundation.books.quarters import quarter_of
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.services import set_owner
from sponsors.commitments.tests.factories import colleague
from sponsors.renewals.models import Assessment, RenewalCase
from sponsors.renewals.selectors import board as selectors
from sponsors.renewals.selectors.board import NOBODY, BoardFilter, Worth, board, rows_of
from sponsors.renewals.services.cases import estimate_case
from sponsors.renewals.tests.renewing import TODAY, assessed, closed, due, ending, moved

pytestmark = pytest.mark.django_db


def shown(**asked):
    return board(colleague(), BoardFilter(**asked), TODAY)


def column(found, state):
    return next(one for one in found.columns if one.state == state)


def usd(cash, in_kind, expected):
    return {"USD": Worth("USD", Decimal(cash), Decimal(in_kind), Decimal(expected))}


def test_columns_stand_in_their_order_with_their_cards():
    first, second = due(), moved(due(), "contacted")
    found = shown()
    assert [one.state for one in found.columns] == ["due", "contacted", "negotiating", "agreed", "declined"]
    assert [card.case for card in column(found, "due").cards] == [first]
    assert [card.case for card in column(found, "contacted").cards] == [second]
    assert found.forecast.count == 2


def test_worth_and_forecast_go_by_the_assessed_risk_or_our_own_estimate():
    one, other = due(), due()
    assessed(one, risk=0.25, cash=60_000, in_kind=1_000)
    assessed(other, risk=0.5, cash=10_001)
    estimate_case(actor=colleague(), case=other, own_probability=0.9)
    found = shown()
    assert found.forecast.worth == usd(70_001, 1_000, "54000.90")
    card = column(found, "due").cards[0]
    assert (card.probability, card.band, card.cash, card.days_left) == (0.75, "high", 60_000, 121)


def test_what_nobody_knows_is_counted_and_not_guessed():
    due()
    assessed(due(), risk=0.25, cash=None)
    assessed(due(), risk=0.25, cash=100)
    found = column(shown(), "due").forecast
    assert (found.count, found.unknown) == (3, 2)
    assert found.worth["USD"].expected == 75
    unknown = column(shown(), "due").cards[0]
    assert (unknown.probability, unknown.band, unknown.cash) == (None, None, None)


def test_a_declined_card_is_expected_to_bring_nothing_unless_somebody_hopes():
    case = moved(due(), "declined", "Budget closed")
    assessed(case, risk=0.25, cash=100)
    assert shown().forecast.worth["USD"].expected == 0
    estimate_case(actor=colleague(), case=case, own_probability=0.1)
    assert shown().forecast.worth["USD"].expected == 10


def test_currencies_are_not_added():
    assessed(due(), risk=0.5, cash=100)
    assessed(due(), risk=0.5, cash=100, currency="EUR")
    worth = shown().forecast.worth
    assert {currency: one.expected for currency, one in worth.items()} == {"USD": 50, "EUR": 50}


def test_cards_are_those_of_an_owner_or_of_nobody():
    olga = make_user("Olga", Role.FUNDRAISING)
    hers, nobodys = due(ending(owner=olga)), due()
    assert [card.case for card in column(shown(owner=olga.pk), "due").cards] == [hers]
    assert [card.case for card in column(shown(owner=NOBODY), "due").cards] == [nobodys]
    assert shown().owners == [(olga.pk, "Olga")]
    set_owner(actor=colleague(), commitment=hers.commitment, owner=None, backup=None)
    assert shown().owners == []


def test_quarters_are_those_of_the_last_day():
    due()
    later = due(ending(starts_on=date(2024, 3, 1)))  # ends on 28 February 2027
    fourth = quarter_of(date(2026, 12, 31), 1)
    assert shown(quarter=fourth).forecast.count == 1
    first = shown(quarter=fourth.next(1))
    assert [card.case for card in column(first, "due").cards] == [later]
    assert [one.key for one in shown().quarters] == ["2026-3", "2026-4", "2027-1"]


def test_closed_cases_stand_beneath():
    case = closed(due(), "lapsed")
    closed(due(ending(starts_on=date(2024, 3, 1))), "declined")
    assert [card.case.closed_as for card in shown().closed] == ["lapsed"]
    fourth = quarter_of(date(2026, 12, 31), 1)
    assert [card.case for card in shown(quarter=fourth).closed] == [case]
    assert board(colleague(), BoardFilter(), date(2027, 6, 1)).closed == []


def test_what_was_declined_for_good_stays_in_its_column_until_the_commitment_ends():
    case = closed(due(), "declined")
    assessed(case, risk=0.25, cash=100)
    RenewalCase.objects.filter(pk=case.pk).update(own_probability=0.5)
    assert [card.case for card in column(shown(), "declined").cards] == [case]
    assert shown().forecast.worth == usd(100, 0, 0)
    last = board(colleague(), BoardFilter(), date(2026, 12, 31))
    assert [card.case for card in column(last, "declined").cards] == [case]
    over = board(colleague(), BoardFilter(quarter=quarter_of(date(2026, 12, 31), 1)), date(2027, 1, 1))
    assert (column(over, "declined").cards, [card.case for card in over.closed]) == ([], [case])


def test_a_full_column_shows_some_cards_and_says_how_many_more(monkeypatch):
    monkeypatch.setattr(selectors, "MOST_CARDS", 1)
    first, *_ = due(), due()
    found = column(shown(), "due")
    assert ([card.case for card in found.cards], found.more, found.forecast.count) == ([first], 1, 2)


def test_many_years_of_ends_offer_some_quarters(monkeypatch):
    monkeypatch.setattr(selectors, "MOST_QUARTERS", 2)
    due()
    due(ending(starts_on=date(2024, 3, 1)))
    assert [one.key for one in shown().quarters] == ["2026-3", "2026-4"]


def test_who_sees_no_cases_sees_an_empty_board(reviewer):
    due()
    found = board(reviewer, BoardFilter(), TODAY)
    assert (found.forecast.count, found.owners, list(rows_of(reviewer, BoardFilter(), TODAY))) == (0, [], [])


def test_the_board_costs_the_same_with_ten_times_the_cards(django_assert_num_queries):
    user, _first = colleague(), due()
    board(user, BoardFilter(), TODAY)  # which rights they have is asked once
    with django_assert_num_queries(6):
        board(user, BoardFilter(), TODAY)
    for _ in range(4):
        assessed(due(ending(owner=user)), risk=0.5, cash=100)
        closed(due(), "lapsed")
    with django_assert_num_queries(6):
        found = board(user, BoardFilter(), TODAY)
    assert (found.forecast.count, len(found.closed)) == (5, 4)
    assert Assessment.objects.count() == 4
