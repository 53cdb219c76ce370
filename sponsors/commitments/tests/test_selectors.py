"""Figures, timelines and what needs attention; each with a fixed number of queries."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import InstallmentState, State
from sponsors.commitments.selectors import (
    Balance,
    CurrencyTotal,
    EventKind,
    attention,
    commitment_summary,
    sponsor_balance,
    sponsor_timeline,
    statement,
    timeline,
)
from sponsors.commitments.services import change_details, end, reverse_receipt, set_owner, terminate
from sponsors.commitments.tests.conditions import match, only_condition, progressed
from sponsors.commitments.tests.factories import (
    START,
    cash_line,
    colleague,
    credited,
    drafted_commitment,
    in_kind_line,
    invoiced,
    proposed_commitment,
    received,
    signed_commitment,
    written_off,
)
from sponsors.directory.tests.factories import InteractionFactory, SponsorFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)


def cards_of(user, today=TODAY):
    return {card.key: card for card in attention(user, today)}


# Figures ------------------------------------------------------------------------------------


def test_summary_keeps_cash_and_gifts_in_kind_apart(django_assert_num_queries):
    commitment = signed_commitment(lines=[cash_line(300_000), in_kind_line(9_000_000)])
    received(commitment.sponsor, 90_000)

    with django_assert_num_queries(2):
        summary = commitment_summary(commitment, TODAY)

    assert (summary.cash, summary.in_kind) == (300_000, 9_000_000)
    assert (summary.received, summary.outstanding, summary.overdue) == (90_000, 210_000, 90_000)
    assert summary.released == 0
    assert summary.next_due
    assert (summary.next_due.position, summary.next_due.remainder) == (2, 30_000)
    assert summary.next_due.state == InstallmentState.OVERDUE


def test_summary_of_a_draft_owes_nothing():
    summary = commitment_summary(drafted_commitment(), TODAY)

    assert (summary.cash, summary.outstanding, summary.overdue) == (300_000, 0, 0)
    assert summary.next_due is None


def test_summary_of_a_terminated_commitment_tells_what_is_released():
    commitment = signed_commitment()
    terminate(
        actor=colleague(),
        commitment=commitment,
        closed_on=date(2026, 1, 1),
        today=date(2026, 1, 1),
        reason="Sold",
    )
    commitment.refresh_from_db()

    summary = commitment_summary(commitment, TODAY)

    assert (summary.outstanding, summary.released) == (120_000, 180_000)


def test_balance_is_per_currency(django_assert_num_queries):
    sponsor = SponsorFactory()
    signed_commitment(sponsor)
    signed_commitment(sponsor, currency="JPY", yearly_amount=1_000_000, years=1)
    received(sponsor, 100_000)
    received(sponsor, 1_500_000, currency="JPY")
    reverse_receipt(
        actor=colleague(),
        receipt=received(sponsor, 10, currency="EUR"),
        reason="Bounced",
        today=TODAY,
    )
    received(SponsorFactory(), 5)

    with django_assert_num_queries(3):
        balances = sponsor_balance(sponsor, TODAY)

    assert balances == (
        Balance("JPY", Decimal(0), Decimal(0), Decimal(500_000)),
        Balance("USD", Decimal(200_000), Decimal(80_000), Decimal(0)),
    )


@pytest.mark.parametrize("today", [date(2024, 1, 1), date(2024, 1, 2), TODAY, date(2030, 1, 1)])
def test_list_figures_equal_the_summary(today):
    commitment = signed_commitment(lines=[cash_line(300_000), in_kind_line(10)])
    received(commitment.sponsor, 70_000)
    terminate(
        actor=colleague(),
        commitment=commitment,
        closed_on=date(2026, 1, 1),
        today=date(2026, 1, 1),
        reason="Sold",
    )

    row = Commitment.objects.with_promised().with_received(today).get()
    summary = commitment_summary(row, today)

    assert (row.cash, row.in_kind, row.received, row.overdue) == (
        summary.cash,
        summary.in_kind,
        summary.received,
        summary.overdue,
    )


# Timelines ----------------------------------------------------------------------------------


def test_timeline_of_a_commitment_has_terms_installments_receipts_and_events():
    commitment = signed_commitment(signed_on=date(2024, 2, 1))
    change_details(actor=colleague(), commitment=commitment, announced_on=date(2023, 12, 24))
    payment = received(commitment.sponsor, 90_000, on=date(2024, 3, 1), reference="w-1")
    received(commitment.sponsor, 1, allocate="none")
    commitment.refresh_from_db()

    line = timeline(commitment, TODAY)

    assert line.years == (2023, 2024, 2025, 2026, 2027, 2028)
    assert (line.starts_on, line.ends_before) == (date(2023, 1, 1), date(2029, 1, 1))
    (band,) = line.bands
    assert [(term.position, term.starts_on, term.ends_on) for term in band.terms][-1] == (
        5,
        date(2028, 1, 1),
        date(2028, 12, 31),
    )
    assert band.ends_on == date(2028, 12, 31)
    assert [row.state for row in band.installments] == [
        "paid",
        "overdue",
        "overdue",
        "scheduled",
        "scheduled",
    ]
    assert [row.paid for row in band.installments] == [60_000, 30_000, 0, 0, 0]
    (shown,) = line.receipts
    assert (shown.pk, shown.amount) == (payment.pk, 90_000)
    assert list(shown.pays) == [(f"{commitment.number}/1", 60_000), (f"{commitment.number}/2", 30_000)]
    assert [(event.on, event.kind) for event in line.events] == [
        (date(2023, 12, 24), EventKind.ANNOUNCED),
        (date(2024, 1, 1), EventKind.PROPOSED),
        (date(2024, 2, 1), EventKind.SIGNED),
    ]


def test_table_says_what_the_drawing_says_in_order_of_date():
    commitment = signed_commitment(years=1)
    received(commitment.sponsor, 60_000, on=date(2024, 3, 1), reference="w-1")

    entries = timeline(commitment, TODAY).entries

    assert [(entry.on.isoformat(), entry.what, entry.text) for entry in entries] == [
        ("2024-01-01", "Term", f"{commitment.number} term 1, to 2024-12-31"),
        ("2024-01-01", "Installment", f"{commitment.number}/1"),
        ("2024-01-01", "Proposed", f"{commitment.number} proposed"),
        ("2024-01-01", "Signed", f"{commitment.number} signed"),
        ("2024-03-01", "Receipt", f"bank w-1, pays {commitment.number}/1"),
    ]
    assert [entry.state for entry in entries] == ["", "Paid", "", "", "Received"]


def test_renewals_link_both_ways():
    earlier = signed_commitment(years=1)
    later = drafted_commitment(earlier.sponsor, starts_on=date(2025, 1, 1), renewal_of=earlier)
    end(actor=colleague(), commitment=earlier, today=date(2025, 1, 1))
    earlier.refresh_from_db()

    assert [(event.kind, event.text) for event in timeline(earlier, TODAY).events][-2:] == [
        (EventKind.ENDED, f"{earlier.number} ended"),
        (EventKind.FOLLOWED, f"{earlier.number} followed by {later.number} (draft)"),
    ]
    assert [event.kind for event in timeline(later, TODAY).events] == [EventKind.FOLLOWS]


def test_timeline_of_a_sponsor_shows_reversals_as_rows_of_their_own():
    sponsor = SponsorFactory()
    signed_commitment(sponsor, years=1)
    terminate(
        actor=colleague(),
        commitment=signed_commitment(sponsor),
        closed_on=date(2026, 1, 1),
        today=date(2026, 1, 1),
        reason="Sold",
    )
    wrong = received(sponsor, 10)
    reverse_receipt(actor=colleague(), receipt=wrong, reason="Typed twice", today=TODAY)

    line = sponsor_timeline(sponsor, TODAY)

    assert [(row.amount, row.is_reversed, row.is_reversal, row.pays) for row in line.receipts] == [
        (10, True, False, ()),
        (-10, False, True, ()),
    ]
    assert [entry.state for entry in line.entries if entry.what == "Receipt"] == ["Reversed", "Reversal"]
    assert line.events[-1].text.endswith("terminated: Sold")


def test_timeline_without_the_right_to_see_receipts_has_none():
    commitment = signed_commitment()
    received(commitment.sponsor, 60_000)

    assert timeline(commitment, TODAY, with_receipts=False).receipts == ()
    assert sponsor_timeline(commitment.sponsor, TODAY, with_receipts=False).receipts == ()


def test_timeline_of_a_new_sponsor_is_this_year():
    line = sponsor_timeline(SponsorFactory(), TODAY)

    assert (line.years, line.bands, line.entries) == ((2026,), (), ())


@pytest.mark.parametrize("commitments", [1, 10])
def test_timelines_cost_the_same_however_long_they_are(commitments, django_assert_num_queries):
    sponsor = SponsorFactory()
    for _ in range(commitments):
        one = signed_commitment(sponsor, conditions=[match()])
        progressed(only_condition(one), 10)
        received(sponsor, 60_000)
        row = one.installments.select_related("commitment").get(position=5)
        credited(invoiced(row), 10)
        written_off(row, 10)

    with django_assert_num_queries(14):
        sponsor_timeline(sponsor, TODAY)
    with django_assert_num_queries(14):
        timeline(one, TODAY)


# Attention ----------------------------------------------------------------------------------


def test_overdue_installments_are_counted_over_all_currencies(fundraiser):
    dollars = signed_commitment(owner=colleague())
    received(dollars.sponsor, 70_000)
    signed_commitment(currency="EUR", years=1, yearly_amount=5, owner=colleague())

    card = cards_of(fundraiser)["overdue_installments"]

    assert card.count == 3
    assert card.totals == (CurrencyTotal("EUR", Decimal(5)), CurrencyTotal("USD", Decimal(110_000)))
    assert [(row.label, row.on, row.amount) for row in card.rows][1:] == [
        (f"{dollars.number}/2", date(2025, 1, 1), 50_000),
        (f"{dollars.number}/3", date(2026, 1, 1), 60_000),
    ]


@pytest.mark.parametrize(
    ("today", "count"),
    [(date(2028, 7, 3), 0), (date(2028, 7, 4), 1), (date(2028, 12, 31), 1), (date(2029, 1, 1), 0)],
)
def test_commitment_ending_within_180_days_needs_a_renewal(fundraiser, today, count):
    signed_commitment()

    assert cards_of(fundraiser, today)["ending_without_renewal"].count == count


def test_commitment_with_a_renewal_needs_none_until_it_is_withdrawn(fundraiser):
    earlier = signed_commitment()
    later = drafted_commitment(earlier.sponsor, starts_on=date(2029, 1, 1), renewal_of=earlier)
    today = date(2028, 12, 1)

    assert cards_of(fundraiser, today)["ending_without_renewal"].count == 0

    Commitment.objects.filter(pk=later.pk).update(
        state=State.WITHDRAWN, closed_on=today, closed_reason="No answer"
    )
    (row,) = cards_of(fundraiser, today)["ending_without_renewal"].rows
    assert (row.label, row.on, row.amount) == (earlier.number, date(2028, 12, 31), 300_000)


@pytest.mark.parametrize(("today", "count"), [(date(2024, 1, 31), 0), (date(2024, 2, 1), 1)])
def test_proposal_waits_after_thirty_days(fundraiser, today, count):
    proposed_commitment()

    assert cards_of(fundraiser, today)["proposals_waiting"].count == count


def test_commitment_whose_owner_left_has_none(fundraiser, finance):
    for owner in (None, fundraiser, finance):
        signed_commitment(owner=owner)
    finance.is_active = False
    finance.save()

    assert cards_of(fundraiser)["without_owner"].count == 2

    for commitment in Commitment.objects.without_owner():
        set_owner(actor=fundraiser, commitment=commitment, owner=fundraiser, backup=None)
    assert cards_of(fundraiser)["without_owner"].count == 0


def test_credit_is_what_no_installment_used(fundraiser):
    sponsor = signed_commitment(years=1).sponsor
    received(sponsor, 60_000)
    kept = received(sponsor, 2_000)

    card = cards_of(fundraiser)["unapplied_credit"]

    assert (card.count, card.totals) == (1, (CurrencyTotal("USD", Decimal(2_000)),))
    assert card.rows[0].pk == kept.pk


def test_next_step_past_its_day_is_shown_until_done(fundraiser):
    InteractionFactory(next_step="Send the draft", next_step_due=date(2026, 5, 31))
    InteractionFactory(next_step="Later", next_step_due=TODAY)
    InteractionFactory(next_step="Done", next_step_due=date(2026, 1, 1), next_step_done_on=date(2026, 1, 1))

    card = cards_of(fundraiser)["next_steps_overdue"]

    assert (card.count, [row.label for row in card.rows]) == (1, ["Send the draft"])


def test_cards_are_only_those_the_role_may_see(fundraiser, infrastructure, outsider):
    assert len(cards_of(fundraiser)) == 10
    not_theirs = {"unapplied_credit", "write_offs_undecided"}
    assert set(cards_of(fundraiser)) - set(cards_of(infrastructure)) == not_theirs
    assert cards_of(outsider) == {}


@pytest.mark.parametrize("times", [1, 10])
def test_attention_costs_the_same_however_much_there_is(times, fundraiser, django_assert_num_queries):
    for _ in range(times):
        commitment = signed_commitment(starts_on=date(2021, 10, 1))
        received(commitment.sponsor, 10, allocate="none")
        proposed_commitment()
        InteractionFactory(
            occurred_at=datetime(2026, 1, 1, tzinfo=UTC), next_step="Call", next_step_due=date(2026, 1, 2)
        )
    fundraiser.has_perm("sponsors.view_commitment")

    with django_assert_num_queries(20):
        cards = attention(fundraiser, TODAY)

    assert {card.key: card.count for card in cards}["proposals_waiting"] == times
    assert all(len(card.rows) <= 5 for card in cards)


def test_what_was_paid_ahead_and_is_no_longer_due_is_credit():
    commitment = signed_commitment(years=2, yearly_amount=100)
    received(commitment.sponsor, 200, on=date(2024, 2, 1))
    terminate(
        actor=colleague(), commitment=commitment, closed_on=date(2024, 6, 1), reason="Sold.", today=TODAY
    )
    (balance,) = sponsor_balance(commitment.sponsor, TODAY)
    assert (balance.due, balance.credit) == (0, 100)
    (account,) = statement(commitment.sponsor, START, TODAY).accounts
    assert account.closing == -100
