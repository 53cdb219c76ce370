"""What is out of its range is read, explained and closed; and what energy is estimated by."""

from playwright.sync_api import Page, expect

from sponsors.inkind.models import Anomaly, UsagePull
from sponsors.inkind.rules import AnomalyKind
from sponsors.inkind.tests.factories import anomaly, energy_factor, service


def test_an_anomaly_is_explained_and_closed(page: Page, sign_in_quickly, look, infrastructure):
    found = anomaly()
    mirror = service("mirror")
    fall = anomaly(3, kind=AnomalyKind.HIT_RATIO, of=mirror)
    Anomaly.objects.filter(pk=fall.pk).update(
        hour=None, observed=0.951, expected=0.9902, spread=0.001, score=-26.2, compared_with=28
    )
    UsagePull.objects.create(
        service=mirror, complete_before="2026-01-04T00:00Z", problem="Fastly refuses the token (401)."
    )
    sign_in_quickly(infrastructure)
    page.goto("/admin/")
    expect(page.get_by_role("heading", name="Services out of their own range")).to_be_visible()
    expect(page.get_by_text("The usage of Mirror could not be asked for")).to_be_visible()
    look(page, "today-watch")

    page.goto("/admin/sponsors/anomaly/")
    expect(page.get_by_text("The hit ratio fell to 95.1% from the usual 99.02%")).to_be_visible()
    look(page, "anomalies")

    page.goto(f"/admin/sponsors/anomaly/{found.pk}/change/")
    expect(page.get_by_text("Requests were 3.1 times the usual for a Thursday at 14:00 UTC")).to_be_visible()
    look(page, "anomaly")
    page.get_by_role("link", name="Explain").click()
    page.get_by_label("Explanation").fill("A release that everybody fetched at once.")
    look(page, "anomaly-explain")
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_text("is explained.")).to_be_visible()
    page.get_by_role("link", name="Close anomaly").click()
    expect(
        page.get_by_text("The explanation stays: “A release that everybody fetched at once.”")
    ).to_be_visible()
    page.get_by_role("button", name="Close anomaly").click()
    expect(page.get_by_text("is closed.")).to_be_visible()
    found.refresh_from_db()
    assert (found.state, found.explained_by) == ("closed", infrastructure)


def test_a_factor_is_chosen_for_dashboards(page: Page, sign_in_quickly, look, infrastructure):
    energy_factor("Networks of 2024")
    sign_in_quickly(infrastructure)
    page.goto("/admin/sponsors/energyfactor/")
    look(page, "energy-factors")
    page.get_by_role("link", name="Networks of 2024").click()
    expect(page.get_by_text("An example: 1 PB delivered to users. About 30 MWh")).to_be_visible()
    look(page, "energy-factor")
    page.get_by_role("link", name="Use on dashboards").click()
    page.get_by_role("button", name="Use on dashboards").click()
    expect(page.get_by_text("Dashboards estimate energy by Networks of 2024")).to_be_visible()
    page.goto("/admin/sponsors/energyfactor/add/")
    look(page, "energy-factor-add")
