"""Writing a commitment down, changing the draft, and following an earlier one."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import CommitmentError, Frequency, NotAllowedNow, Plan, Shape, State
from sponsors.commitments.services import (
    Line,
    draft_commitment,
    renew_commitment,
    revise_draft,
    terminate,
    withdraw,
)
from sponsors.commitments.tests.conditions import limit, match
from sponsors.commitments.tests.factories import (
    START,
    cash_line,
    colleague,
    drafted_commitment,
    general_fund,
    in_kind_line,
    signed_commitment,
    yearly,
)
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.rules import SponsorIsMerged
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 1)
CASH = CommitmentLine.Kind.CASH
IN_KIND = CommitmentLine.Kind.IN_KIND


def draft(sponsor=None, **changes):
    given: dict[str, Any] = {
        "actor": colleague(),
        "sponsor": sponsor or SponsorFactory(),
        "title": "Platinum",
        "starts_on": START,
        "ends_before": date(2029, 1, 1),
        "lines": [cash_line(300_000)],
        "schedule": yearly(),
        "today": TODAY,
    }
    return draft_commitment(**given | changes)


def dues(commitment):
    return list(
        commitment.installments.order_by("position").values_list("due_on", "amount", "term__position")
    )


def test_draft_has_number_terms_lines_and_schedule():
    commitment = draft(title="  Platinum  ", lines=[cash_line(300_000), in_kind_line(9)], notes="Call in May")

    assert (commitment.number, commitment.state) == ("C-2026-0001", State.DRAFT)
    assert (commitment.title, commitment.notes) == ("Platinum", "Call in May")
    assert list(commitment.terms.values_list("position", "starts_on", "ends_before"))[-1] == (
        5,
        date(2028, 1, 1),
        date(2029, 1, 1),
    )
    assert list(commitment.lines.values_list("position", "kind", "amount")) == [
        (1, "cash", 300_000),
        (2, "in_kind", 9),
    ]
    assert dues(commitment) == [(date(2023 + n, 1, 1), 60_000, n) for n in range(1, 6)]


def test_numbers_follow_each_other_within_a_year():
    numbers = [draft(today=day).number for day in (TODAY, TODAY, date(2025, 12, 31), TODAY)]

    assert numbers == ["C-2026-0001", "C-2026-0002", "C-2025-0001", "C-2026-0003"]


def test_schedule_may_be_given_by_hand():
    commitment = draft(schedule=[(date(2025, 6, 1), Decimal(100_000)), (date(2023, 12, 1), Decimal(200_000))])

    assert dues(commitment) == [(date(2023, 12, 1), 200_000, 1), (date(2025, 6, 1), 100_000, 2)]


def test_draft_may_promise_nothing_yet():
    commitment = draft(lines=[], schedule=None)

    assert (commitment.lines.count(), dues(commitment), commitment.terms.count()) == (0, [], 5)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"title": " "}, "title", "The title is missing"),
        ({"title": "t" * 201}, "title", "at most 200 fit"),
        ({"currency": "DOL"}, "currency", "not an ISO 4217 code"),
        ({"ends_before": START}, "ends_on", "The last day is before the first day"),
        ({"ends_before": date(2024, 1, 31)}, "ends_on", "at least one month"),
        ({"ends_before": date(2034, 1, 2)}, "ends_on", "at most ten years"),
        ({"starts_on": date(1989, 12, 31)}, "starts_on", "in the years 1990 to 2099"),
        ({"schedule": None}, "schedule", "Give a schedule"),
        ({"schedule": []}, "schedule", "Give a schedule"),
        ({"schedule": [(START, Decimal(1))] * 501}, "installments", "at most 500 installments"),
        ({"lines": []}, "schedule", "leave the schedule out"),
        (
            {"schedule": [(START, Decimal(1))]},
            "installments",
            "sum to USD 1.00, but the cash lines to USD 300,000",
        ),
        (
            {"schedule": Plan(Shape.EQUAL, Frequency.YEARLY, date(2025, 1, 1))},
            "first_due_on",
            "more than a year from the commitment",
        ),
    ],
)
def test_draft_is_refused_with_a_sentence_and_takes_no_number(changes, field, sentence):
    with refused(sentence, field=field, kind=CommitmentError):
        draft(**changes)

    assert Commitment.objects.count() == 0
    assert draft().number == "C-2026-0001"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"fund": None}, "Line 1: cash goes into a fund"),
        ({"category": "cdn"}, "Line 1: cash has no category"),
        ({"kind": IN_KIND}, "Line 1: a gift in kind goes into no fund"),
        ({"kind": IN_KIND, "fund": None}, "Line 1: a gift in kind needs a category"),
        ({"kind": IN_KIND, "fund": None, "category": "cake"}, "Line 1: a gift in kind needs a category"),
        ({"description": ""}, "The description of line 1 is missing"),
        ({"estimate_basis": "b" * 301}, "The basis of line 1 has 301 characters"),
        ({"amount": Decimal(0)}, "The amount of line 1 must be more than zero"),
        ({"amount": Decimal("0.001")}, "The amount of line 1 is not exact. Amounts in USD"),
    ],
)
def test_line_is_refused_with_its_position(changes, sentence):
    line: dict[str, Any] = {
        "kind": CASH,
        "description": "Support",
        "amount": Decimal(300_000),
        "fund": general_fund(),
    }

    with refused(sentence, field="lines"):
        draft(lines=[Line(**line | changes)])


def test_sum_of_lines_must_fit_too():
    with refused("The sum of the cash lines must be less than", field="lines"):
        draft(lines=[cash_line(Decimal(99999999999999))] * 2)


def test_lines_are_at_most_200():
    with refused("at most 200 lines", field="lines"):
        draft(lines=[cash_line(1)] * 201)


def test_closed_fund_takes_no_new_commitment():
    line = cash_line(300_000)
    assert line.fund
    line.fund.is_open = False
    line.fund.save()

    with refused("the fund General is closed. Choose an open one", field="lines"):
        draft(lines=[line])


def test_merged_sponsor_gets_no_commitment():
    absorbed = SponsorFactory(merged_into=SponsorFactory(name="Kept"))

    with refused("was merged into Kept", field="sponsor", kind=SponsorIsMerged):
        draft(absorbed)


# Changing a draft ---------------------------------------------------------------------------


def test_draft_is_changed_whole_and_keeps_its_number(fundraiser, finance):
    commitment = drafted_commitment()

    changed = revise_draft(
        actor=colleague(),
        commitment=commitment,
        title="Gold",
        starts_on=date(2025, 1, 1),
        ends_before=date(2027, 1, 1),
        currency="EUR",
        lines=[cash_line(100)],
        schedule=Plan(Shape.FRONT_LOADED, Frequency.YEARLY, date(2025, 1, 1)),
        owner=fundraiser,
        backup=finance,
        announced_on=date(2025, 2, 1),
        notes="Changed",
    )

    assert changed.number == commitment.number
    assert (changed.title, changed.currency, changed.notes) == ("Gold", "EUR", "Changed")
    assert (changed.owner, changed.backup, changed.announced_on) == (fundraiser, finance, date(2025, 2, 1))
    assert dues(changed) == [
        (date(2025, 1, 1), Decimal("66.67"), 1),
        (date(2026, 1, 1), Decimal("33.33"), 2),
    ]
    assert changed.terms.count() == 2
    assert changed.lines.get().amount == 100


def test_what_is_not_given_stays(fundraiser):
    earlier = signed_commitment(years=1)
    commitment = drafted_commitment(
        earlier.sponsor, starts_on=date(2025, 1, 1), owner=fundraiser, renewal_of=earlier
    )
    before = dues(commitment)

    changed = revise_draft(actor=colleague(), commitment=commitment)

    assert (changed.title, changed.owner, changed.renewal_of) == (commitment.title, fundraiser, earlier)
    assert dues(changed) == before


def test_what_stays_the_same_keeps_its_rows():
    draft = drafted_commitment(conditions=[match()], restrictions=[limit(percent=25)])
    parts = (draft.terms, draft.installments, draft.conditions, draft.restrictions)

    def keys():
        return [set(part.values_list("pk", flat=True)) for part in parts]

    before = keys()
    revise_draft(actor=colleague(), commitment=draft, title="Another")
    assert keys() == before

    later = [(due_on + timedelta(days=1), amount) for due_on, amount, _term in dues(draft)]
    revise_draft(
        actor=colleague(),
        commitment=draft,
        schedule=later,
        conditions=[match(5)],
        restrictions=[limit(percent=20)],
    )
    assert not any(now & then for now, then in zip(keys(), before, strict=True))
    assert [(due_on, amount) for due_on, amount, _term in dues(draft)] == later


def test_none_clears_what_may_be_empty(fundraiser):
    earlier = signed_commitment(years=1)
    commitment = drafted_commitment(
        earlier.sponsor, starts_on=date(2025, 1, 1), owner=fundraiser, renewal_of=earlier
    )

    changed = revise_draft(actor=colleague(), commitment=commitment, owner=None, renewal_of=None)

    assert (changed.owner, changed.renewal_of) == (None, None)


def test_new_lines_need_a_schedule_that_sums_to_them():
    commitment = drafted_commitment()

    with refused("sum to USD 300,000.00, but the cash lines to USD 5.00", field="installments"):
        revise_draft(actor=colleague(), commitment=commitment, lines=[cash_line(5)])

    assert commitment.lines.get().amount == 300_000


def test_amounts_must_be_exact_in_a_new_currency():
    commitment = drafted_commitment(lines=[cash_line(Decimal("100.50"))])

    with refused("Amounts in JPY have no decimals", field="lines"):
        revise_draft(actor=colleague(), commitment=commitment, currency="JPY")


# Following an earlier one -------------------------------------------------------------------


def test_renewal_is_as_long_with_the_same_lines_and_rhythm(fundraiser):
    earlier = signed_commitment(
        lines=[cash_line(300_000), in_kind_line(9)],
        schedule=Plan(Shape.EQUAL, Frequency.QUARTERLY, date(2024, 1, 31)),
        owner=fundraiser,
    )

    renewal = renew_commitment(actor=colleague(), commitment=earlier, today=TODAY)

    assert (renewal.state, renewal.renewal_of, renewal.title) == (State.DRAFT, earlier, earlier.title)
    assert (renewal.starts_on, renewal.ends_on) == (date(2029, 1, 1), date(2033, 12, 31))
    assert renewal.owner == fundraiser
    assert [(line.kind, line.amount) for line in renewal.lines.all()] == [("cash", 300_000), ("in_kind", 9)]
    assert dues(renewal)[:2] == [(date(2029, 1, 31), 15_000, 1), (date(2029, 4, 30), 15_000, 1)]
    assert len(dues(renewal)) == 20


def test_renewal_of_a_gift_in_kind_has_no_schedule_and_no_owner_who_left(fundraiser):
    earlier = signed_commitment(lines=[in_kind_line(9)], owner=fundraiser)
    fundraiser.is_active = False
    fundraiser.save()

    renewal = renew_commitment(actor=colleague(), commitment=earlier, today=TODAY, title="Five more years")

    assert (dues(renewal), renewal.owner, renewal.title) == ([], None, "Five more years")


def test_renewal_of_a_terminated_commitment_begins_on_the_first_day_that_one_no_longer_holds():
    earlier = signed_commitment(years=2)
    closed_on = date(2025, 7, 1)
    terminate(actor=colleague(), commitment=earlier, closed_on=closed_on, reason="Sold", today=closed_on)

    renewal = renew_commitment(actor=colleague(), commitment=earlier, today=closed_on)

    assert (renewal.starts_on, renewal.ends_on) == (date(2025, 7, 1), date(2027, 6, 30))
    assert [day for day, _amount, _term in dues(renewal)] == [date(2025, 7, 1), date(2026, 7, 1)]


def test_renewal_has_no_owner_who_sees_commitments_no_more(fundraiser):
    earlier = signed_commitment(owner=fundraiser)
    fundraiser.groups.clear()

    assert renew_commitment(actor=colleague(), commitment=earlier, today=TODAY).owner is None


def test_only_what_was_signed_can_be_renewed():
    with refused("was never signed, so nothing follows it", field="renewal_of", kind=NotAllowedNow):
        renew_commitment(actor=colleague(), commitment=drafted_commitment(), today=TODAY)


def test_commitment_has_one_live_renewal():
    earlier = signed_commitment()
    first = renew_commitment(actor=colleague(), commitment=earlier, today=TODAY)

    with refused(f"already followed by {first.number}", field="renewal_of", kind=NotAllowedNow):
        renew_commitment(actor=colleague(), commitment=earlier, today=TODAY)

    withdraw(actor=colleague(), commitment=first, reason="New terms", today=TODAY)
    assert renew_commitment(actor=colleague(), commitment=earlier, today=TODAY).renewal_of == earlier


def test_draft_may_be_revised_to_follow_what_it_follows():
    earlier = signed_commitment()
    renewal = renew_commitment(actor=colleague(), commitment=earlier, today=TODAY)

    assert revise_draft(actor=colleague(), commitment=renewal, renewal_of=earlier).renewal_of == earlier


def test_commitment_of_another_sponsor_is_not_renewed():
    earlier = signed_commitment(SponsorFactory(name="Acme"))

    with refused("is of Acme, not of Other. Choose one of this sponsor", field="renewal_of"):
        draft(SponsorFactory(name="Other"), renewal_of=earlier)


def test_new_owner_takes_over_and_a_part_goes_on():
    top = SponsorFactory()
    middle = SponsorFactory(parent=top)
    bottom = SponsorFactory(parent=middle)

    assert draft(top, renewal_of=signed_commitment(bottom)).renewal_of
    assert draft(bottom, renewal_of=signed_commitment(top)).renewal_of


def test_parents_in_a_circle_are_walked_once():
    one, other = SponsorFactory(), SponsorFactory()
    one.parent, other.parent = other, one
    one.save()
    other.save()

    with refused("not of", field="renewal_of"):
        draft(one, renewal_of=signed_commitment(SponsorFactory()))
