"""Which commitments are assessed on a night, and what is kept of each."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from sponsors.commitments.rules import RenewalTerms
from sponsors.commitments.services import set_owner, terminate
from sponsors.commitments.tests.factories import colleague, drafted_commitment, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.inkind.models import Alternative, Valuation
from sponsors.inkind.tests.factories import month_of_use, service, supplied
from sponsors.inkind.tests.supplying import valued
from sponsors.inkind.tests.valuing import card
from sponsors.renewals.models import Assessment
from sponsors.renewals.rules.kept import reasons_kept
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.reasons import Reason
from sponsors.renewals.services import assessing
from sponsors.renewals.services.assessing import assess_commitments
from sponsors.renewals.tests.factories import TODAY, assessed, ending, known_sponsor

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run(today=TODAY):
    return assess_commitments(actor=None, today=today)


def test_nothing_to_assess_is_said():
    assert run() == assessing.Assessed(0, 0, 2)


def test_assessment_tells_what_it_was_made_of():
    commitment = ending(owner=colleague())

    (made,) = assessed(commitment)

    assert made.day == TODAY
    assert made.policy.number == 2
    assert made.ends_before == commitment.ends_before
    assert 0 < made.low < made.probability < made.high < 1
    assert (made.base_rate, made.base_cases, made.base_lapses) == (pytest.approx(0.175), 0, 0)
    assert Reason.FIRST_TERM in {one.reason for one in reasons_kept(made.reasons)}
    assert made.facts["first_term"] is True
    assert made.facts["kind"] == "cash"
    assert (made.currency, made.cash_a_year, made.in_kind_a_year) == ("USD", 50_000, 0)
    assert made.replacement_a_year is None
    assert made.asks_for_person is False
    assert made.at_risk_from is None
    assert made.band == Band.HIGH
    assert str(made) == f"{commitment} on {TODAY}: {made.probability:.0%}"
    assert made.exposure == 50_000


def test_what_nobody_knows_asks_for_a_person():
    (known, unknown) = assessed(ending(owner=colleague()), ending(SponsorFactory(), owner=colleague()))

    assert unknown.asks_for_person
    assert unknown.probability > known.probability
    assert unknown.high - unknown.low > known.high - known.low


def test_due_are_open_windows_recent_ends_and_what_was_never_assessed():
    open_window = ending()
    years_to_run = signed_commitment(known_sponsor(), starts_on=date(2026, 1, 1))
    ended_lately = ending(starts_on=date(2024, 12, 15))
    ended_long_ago = ending(starts_on=date(2024, 11, 1))
    drafted_commitment(known_sponsor(), years=1, starts_on=date(2025, 4, 1))

    assert run().assessed == 3
    kept = {one.commitment_id: one for one in Assessment.objects.all()}
    assert kept.keys() == {open_window.pk, years_to_run.pk, ended_lately.pk}
    assert ended_long_ago.pk not in kept


def test_commitment_with_years_to_run_is_not_at_risk_yet_and_its_probability_is_told():
    commitment = signed_commitment(
        known_sponsor(), starts_on=date(2026, 1, 1), renewal=RenewalTerms(notice_days=90)
    )

    (made,) = assessed(commitment)

    assert made.band == Band.NOT_YET
    assert made.at_risk_from == date(2030, 12, 31) - timedelta(days=90 + 400)
    assert 0 < made.probability < 1


def test_what_did_not_change_is_left_alone_until_its_window_opens():
    commitment = signed_commitment(known_sponsor(), starts_on=date(2026, 1, 1))
    run()
    assert run(TODAY + DAY).assessed == 0

    set_owner(actor=colleague(), commitment=commitment, owner=colleague(), backup=None)
    assert run(TODAY + 2 * DAY).assessed == 1
    assert run(date(2030, 12, 31) - timedelta(days=400)).assessed == 1


def test_terminated_commitment_is_assessed_for_ninety_days():
    commitment = signed_commitment(known_sponsor(), starts_on=date(2025, 1, 1))
    terminate(actor=colleague(), commitment=commitment, closed_on=TODAY, reason="Sold", today=TODAY)

    assert run(TODAY + 89 * DAY).assessed == 1
    assert run(TODAY + 90 * DAY).assessed == 0


def test_what_is_not_at_risk_yet_is_looked_at_again_after_a_month():
    signed_commitment(known_sponsor(), starts_on=date(2026, 1, 1))
    assert run().assessed == 1
    assert run(TODAY + 29 * DAY).assessed == 0
    assert run(TODAY + 30 * DAY).assessed == 1


def test_what_a_firm_commitment_renews_cannot_lapse():
    sponsor = known_sponsor()
    first = ending(sponsor)
    following = ending(sponsor, starts_on=date(2026, 4, 1), renewal_of=first)

    (made,) = assessed(first)

    assert (made.low, made.probability, made.high, made.band) == (0, 0, 0, Band.LOW)
    assert made.facts["followed_by"] == following.number
    assert made.reasons == []


def test_second_run_on_a_day_takes_the_place_of_the_first():
    commitment = ending()
    run()
    before = Assessment.objects.get()
    set_owner(actor=colleague(), commitment=commitment, owner=colleague(), backup=None)

    assert run().assessed == 1
    after = Assessment.objects.get()
    assert after.pk == before.pk
    assert after.probability < before.probability


def test_only_the_last_day_is_the_latest_whatever_the_order_of_runs():
    commitment = ending()
    for day in (TODAY, TODAY + DAY, TODAY - DAY):
        run(day)

    assert list(commitment.assessments.order_by("day").values_list("day", "is_latest")) == [
        (TODAY - DAY, False),
        (TODAY, False),
        (TODAY + DAY, True),
    ]


def test_batches_leave_nobody_out(monkeypatch):
    monkeypatch.setattr(assessing, "BATCH", 2)
    for _ in range(5):
        ending()

    assert run() == assessing.Assessed(5, 3, 2)
    assert Assessment.objects.count() == 5


def test_own_lapses_raise_the_base_and_kinds_stay_apart():
    for _ in range(3):
        ending(starts_on=date(2024, 8, 1))
    (cash, gift) = assessed(ending(), ending(amount=0, in_kind=1_000))

    assert (cash.base_cases, cash.base_lapses) == (3, 3)
    assert cash.base_rate == pytest.approx((3 + 40 * 0.175) / 43)
    assert (gift.base_cases, gift.base_rate) == (0, pytest.approx(0.05))


def test_renewed_commitment_is_no_lapse_of_our_own():
    sponsor = known_sponsor()
    ending(sponsor, starts_on=date(2024, 8, 1))
    second = ending(sponsor, starts_on=date(2025, 8, 1))

    (made,) = assessed(second)

    assert (made.base_cases, made.base_lapses) == (1, 0)


def test_outcome_counts_once_ninety_days_are_over():
    ending(starts_on=date(2024, 12, 2))
    commitment = ending()

    assert assessed(commitment)[0].base_cases == 0
    assert assessed(commitment, today=TODAY + DAY)[0].base_cases == 1


def metered_gift(months=12):
    commitment = ending(amount=0, in_kind=9_000_000)
    supplied(service(), commitment.lines.get(), starts_on=date(2024, 1, 1))
    for number in range(12 - months, 12):
        month_of_use(service(), date(2025 + (number + 2) // 12, (number + 2) % 12 + 1, 1))
    return commitment


def elsewhere(name, rate="0.10", **more):
    return Alternative.objects.create(service=service(), name=name, card=card(name, rate).card, **more)


def test_replacement_is_that_of_the_dearest_alternative():
    commitment = metered_gift()
    elsewhere("cheap", "0.01")
    elsewhere("dear", "0.10", months_to_move=9)

    (made,) = assessed(commitment)

    # 10^15 bytes a month are 1,000,000 GB at 0.10, and 10^9 requests at 0.0075 for 10,000.
    assert made.replacement_a_year == 12 * (100_000 + 750)
    options = {one["alternative"]: one for one in made.facts["elsewhere"]}
    assert options.keys() == {"cheap", "dear"}
    assert (options["dear"]["months"], options["dear"]["months_to_move"]) == (12, 9)
    assert Decimal(options["cheap"]["a_year"]) == 12 * (10_000 + 750)
    assert made.exposure == made.replacement_a_year


def test_shed_traffic_is_not_paid_for_and_missing_months_are_as_the_others():
    commitment = metered_gift(months=3)
    elsewhere("dear", "0.10", shed_percent=Decimal(50))

    (made,) = assessed(commitment)

    assert made.replacement_a_year == 12 * (50_000 + 375)
    assert made.facts["elsewhere"][0]["months"] == 3


def test_service_that_nobody_can_price_is_told():
    commitment = metered_gift()
    Alternative.objects.create(service=service(), name="Nobody asked")

    (made,) = assessed(commitment)

    assert made.replacement_a_year is None
    assert made.facts["services_without_price"] == [service().pk]


def test_value_in_kind_is_the_approved_one_once_there_are_twelve_months():
    commitment = metered_gift()
    line = commitment.lines.get()
    for number in range(12):
        valued(line, date(2025 + (number + 2) // 12, (number + 2) % 12 + 1, 1))

    (made,) = assessed(commitment)
    assert made.in_kind_a_year == 1_200
    assert made.facts["in_kind_is_approved"] is True

    Valuation.objects.filter(month=date(2025, 5, 1)).update(state="reversed")
    (made,) = assessed(commitment)
    assert made.in_kind_a_year == 9_000_000


def test_run_over_many_costs_as_many_queries_as_over_one(django_assert_num_queries):
    ending()
    with django_assert_num_queries(27):
        run()
    for _ in range(4):
        ending()
    with django_assert_num_queries(27):
        run()
