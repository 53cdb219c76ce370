"""The demonstration's history is deterministic and obeys the rules of commitments."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from sponsors.commitments.rules import check_period, terms_of
from sponsors.demo import story
from sponsors.demo.catalog import COMPANIES, PROSPECTS, Habit
from sponsors.demo.history import Agreement, agreements

AS_OF = date(2026, 11, 22)


def test_two_runs_tell_the_same_history():
    assert agreements(AS_OF) == agreements(AS_OF)


def test_a_later_day_only_adds():
    earlier = {(a.company.slug, a.sequence): a for a in agreements(date(2024, 6, 30))}
    later = {(a.company.slug, a.sequence): a for a in agreements(AS_OF)}
    assert set(earlier) < set(later)
    for key, agreement in earlier.items():
        assert agreement.period == later[key].period
        assert later[key].payments[: len(agreement.payments)] == agreement.payments


def test_there_are_some_forty_companies_with_names_of_their_own():
    companies = [*COMPANIES, *PROSPECTS]
    assert len(COMPANIES) >= 40
    assert len({company.slug for company in companies}) == len(companies)


def test_nothing_is_signed_or_paid_after_the_day():
    for agreement in agreements(AS_OF):
        assert agreement.proposed_on < agreement.signed_on <= AS_OF
        assert all(payment.received_on <= AS_OF for payment in agreement.payments)


def test_agreements_of_a_company_follow_each_other_without_gap():
    by_company: dict[str, list[Agreement]] = {}
    for agreement in agreements(AS_OF):
        by_company.setdefault(agreement.company.slug, []).append(agreement)
    for chain in by_company.values():
        assert [a.sequence for a in chain] == list(range(1, len(chain) + 1))
        for before, after in pairwise(chain):
            assert before.period.ends_before == after.period.starts_on


def test_nobody_pays_more_than_agreed_but_those_who_round_up():
    for agreement in agreements(date(2040, 1, 1)):
        paid = sum((payment.amount for payment in agreement.payments), start=Decimal(0))
        if agreement.company.habit is Habit.OVER:
            assert paid > agreement.total
        elif agreement.company.habit is Habit.SILENT:
            assert paid <= agreement.total
        else:
            assert paid == agreement.total


def test_payment_references_are_unique():
    references = [payment.reference for a in agreements(AS_OF) for payment in a.payments]
    assert len(references) == len(set(references))


def test_the_five_year_gift_follows_ten_yearly_ones():
    *yearly, five_years = story.gifts()
    assert len(yearly) == 10
    for before, after in pairwise([*yearly, five_years]):
        assert before.period.ends_before == after.period.starts_on
    assert len(terms_of(five_years.period)) == 5
    assert five_years.announced_on is not None
    assert five_years.announced_on.replace(day=1) == date(2024, 5, 1)


@pytest.mark.parametrize("agreement", agreements(AS_OF)[:40], ids=lambda a: f"{a.company.slug}-{a.sequence}")
def test_every_period_is_one_a_commitment_may_have(agreement):
    assert check_period(agreement.period.starts_on, agreement.period.ends_before) == agreement.period
