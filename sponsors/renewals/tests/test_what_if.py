"""What if they leave: concentration by ultimate parent, what is lost, and how long the money lasts then."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from foundation.books.selectors import local_today
from foundation.money.models import ExchangeRate
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.services import terminate
from sponsors.commitments.tests.factories import cash_line, colleague, in_kind_line, signed_commitment
from sponsors.directory.models import Sponsor
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.inkind.models import Alternative, Service
from sponsors.inkind.tests.factories import month_of_use, service, supplied
from sponsors.inkind.tests.valuing import card
from sponsors.renewals.models import RenewalSettings
from sponsors.renewals.selectors.what_if import as_it_is, departure
from sponsors.renewals.services.assessing import assess_commitments

pytestmark = pytest.mark.django_db
PAGE = "admin:sponsors_assessment_what_if"


@pytest.fixture
def today():
    return local_today()


@pytest.fixture
def staff(signed_in, fundraiser):
    return signed_in(fundraiser)


def gives(today, sponsor=None, *, cash=0, in_kind=0):
    """Return a sponsor who gives so much a year for two years from this year on."""
    sponsor = sponsor or SponsorFactory()
    lines = [cash_line(cash * 2)] if cash else []
    lines += [in_kind_line(in_kind * 2)] if in_kind else []
    signed_commitment(sponsor, years=2, starts_on=date(today.year, 1, 1), lines=lines)
    return sponsor


def assess(today):
    assess_commitments(actor=None, today=today)
    return as_it_is(today)


def money(reserves=1_200_000, costs=30_000):
    RenewalSettings.objects.filter(pk=1).update(
        reserves=reserves, reserves_on=date(2026, 1, 1), monthly_costs=costs
    )


def test_shares_are_of_groups_by_their_ultimate_parent(today):
    parent = SponsorFactory()
    middle = SponsorFactory(parent=parent)
    gives(today, SponsorFactory(parent=middle), cash=30_000)
    gives(today, middle, cash=30_000)
    gives(today, cash=40_000, in_kind=100_000)

    found = assess(today)

    assert found.concentrations.cash.total == 100_000
    assert found.concentrations.cash.largest == {1: Decimal("0.6"), 3: 1, 5: 1}
    assert found.concentrations.cash.index == Decimal("0.52")
    assert found.concentrations.in_kind.largest[1] == 1
    assert found.concentrations.together.total == 200_000
    assert [giver.given.together for giver in found.largest] == [140_000, 60_000]
    assert [giver.sponsor for giver in found.largest][1] == parent.pk
    assert found.largest[0].share == Decimal("0.7")


def test_only_what_is_in_force_counts(today):
    sponsor = gives(today, cash=30_000)
    found = assess(today)
    assert found.portfolio.given[sponsor.pk].commitments == 1

    terminate(
        actor=colleague(), commitment=sponsor.commitments.get(), closed_on=today, reason="Sold", today=today
    )
    assert as_it_is(today).portfolio.given == {}


def test_what_is_not_assessed_yet_is_counted_as_such(today):
    gives(today, cash=30_000)

    found = as_it_is(today)

    assert (found.portfolio.unassessed, found.total.cash, found.largest) == (1, 0, [])


def test_nothing_at_all_has_no_shares(today):
    found = as_it_is(today)

    assert found.concentrations.cash.index is None
    assert found.portfolio.first is None


def test_runway_before_and_after_and_with_services_paid_for(today):
    money()
    provider = gives(today, cash=60_000, in_kind=500_000)
    gives(today, cash=120_000)
    serves(provider, rate="0.01")
    now = assess(today)

    gone = departure(now, [provider], today)

    # 15,000 of 30,000 come in a month; without the provider 10,000; its use costs 10,750 a month elsewhere.
    assert now.runway.months == Decimal("80.0")
    assert gone.runway.months == Decimal("60.0")
    assert gone.replacement == 12 * 10_750
    assert gone.paying.months == Decimal("39.0")
    assert gone.lost.cash == 60_000
    assert gone.lost.in_kind == 500_000
    assert gone.concentrations.cash.total == 120_000


def test_income_that_covers_the_costs_has_no_end(today):
    money(costs=1_000)
    gives(today, cash=120_000)

    assert assess(today).runway.is_covered


def serves(sponsor, slug="files", *, rate="0.10", criticality="critical"):
    """Let the sponsor supply a service with two alternatives, of which one has no card."""
    of = service(slug)
    Service.objects.filter(pk=of.pk).update(dependents="800,000 users\n\nMirrors", criticality=criticality)
    line = sponsor.commitments.get().lines.get(kind="in_kind")
    supplied(of, line, starts_on=date(2024, 1, 1))
    last = (local_today().replace(day=1) - timedelta(days=1)).replace(day=1)
    month_of_use(of, last)
    Alternative.objects.create(
        service=of, name="Elsewhere", card=card(f"list-{slug}", rate).card, months_to_move=9
    )
    Alternative.objects.create(service=of, name="Without", months_to_move=3)
    return of


def test_services_are_told_with_who_depends_on_them_the_most_critical_first(today):
    provider = gives(today, in_kind=500_000)
    serves(provider, "docs", criticality="low")
    serves(provider, "files")

    gone = departure(assess(today), [provider], today)

    assert [row.service.slug for row in gone.services] == ["files", "docs"]
    files = gone.services[0]
    assert files.dependents == ["800,000 users", "Mirrors"]
    assert files.months_to_move == 3
    assert {one.alternative for one in (files.dearest, files.cheapest) if one} == {"Elsewhere"}
    assert "has no rate card" in files.options[1].problem


def test_whoever_leaves_takes_along_all_that_belong_to_them(today):
    parent = SponsorFactory()
    below = gives(today, SponsorFactory(parent=parent), cash=30_000)

    gone = departure(assess(today), [parent], today)

    assert {sponsor.pk for sponsor in gone.leaving} == {parent.pk, below.pk}
    assert gone.lost.cash == 30_000
    assert [row.commitment.sponsor for row in gone.commitments] == [below]


def test_several_leave_at_once(today):
    first, second = gives(today, cash=30_000), gives(today, cash=20_000)
    gives(today, cash=50_000)

    gone = departure(assess(today), [first, second], today)

    assert gone.lost.cash == 50_000
    assert gone.concentrations.cash.index == 1


def test_what_was_agreed_and_still_comes_is_told_by_year(today):
    sponsor = SponsorFactory()
    for currency in ("USD", "EUR"):
        signed_commitment(
            sponsor, years=3, starts_on=date(today.year, 1, 1), currency=currency, yearly_amount=20_000
        )
    gone = departure(assess(today), [sponsor], today)
    assert {row.amount for row in gone.still_to_come} == {None}

    ExchangeRate.objects.create(day=today, currency="USD", rate=Decimal("1.25"))
    gone = departure(as_it_is(today), [sponsor], today)
    assert [(row.year.number, row.amount) for row in gone.still_to_come] == [
        (today.year + 1, 45_000),
        (today.year + 2, 45_000),
    ]


# The page ------------------------------------------------------------------------------------


def page(client, **query):
    answer = client.get(reverse(PAGE), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_page_shows_the_largest_and_leads_to_what_follows(staff, today):
    sponsor = gives(today, cash=30_000)
    assess(today)

    shown = page(staff)

    assert f"?sponsor={sponsor.pk}" in shown
    assert "Nobody yet." in shown
    assert "Say in the renewal settings" in shown


def test_page_shows_what_follows(staff, today):
    money()
    provider = gives(today, cash=60_000, in_kind=500_000)
    serves(provider)
    assess(today)

    shown = page(staff, sponsor=provider.pk)

    for words in (
        "USD 60,000.00",
        "USD 500,000.00",
        "800,000 users",
        "has no rate card",
        "The quickest move",
    ):
        assert words in shown
    assert provider.commitments.get().number in shown
    assert "Cash, without them" in shown
    assert "40.0 months" in shown


def test_page_finds_sponsors_and_adds_them_to_those_chosen(staff, today):
    chosen, other = gives(today, SponsorFactory(name="Acme"), cash=1), SponsorFactory(name="Acme Labs")

    shown = page(staff, sponsor=chosen.pk, q="acme")

    assert f'href="?sponsor={chosen.pk}&amp;sponsor={other.pk}"' in shown
    assert "Add Acme<" not in shown
    assert "No other sponsor has these words" in page(staff, q="nobody")


def test_page_takes_out_whom_nobody_meant(staff, today):
    one, two = SponsorFactory(), SponsorFactory()

    shown = page(staff, sponsor=[one.pk, two.pk])

    assert f'href="?sponsor={two.pk}"' in shown
    assert "not assessed yet" not in shown


def test_page_says_what_is_not_assessed(staff, today):
    sponsor = gives(today, cash=30_000)

    shown = page(staff, sponsor=sponsor.pk)

    assert "1 commitment in force is not assessed yet" in shown
    assert "Not assessed yet" in shown


@pytest.mark.parametrize("key", ["x", "0", "9" * 30, "-1", ""])
def test_address_that_names_nobody_is_as_none(staff, key):
    assert "Nobody yet." in page(staff, sponsor=key)


def test_page_says_when_more_are_named_than_it_takes(staff, today):
    page = staff.get(reverse(PAGE), {"sponsor": [str(key) for key in range(1, 22)]})
    assert "At most 20 sponsors leave at once here: the others are left out." in page.content.decode()


def test_page_is_a_file_too(staff, today):
    money()
    provider = gives(today, cash=60_000, in_kind=500_000)
    serves(provider)
    assess(today)

    rows = list(csv.reader(io.StringIO(page(staff, sponsor=provider.pk, format="csv"))))

    assert ["Lost a year", "cash", "60000.00", "USD"] in rows
    assert ["Runway without them", "months", "40.0", "months"] in rows
    assert ["Agreed and still to come", f"FY {today.year + 1}", "60000.00", "USD"] in rows
    assert any(row[1].endswith("Without") and row[2] == "unknown" for row in rows)
    before = list(csv.reader(io.StringIO(page(staff, format="csv"))))
    assert not any(row[0] == "Lost a year" for row in before)
    assert ["As it is", "Cash: largest 1", "1.0000", "share of all"] in before


def test_page_costs_the_same_queries_for_many(staff, today, django_assert_max_num_queries):
    for _ in range(6):
        gives(today, cash=10_000)
    assess(today)
    keys = list(Sponsor.objects.values_list("pk", flat=True)[:3])
    page(staff, sponsor=keys)

    with django_assert_max_num_queries(22):
        page(staff, sponsor=keys)


def test_whoever_sees_no_sponsors_does_not_see_the_page(signed_in):
    client = signed_in(make_user("Gus", Role.GRANTS_OFFICER))

    assert client.get(reverse(PAGE)).status_code == 403
