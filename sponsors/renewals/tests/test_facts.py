"""What is known of a commitment on a day, and what nobody knows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from foundation.books.models import Organization
from foundation.money.models import ExchangeRate
from foundation.notices.rules import NoticeState
from sponsors.commitments.rules import RenewalTerms
from sponsors.commitments.services import give_notice, terminate
from sponsors.commitments.tests.factories import colleague, drafted_commitment, received, signed_commitment
from sponsors.directory.models import Interaction
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory
from sponsors.inkind.tests.factories import gift_terms, month_of_use, service, supplied
from sponsors.renewals.rules.reasons import Level
from sponsors.renewals.rules.support import SupportKind
from sponsors.renewals.selectors.digests import last_contacts
from sponsors.renewals.selectors.facts import background, known_of
from sponsors.renewals.selectors.policies import current_scoring_policy
from sponsors.renewals.tests.factories import TODAY, ending, known_sponsor, mail_to, spoken

pytestmark = pytest.mark.django_db


def known(commitment, today=TODAY):
    (found,) = known_of([commitment.pk], background(current_scoring_policy(), today))
    return found


def facts(commitment, today=TODAY):
    return known(commitment, today).facts


def test_of_a_well_kept_first_commitment_everything_is_known():
    found = facts(ending(owner=colleague()))

    assert found.first_term
    assert found.returned is False
    assert found.level is Level.MIDDLE
    assert found.in_kind is False
    assert found.tenure_years == pytest.approx(335 / 365.25)
    assert (found.contact_lost, found.silent_days, found.notice_given) == (False, 10, False)
    assert (found.has_owner, found.use_falling, found.policy_changed) == (True, False, False)
    assert (found.active_elsewhere, found.lapsed_elsewhere) == (0, False)


def test_what_nobody_looked_up_is_not_known():
    found = facts(ending(SponsorFactory()))

    assert (found.active_elsewhere, found.lapsed_elsewhere) == (None, None)
    assert (found.contact_lost, found.silent_days) == (None, None)


def test_earlier_commitment_makes_it_no_first_term():
    sponsor = known_sponsor()
    ending(sponsor, starts_on=date(2024, 4, 1))
    second = ending(sponsor)

    assert facts(second).first_term is False
    assert facts(second).tenure_years == pytest.approx(700 / 365.25)


def test_years_away_make_a_returner():
    sponsor = known_sponsor()
    ending(sponsor, starts_on=date(2020, 1, 1))
    second = ending(sponsor)

    assert facts(second).returned
    assert facts(second).tenure_years < 2


def test_draft_does_not_count_as_support():
    sponsor = known_sponsor()
    drafted_commitment(sponsor, starts_on=date(2020, 1, 1))

    assert facts(ending(sponsor)).first_term


def test_gift_is_of_the_level_of_its_estimate():
    found = known(ending(amount=0, in_kind=200_000))

    assert found.facts.in_kind
    assert found.facts.level is Level.TOP
    assert found.promised.kind is SupportKind.IN_KIND


def test_cash_beside_a_gift_decides_about_level_and_kind():
    found = known(ending(amount=5_000, in_kind=200_000))

    assert (found.facts.in_kind, found.facts.level) == (False, Level.ENTRY)
    assert found.promised.in_kind == 200_000


def test_amounts_abroad_are_converted():
    ExchangeRate.objects.create(day=TODAY, currency="USD", rate=Decimal("1.25"))

    assert known(ending(currency="EUR")).promised.cash == Decimal("62500.00")


def test_without_a_rate_the_level_is_not_known():
    found = known(ending(currency="EUR"))

    assert found.promised.cash is None
    assert found.facts.level is None
    assert found.facts.in_kind is False


def test_payment_that_should_have_come_is_overdue():
    sponsor = known_sponsor()
    commitment = ending(sponsor)
    assert facts(commitment).overdue

    received(sponsor, 50_000, on=TODAY)
    assert facts(commitment).overdue is False


def test_contact_who_left_is_lost_until_another_is_there():
    sponsor = SponsorFactory()
    commitment = ending(sponsor)
    ContactFactory(sponsor=sponsor, left_on=TODAY)
    assert facts(commitment).contact_lost

    ContactFactory(sponsor=sponsor)
    assert facts(commitment).contact_lost is False


def test_contact_whose_mail_is_refused_for_good_is_lost():
    sponsor = known_sponsor()
    commitment = ending(sponsor)
    contact = sponsor.contacts.get()
    mail_to(contact, NoticeState.SENT, at=datetime(2026, 1, 1, tzinfo=UTC))
    mail_to(contact, NoticeState.FAILED, at=datetime(2026, 2, 1, tzinfo=UTC))
    assert facts(commitment).contact_lost

    mail_to(contact, NoticeState.SENT, at=datetime(2026, 2, 2, tzinfo=UTC))
    assert facts(commitment).contact_lost is False


def test_notes_break_no_silence():
    sponsor = SponsorFactory()
    commitment = ending(sponsor)
    spoken(sponsor, TODAY - timedelta(days=300))
    spoken(sponsor, TODAY, Interaction.Kind.NOTE)
    spoken(sponsor, TODAY + timedelta(days=3))

    assert facts(commitment).silent_days == 300


def test_change_of_policy_counts_for_twelve_months():
    sponsor = known_sponsor()
    commitment = ending(sponsor)
    spoken(sponsor, date(2025, 3, 1), Interaction.Kind.POLICY_CHANGE)
    assert facts(commitment).policy_changed is False

    spoken(sponsor, date(2025, 3, 2), Interaction.Kind.POLICY_CHANGE)
    assert facts(commitment).policy_changed


def test_owner_who_may_not_sign_in_is_none():
    owner = colleague()
    commitment = ending(owner=owner)
    assert facts(commitment).has_owner

    type(owner).objects.filter(pk=owner.pk).update(is_active=False)
    assert facts(commitment).has_owner is False
    assert facts(ending()).has_owner is False


def test_notice_given_is_known_and_opens_the_window():
    commitment = signed_commitment(
        known_sponsor(), starts_on=date(2026, 1, 1), renewal=RenewalTerms(notice_days=90)
    )
    assert known(commitment).at_risk_from == date(2030, 12, 31) - timedelta(days=90 + 400)

    give_notice(
        actor=colleague(),
        commitment=commitment,
        given_on=TODAY,
        given_by="sponsor",
        reason="Budget",
        today=TODAY,
    )
    assert facts(commitment).notice_given
    assert known(commitment).at_risk_from is None


def test_what_renews_it_follows_and_not_what_merely_begins_then():
    sponsor = known_sponsor()
    first = ending(sponsor)
    assert known(first).follower is None

    beside = ending(sponsor, starts_on=date(2026, 4, 1), signed_on=date(2026, 4, 1))
    assert known(first).follower is None
    assert beside.renewal_of is None

    second = ending(sponsor, starts_on=date(2026, 4, 1), signed_on=date(2026, 4, 1), renewal_of=first)
    assert known(first).follower.number == second.number


def test_terminated_commitment_ended_on_its_day():
    commitment = ending()
    terminate(
        actor=colleague(), commitment=commitment, closed_on=date(2026, 2, 1), reason="Sold", today=TODAY
    )

    assert facts(commitment).tenure_years == pytest.approx(305 / 365.25)


def use_by_month(of, *petabytes):
    for number, size in enumerate(petabytes):
        month = date(2025 + (number + 2) // 12, (number + 2) % 12 + 1, 1)
        month_of_use(of, month, billable_bytes=size * 10**15)


def metered_gift():
    commitment = ending(amount=0, in_kind=900_000)
    line = commitment.lines.get()
    supplied(service(), line, starts_on=date(2024, 1, 1))
    return commitment, line


def test_use_that_falls_by_more_than_a_fifth_is_falling():
    commitment, _line = metered_gift()
    use_by_month(service(), *[10] * 6, *[7] * 6)

    assert facts(commitment).use_falling


def test_use_that_falls_less_is_not_falling():
    commitment, _line = metered_gift()
    use_by_month(service(), *[10] * 6, *[8] * 6)

    assert facts(commitment).use_falling is False


def test_use_with_months_missing_is_not_known():
    commitment, _line = metered_gift()
    use_by_month(service(), *[10] * 6)

    assert facts(commitment).use_falling is None


def test_gift_that_began_this_year_falls_not_yet():
    commitment = ending(amount=0, in_kind=900_000)
    supplied(service(), commitment.lines.get(), starts_on=date(2025, 12, 1))

    assert facts(commitment).use_falling is False


def test_share_of_the_ceiling_is_that_of_the_last_month():
    commitment, line = metered_gift()
    use_by_month(service(), *[10] * 11, 63)
    assert known(commitment).use_share is None

    terms = gift_terms(line)
    assert known(commitment).use_share == Decimal("0.9")

    type(terms).objects.update(unit="request", quantity=None, per="as_used", ceiling=2 * 10**9)
    assert known(commitment).use_share == Decimal("0.5")

    type(terms).objects.update(unit="seat")
    assert known(commitment).use_share is None


def test_share_of_the_ceiling_of_an_unused_month_is_not_known():
    commitment, line = metered_gift()
    gift_terms(line)

    assert known(commitment).use_share is None


def test_facts_of_many_cost_as_many_queries_as_of_one(django_assert_num_queries):
    keys = [ending().pk for _ in range(4)]
    back = background(current_scoring_policy(), TODAY)

    with django_assert_num_queries(9):
        assert len(known_of(keys[:1], back)) == 1
    with django_assert_num_queries(9):
        assert len(known_of(keys, back)) == 4


@pytest.mark.parametrize(
    ("zone", "silent"), [("UTC", None), ("America/Los_Angeles", 0), ("Pacific/Auckland", None)]
)
def test_days_of_talks_are_those_of_the_foundations_time_zone(zone, silent):
    """Eight in the evening of the day in California is the next day in London, which the night does not look at yet."""
    Organization.objects.update_or_create(pk=1, defaults={"name": "F", "time_zone": zone})
    commitment = ending(SponsorFactory())
    InteractionFactory(
        sponsor=commitment.sponsor,
        kind=Interaction.Kind.CALL,
        occurred_at=datetime(2026, 3, 3, 4, tzinfo=UTC),
    )
    assert facts(commitment, date(2026, 3, 2)).silent_days == silent
    told = last_contacts([commitment.sponsor_id], date(2026, 3, 2))
    assert (commitment.sponsor_id in told) is (silent is not None)
    assert "on 2026-03-02," in told.get(commitment.sponsor_id, "on 2026-03-02,")


def test_an_owner_who_may_not_answer_is_no_owner(auditor):
    assert facts(ending(owner=auditor)).has_owner is False
