"""Drafting, submitting, approving and reversing: what is written, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from foundation.books.closing import close_books
from foundation.money.conversion import NoRate
from foundation.money.models import ExchangeRate
from sponsors.commitments.tests.factories import (
    cash_line,
    drafted_commitment,
    in_kind_line,
    signed_commitment,
)
from sponsors.inkind.models import ServiceKey, Supply, UsageDay, Valuation
from sponsors.inkind.rules import AsideProblem, Estimate, InKindError, NotAllowedNow, ValuationState
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.valuing import (
    MARCH,
    TODAY,
    approved,
    approver,
    card,
    drafted,
    drafted_gift,
    metered_line,
    refused,
    reversed_by,
    submitted,
    treasurer,
    with_policy,
)

pytestmark = pytest.mark.django_db


def sums_of(valuation):
    """Return what the steps in the valuation's currency come to, by estimate."""
    return {
        estimate: sum(
            step.amount for step in valuation.steps.filter(estimate=estimate, currency=valuation.currency)
        )
        for estimate in Estimate
    }


# Metered -----------------------------------------------------------------------------------------


def test_a_month_is_valued_by_the_policy():
    valuation = drafted()
    # 10^15 bytes are 1,000,000 GB, 10^9 requests are 100,000 units.
    assert (valuation.low_value, valuation.value, valuation.high_value) == (10_750, 100_750, 200_750)
    assert (valuation.statements_value, valuation.tax_value) == (100_750, 0)
    assert valuation.value_notes == "Services are no contribution on the tax return."
    assert (valuation.state, valuation.currency, valuation.drafted_by) == ("draft", "USD", treasurer())
    assert sums_of(valuation) == {"low": 10_750, "base": 100_750, "high": 200_750}
    (used,) = valuation.usage.all()
    assert (used.bytes, used.requests) == (10**15, 10**9)


def test_drafting_again_replaces_what_the_draft_was_made_of():
    line = with_policy(metered_line())
    first = drafted(line)
    again = drafted(line, discount_percent=Decimal(10), discount_basis="Anybody gets it.")
    assert (again.pk, again.value, again.list_value) == (first.pk, Decimal(90675), 100_750)
    assert sums_of(again)["base"] == again.value
    assert Valuation.objects.count() == 1


def test_chosen_versions_go_before_the_policy_and_stand_for_low_and_high():
    line = metered_line()
    base = card()
    valuation = drafted(line, base=base, low=card("cheap", "0.05"))
    assert (valuation.low_value, valuation.value, valuation.high_value) == (50_750, 100_750, 100_750)
    assert valuation.high_version is None


def test_the_discount_of_the_policy_is_deducted_from_all_three():
    line = with_policy(metered_line(), discount_percent=Decimal(50), discount_basis="Every nonprofit.")
    valuation = drafted(line)
    assert (valuation.low_value, valuation.value, valuation.high_value) == (5_375, 50_375, 100_375)
    assert (valuation.discount_percent, valuation.discount_basis) == (50, "Every nonprofit.")


def test_only_the_days_of_the_supply_count():
    line = with_policy(metered_line())
    Supply.objects.update(starts_on=date(2024, 3, 11), ends_before=date(2024, 3, 21))
    (used,) = drafted(line).usage.all()
    assert used.bytes == 10 * (10**15 // 31)


def test_use_that_is_not_complete_is_accepted_knowingly():
    line = with_policy(metered_line())
    UsageDay.objects.filter(day__in=[date(2024, 3, 4), date(2024, 3, 5), date(2024, 3, 9)]).delete()
    message = refused("use_incomplete", "accept_incomplete", lambda: drafted(line))
    assert "2024-03-04 to 2024-03-05, 2024-03-09" in message
    valuation = drafted(line, accept_incomplete=True)
    assert valuation.steps.filter(label__startswith="Not complete: ").count() == 3


def test_use_that_is_kept_aside_is_left_out_knowingly():
    line = with_policy(metered_line())
    service = line.supplies.get().service
    ServiceKey.objects.create(service=service, provider="fastly", external_id="SU1")
    unknown = {"problem": AsideProblem.UNKNOWN_REGION}
    factories.aside(service.slug, "mexico", **unknown)
    factories.aside("SU1", "moon", **unknown)
    factories.aside("SU1", "mars", **unknown, starts_at=datetime(2024, 4, 1, tzinfo=UTC))
    factories.aside("other", "mars", **unknown)
    message = refused("use_aside", "accept_incomplete", lambda: drafted(line))
    assert "in regions that nobody knows: mexico, moon." in message
    valuation = drafted(line, accept_incomplete=True)
    assert valuation.steps.filter(label__endswith="kept aside, in mexico, moon").count() == 3


def test_delivered_bytes_stand_for_billable_ones_that_are_unknown_and_the_step_says_so():
    line = with_policy(metered_line())
    UsageDay.objects.filter(day=date(2024, 3, 4)).update(billable_bytes=None)
    UsageDay.objects.filter(day=date(2024, 3, 5)).update(billable_bytes=None, delivered_bytes=None)
    valuation = drafted(line)
    (used,) = valuation.usage.all()
    assert used.bytes == 10**15 - 10**15 // 31
    labels = [step.label for step in valuation.steps.filter(estimate="base")]
    assert any("delivered bytes, for billable ones are unknown on 1 day" in label for label in labels)
    assert any("no bytes are known on 1 day" in label for label in labels)


def test_a_card_in_another_currency_is_converted_by_the_rate_of_the_last_day():
    ExchangeRate.objects.create(day=date(2024, 3, 28), currency="USD", rate=Decimal("1.0811"))
    valuation = drafted(metered_line(), base=card(currency="EUR"))
    assert valuation.value == Decimal("108920.83")
    assert valuation.steps.filter(currency="EUR", estimate="base").count() == 2
    assert sums_of(valuation)["base"] == valuation.value
    change = valuation.steps.get(unit="EUR", estimate="base")
    assert (change.quantity, change.rate, change.label) == (
        100_750,
        Decimal("1.0811"),
        "Converted to USD at the reference rate of 2024-03-28",
    )


def test_a_currency_without_a_rate_is_refused_with_pair_and_day():
    line, base = metered_line(), card(currency="EUR")
    with pytest.raises(NoRate, match="from EUR to USD for 2024-03-31"):
        drafted(line, base=base)
    assert not Valuation.objects.exists()


def test_a_region_that_is_not_mapped_is_refused_with_the_fix():
    line, base = metered_line(), card()
    base.card.mappings.all().delete()
    message = refused("region_unmapped", "base_version", lambda: drafted(line, base=base))
    assert "“usa” of Fastly" in message
    assert "Map the region on the page of the card." in message


def test_a_region_where_nothing_was_used_needs_no_price():
    line, base = metered_line(), card()
    service = line.supplies.get().service
    factories.month_of_use(service, MARCH, where=factories.region("moon"), billable_bytes=0, requests=0)
    assert drafted(line, base=base).value == 100_750


def test_what_lacks_is_named():
    plain = factories.gift_line()
    refused("policy_missing", "line", lambda: drafted(plain))
    with_policy(plain)
    refused("nothing_supplied", "line", lambda: drafted(plain))
    factories.supplied(factories.service("empty"), plain)
    refused("no_use", "month", lambda: drafted(plain))
    factories.month_of_use(factories.service("empty"), MARCH)
    base = drafted(plain).base_version
    assert base is not None
    refused("month_not_over", "month", lambda: drafted(plain, date(2024, 6, 1)))
    refused("month_outside_commitment", "month", lambda: drafted(plain, date(2023, 12, 1)))
    refused("base_missing", "base_version", lambda: drafted(plain, low=base))
    base.valid_before = date(2024, 3, 31)
    base.save(update_fields=["valid_before"])
    refused("no_version", "month", lambda: drafted(plain))
    refused("version_not_valid", "base_version", lambda: drafted(plain, base=base))


def test_only_gifts_of_firm_commitments_are_valued():
    cash = signed_commitment(years=1, lines=[cash_line(1000)]).lines.get()
    refused("line_is_cash", "line", lambda: drafted(cash))
    unsigned = drafted_commitment(lines=[in_kind_line(1000)]).lines.get()
    refused("commitment_not_firm", "line", lambda: drafted_gift(line=unsigned))


def test_a_range_out_of_order_names_the_cards():
    line = metered_line()
    base, dear = card(), card("dear", "0.50")
    message = refused("range_out_of_order", "low_version", lambda: drafted(line, base=base, low=dear))
    assert "Dear, version 1" in message
    assert "List, version 1" in message


# The way -----------------------------------------------------------------------------------------


def test_one_person_submits_and_another_approves():
    valuation = submitted()
    refused(
        "own_valuation",
        "state",
        lambda: services.approve_valuation(actor=treasurer(), valuation=valuation, today=TODAY),
        NotAllowedNow,
    )
    done = services.approve_valuation(actor=approver(), valuation=valuation, today=TODAY)
    assert (done.state, done.booked_on, done.approved_by) == ("approved", date(2024, 3, 31), approver())
    assert Valuation.objects.counting().get() == done


def test_it_is_returned_with_a_reason_and_submitted_again():
    valuation = submitted()
    refused(
        "required",
        "reason",
        lambda: services.return_to_draft(actor=approver(), valuation=valuation, reason=" "),
    )
    refused(
        "unreadable",
        "reason",
        lambda: services.return_to_draft(actor=approver(), valuation=valuation, reason="\u202eWhich card?"),
    )
    returned = services.return_to_draft(actor=approver(), valuation=valuation, reason="Which card?")
    assert (returned.state, returned.reason) == ("draft", "Which card?")
    assert submitted(returned).reason == ""


def test_what_is_beyond_a_draft_is_not_drafted_again():
    valuation = submitted()
    refused("submitted_already", "month", lambda: drafted(valuation.line), NotAllowedNow)
    approved_one = services.approve_valuation(actor=approver(), valuation=valuation, today=TODAY)
    refused("approved_already", "month", lambda: drafted(approved_one.line), NotAllowedNow)


def test_a_discarded_draft_makes_room_for_another():
    line = with_policy(metered_line())
    first = services.discard_valuation(actor=treasurer(), valuation=drafted(line))
    assert first.state == ValuationState.DISCARDED
    assert drafted(line).pk != first.pk
    refused(
        "not_allowed_now",
        "state",
        lambda: services.submit_valuation(actor=treasurer(), valuation=first),
        NotAllowedNow,
    )


def test_use_that_changed_since_the_draft_is_neither_submitted_nor_approved():
    valuation = drafted()
    UsageDay.objects.filter(day=MARCH).update(requests=1)
    refused("use_changed", "state", lambda: submitted(valuation), NotAllowedNow)
    again = submitted(drafted(valuation.line))
    UsageDay.objects.filter(day=MARCH).update(requests=2)
    refused(
        "use_changed",
        "state",
        lambda: services.approve_valuation(actor=approver(), valuation=again, today=TODAY),
        NotAllowedNow,
    )


def test_an_accountant_sets_figures_on_a_draft_and_says_why():
    def put(valuation, statements, tax, note="She said so."):
        return services.set_figures(
            actor=treasurer(),
            valuation=valuation,
            statements_value=Decimal(statements),
            tax_value=Decimal(tax),
            note=note,
        )

    valuation = drafted_gift("licenses")
    done = put(valuation, "800", "700.5")
    assert (done.value, done.statements_value, done.tax_value) == (1000, 800, Decimal("700.5"))
    assert done.value_notes == "She said so."
    for field, given in (
        ("statements_value", ("1000.01", 0)),
        ("tax_value", (0, -1)),
        ("tax_value", (0, "0.001")),
        ("note", (0, 0, " ")),
    ):
        with pytest.raises(InKindError) as caught:
            put(valuation, *given)
        assert caught.value.field == field
    refused("not_allowed_now", "state", lambda: put(submitted(valuation), 0, 0), NotAllowedNow)


def test_in_closed_books_it_counts_on_the_first_open_day():
    valuation = submitted()
    close_books(actor=approver(), through=date(2024, 4, 30), today=TODAY)
    done = services.approve_valuation(actor=approver(), valuation=valuation, today=TODAY)
    assert done.booked_on == date(2024, 5, 1)


def test_a_reversal_negates_every_amount_and_step():
    original = approved(
        drafted(with_policy(metered_line(), discount_percent=Decimal(10), discount_basis="All"))
    )
    reversal = reversed_by(original)
    original.refresh_from_db()
    assert (original.state, reversal.state, reversal.reverses) == ("reversed", "approved", original)
    for name in (
        "list_value",
        "discount",
        "value",
        "low_value",
        "high_value",
        "statements_value",
        "tax_value",
    ):
        assert getattr(original, name) + getattr(reversal, name) == 0
    assert sums_of(reversal) == {estimate: -amount for estimate, amount in sums_of(original).items()}
    assert reversal.booked_on == original.booked_on == date(2024, 3, 31)
    assert drafted(original.line).pk not in {original.pk, reversal.pk}


def test_a_reversal_of_a_closed_month_counts_in_the_open_time():
    original = approved()
    close_books(actor=approver(), through=date(2024, 3, 31), today=TODAY)
    assert reversed_by(original).booked_on == date(2024, 4, 1)


def test_a_gift_is_reversed_with_its_quantity():
    reversal = reversed_by(approved(drafted_gift()))
    assert (reversal.quantity, reversal.value) == (-4, -1000)


def test_what_takes_back_is_not_taken_back_and_nothing_twice():
    original = approved()
    reversal = reversed_by(original)
    refused("is_a_reversal", "state", lambda: reversed_by(reversal), NotAllowedNow)
    refused("not_allowed_now", "state", lambda: reversed_by(original), NotAllowedNow)


def test_a_line_has_one_policy_that_finance_changes():
    line = with_policy(metered_line())
    policy = line.valuation_policy
    other = card("other")

    def add():
        return services.add_policy(actor=treasurer(), line=line, base_card=other.card)

    refused("policy_exists", "line", add)
    cash = signed_commitment(years=1, lines=[cash_line(1000)]).lines.get()
    refused(
        "line_is_cash",
        "line",
        lambda: services.add_policy(actor=treasurer(), line=cash, base_card=other.card),
    )
    changed = services.change_policy(
        actor=treasurer(),
        policy=policy,
        base_card=other.card,
        low_card=None,
        high_card=None,
        discount_percent=Decimal(5),
        discount_basis="All",
    )
    assert (changed.base_card, changed.low_card, changed.discount_percent) == (other.card, None, 5)
