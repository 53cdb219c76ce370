"""Restrictions of commitments: agreed with a draft, changed by amendments, and where the cash goes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sponsors.commitments.models import Restriction
from sponsors.commitments.rules import Period, forgo
from sponsors.commitments.selectors import promised_cash
from sponsors.commitments.services import approve_amendment, renew_commitment, revise_draft
from sponsors.commitments.tests.amending import (
    TODAY,
    amended,
    approver,
    cash_of,
    due,
    proposed_amendment,
)
from sponsors.commitments.tests.conditions import fund, limit
from sponsors.commitments.tests.factories import (
    cash_line,
    charged,
    colleague,
    drafted_commitment,
    general_fund,
    in_kind_line,
    invoiced,
    signed_commitment,
)
from sponsors.commitments.tests.raw import denied
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db


def shares(commitment, day=TODAY):
    return {(share.term, share.fund.code): share.amount for share in promised_cash(commitment, day).shares}


def test_cash_goes_to_funds_by_term():
    commitment = signed_commitment(years=2, restrictions=[limit(percent=25), limit(amount=5_000, term=2)])
    assert shares(commitment) == {
        (1, "grants"): 15_000,
        (1, "general"): 45_000,
        (2, "grants"): 20_000,
        (2, "general"): 40_000,
    }
    assert sum(shares(commitment).values()) == 120_000


def test_a_gift_in_kind_goes_to_no_fund():
    assert shares(signed_commitment(lines=[in_kind_line(5)])) == {}
    with refused("no cash is promised", field="restrictions"):
        drafted_commitment(lines=[in_kind_line(5)], restrictions=[limit(percent=1)])


def test_a_fund_is_named_once():
    with refused("Restriction 1: a cash line goes into General already", field="restrictions"):
        drafted_commitment(restrictions=[limit(percent=1, fund=general_fund())])


def test_a_closed_fund_takes_nothing_new_and_keeps_what_it_was_promised():
    closed = fund("closed")
    commitment = signed_commitment(years=1, restrictions=[limit(percent=10, fund=closed)])
    closed.is_open = False
    closed.save()
    with refused("Restriction 1: the fund Closed is closed", field="restrictions"):
        drafted_commitment(restrictions=[limit(percent=1, fund=closed)])
    amended(
        commitment,
        effective_on=date(2024, 6, 1),
        restrictions=[limit(percent=10, fund=closed), limit(percent=20)],
    )
    assert shares(commitment)[1, "grants"] == 12_000


def test_a_draft_may_change_its_restrictions():
    draft = drafted_commitment(restrictions=[limit(percent=10, term=5)])
    with refused("there is no term 5", field="restrictions"):
        revise_draft(
            actor=colleague(),
            commitment=draft,
            ends_before=date(2026, 1, 1),
            lines=[cash_line(1)],
            schedule=[(date(2024, 1, 1), Decimal(1))],
        )
    revise_draft(actor=colleague(), commitment=draft, restrictions=[limit(amount=7)])
    assert [row.amount for row in draft.restrictions.all()] == [7]


def test_an_amendment_changes_restrictions_from_a_day_on():
    commitment = signed_commitment(years=1, restrictions=[limit(percent=50)])
    amended(commitment, effective_on=date(2024, 6, 1), restrictions=[limit(percent=50), limit(amount=5)])
    amended(commitment, effective_on=date(2024, 7, 1), restrictions=[])
    days = (date(2024, 5, 31), date(2024, 6, 1), date(2024, 7, 1))
    assert [shares(commitment, day).get((1, "grants"), 0) for day in days] == [30_000, 30_005, 0]
    assert list(Restriction.versions.order_by("pk").values_list("position", flat=True)) == [1, 2]


def test_restrictions_must_fit_the_cash_an_amendment_leaves():
    commitment = signed_commitment(years=1, restrictions=[limit(amount=50_000)])
    with refused("USD 50,000.00 to funds, but only USD 40,000.00", field="restrictions"):
        proposed_amendment(commitment, effective_on=date(2024, 6, 1), **cash_of([due(2024, 40_000)]))
    with refused("a cash line goes into Grants already", field="restrictions"):
        proposed_amendment(
            commitment,
            effective_on=date(2024, 6, 1),
            lines=[replace(cash_line(60_000), fund=fund())],
        )


def test_two_amendments_of_one_restriction_do_not_undo_each_other():
    commitment = signed_commitment(years=1, restrictions=[limit(percent=50)])
    first = proposed_amendment(commitment, effective_on=date(2024, 6, 1), restrictions=[limit(percent=60)])
    amended(commitment, effective_on=date(2024, 6, 1), restrictions=[])
    with refused("The restrictions of", field="restrictions", code="changed_meanwhile"):
        approve_amendment(actor=approver(), amendment=first, today=TODAY)


def test_a_renewal_is_restricted_like_what_it_follows():
    earlier = signed_commitment(years=1, restrictions=[limit(percent=50)])
    renewal = renew_commitment(actor=colleague(), commitment=earlier, today=TODAY)
    assert shares(renewal) == {(1, "grants"): 30_000, (1, "general"): 30_000}


def test_the_database_restricts_no_more_than_there_is():
    draft = drafted_commitment(years=1, restrictions=[limit(percent=60), limit(amount=5)])
    propose = (
        "UPDATE sponsors_commitment SET state = 'proposed', proposed_on = '2024-01-01' WHERE id = %s",
        draft.pk,
    )
    denied("an_amount_or_a_percent", "UPDATE sponsors_restriction SET percent = 5, amount = 5")
    denied("an_amount_or_a_percent", "UPDATE sponsors_restriction SET percent = 101, amount = NULL")
    Restriction.objects.filter(position=2).update(amount=60_001)
    denied("exceed the cash", *propose)
    Restriction.objects.filter(position=2).update(amount=None, percent=41)
    denied("exceed the cash", *propose)


def test_a_charge_is_no_part_of_the_promise():
    commitment = signed_commitment(years=1, restrictions=[limit(percent=50)])
    charged(commitment, 5_000)
    assert promised_cash(commitment, TODAY).cash == 60_000
    assert sum(shares(commitment).values()) == 60_000


def test_a_percent_of_a_term_without_cash_gives_nothing(signed_in, administrator):
    draft = drafted_commitment(
        years=2,
        lines=[cash_line(100)],
        schedule=[(date(2024, 1, 1), Decimal(100))],
        restrictions=[limit(percent=50, term=2)],
    )
    assert shares(draft) == {(1, "general"): 100}
    assert signed_in(administrator).get(f"/admin/sponsors/commitment/{draft.pk}/change/").status_code == 200


def test_a_paused_year_gives_its_funds_nothing_and_the_others_all():
    commitment = signed_commitment(restrictions=[limit(percent=20, term=3)])
    third = Period(date(2026, 1, 1), date(2027, 1, 1))
    kept = forgo([due(year, 60_000) for year in range(2024, 2029)], third)
    amended(commitment, today=date(2025, 6, 1), pauses=[third], **cash_of(kept))
    now = shares(commitment, date(2025, 6, 1))
    assert now == {(term, "general"): 60_000 for term in (1, 2, 4, 5)}
    assert shares(commitment, date(2025, 5, 31))[3, "grants"] == 12_000


def test_what_stays_due_after_an_earlier_end_is_of_the_last_term():
    commitment = signed_commitment(years=2, yearly_amount=100)
    invoiced(commitment.installments.get(position=2), on=date(2024, 2, 1))
    amended(
        commitment,
        today=date(2024, 3, 1),
        ends_before=date(2025, 1, 1),
        restrictions=[limit(amount=150, term=1)],
        **cash_of([due(2024, 100), due(2025, 100)]),
    )
    assert shares(commitment, date(2024, 3, 1)) == {(1, "grants"): 150, (1, "general"): 50}
