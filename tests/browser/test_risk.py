"""Renewal risk in a real browser: the list, an assessment, what if they leave, and a policy of one's own."""

from datetime import date, timedelta
from decimal import Decimal

from playwright.sync_api import Page, expect

from foundation.books.selectors import local_today
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.tests.factories import colleague
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.inkind.models import Alternative, Service
from sponsors.inkind.tests.factories import gift_terms, month_of_use, service, supplied
from sponsors.inkind.tests.valuing import card
from sponsors.renewals.models import RenewalSettings
from sponsors.renewals.services.assessing import assess_commitments
from sponsors.renewals.tests.factories import assessed, ending, known_sponsor


def a_portfolio(today: date) -> None:
    RenewalSettings.objects.update(reserves=Decimal(2_400_000), reserves_on=today, monthly_costs=90_000)
    starts_on = (today - timedelta(days=340)).replace(day=1)
    provider = known_sponsor(name="Acme CDN")
    gift = ending(provider, starts_on=starts_on, amount=40_000, in_kind=9_000_000, owner=colleague())
    line = gift.lines.get(kind="in_kind")
    supplied(service(), line, starts_on=date(2024, 1, 1))
    gift_terms(line)
    Service.objects.update(dependents="800,000 users\nMirrors on five continents")
    month_of_use(
        service(), (today.replace(day=1) - timedelta(days=1)).replace(day=1), billable_bytes=63 * 10**15
    )
    for name, rate, months in (("Cloud One", "0.02", 6), ("Cloud Two", "0.05", 9)):
        Alternative.objects.create(
            service=service(),
            name=name,
            card=card(name.lower().replace(" ", "-"), rate).card,
            months_to_move=months,
        )
    ending(SponsorFactory(name="Globex"), starts_on=starts_on, amount=120_000)
    ending(SponsorFactory(name="Initech"), starts_on=starts_on, amount=15_000)
    assessed(gift, today=today - timedelta(days=15))
    assessed(gift, today=today - timedelta(days=8))
    assess_commitments(actor=None, today=today)


def test_risk_is_explained_and_what_follows_is_told(page: Page, sign_in_quickly, look) -> None:
    a_portfolio(local_today())
    sign_in_quickly(make_user("Frieda", Role.FUNDRAISING))

    page.goto("/admin/")
    page.get_by_role("link", name="Renewal risk").click()
    expect(page.get_by_text("Acme CDN")).to_be_visible()
    look(page, "risk-list")
    page.get_by_role("link", name="C-").first.click()
    expect(
        page.get_by_role("table", name="How the probability comes about")
        .or_(page.get_by_text("Where it starts"))
        .first
    ).to_be_visible()

    page.goto("/admin/sponsors/assessment/?q=Acme")
    page.get_by_role("link", name="C-").first.click()
    expect(page.get_by_text("What its services cost elsewhere")).to_be_visible()
    expect(page.locator("[data-chart] canvas")).to_be_visible()
    look(page, "risk-assessment")

    page.get_by_role("link", name="What if they leave").last.click()
    expect(page.get_by_text("800,000 users, Mirrors on five continents")).to_be_visible()
    page.get_by_label("Find a sponsor").fill("glo")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Add Globex").click()
    expect(page.get_by_role("link", name="Take out Globex")).to_be_visible()
    look(page, "what-if")

    page.goto("/admin/sponsors/assessment/changes/")
    expect(page.get_by_text("Initech")).to_be_visible()
    look(page, "risk-changes")

    page.goto("/admin/sponsors/scoringpolicy/add/")
    page.locator("#id_name").fill("Ours")
    page.locator("#id_reason").fill("Payments tell us more.")
    page.locator("#id_points_overdue").fill("1.2")
    look(page, "scoring-policy-form")
    page.get_by_role("button", name="Make the version").click()
    page.get_by_role("link", name="Score by this version").click()
    page.locator("#id_reason").fill("Agreed on Monday.")
    page.get_by_role("button", name="Score by this version").click()
    expect(page.get_by_text("Risk is scored by this version. Agreed on Monday.")).to_be_visible()
    look(page, "scoring-policy")
