"""A renewal from the morning's digest to a signed commitment: answered, negotiated, drafted, signed, and off the board."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from foundation.books.selectors import local_today
from foundation.notices.models import Notice
from foundation.people.tests.factories import PASSWORD, let_sign_in
from sponsors.commitments.rules import add_months
from sponsors.commitments.tests.factories import signed_commitment
from sponsors.directory.models import Contact
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory
from sponsors.renewals.models import ReminderStep, RenewalCase
from sponsors.renewals.services.nightly import run_night
from sponsors.renewals.services.sweeping import follow_up


def test_a_renewal_from_its_reminder_to_its_signature(page: Page, look, settings, fundraiser):
    settings.REQUIRE_SECOND_FACTOR = False
    let_sign_in(fundraiser)
    today = local_today()
    sponsor = SponsorFactory(name="Cloudline")
    ContactFactory(sponsor=sponsor, name="Ada Lovelace", roles=[Contact.Role.PRIMARY])
    start = add_months(today + timedelta(days=60), -36)
    commitment = signed_commitment(
        sponsor, owner=fundraiser, starts_on=start, years=3, title="Gold", signed_on=start, today=start
    )
    run_night(actor=None, today=today)
    case = RenewalCase.objects.get(commitment=commitment)

    # The digest leads to the reminder, past the sign-in.
    digest = Notice.objects.get(kind="renewal_digest", recipient=fundraiser.email)
    [link] = re.findall(r"Acknowledge: (\S+)", digest.body_text)
    page.goto(urlsplit(link).path)
    page.get_by_label("Email").fill(fundraiser.email)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("You are at it")).to_be_visible()

    # The card goes to another column by the keyboard, and to a third one by dragging.
    page.goto("/admin/sponsors/renewalcase/board/")
    look(page, "renewal-board")
    card = page.locator(f"#case-{case.pk}")
    card.get_by_text("Move").first.press("Enter")
    card.get_by_label("To", exact=True).select_option("contacted")
    card.get_by_label("Note; of a decline, why").fill("By telephone")
    card.get_by_role("button", name="Move").press("Enter")
    expect(page.get_by_text("is contacted now")).to_be_visible()
    card.drag_to(page.get_by_role("region", name="Negotiating"))
    expect(page.get_by_text("is negotiating now")).to_be_visible()

    # A decline that is dragged asks why first.
    card.drag_to(page.get_by_role("region", name="Declined"))
    expect(card.get_by_label("Note; of a decline, why")).to_be_focused()
    case.refresh_from_db()
    assert case.state == "negotiating"

    # The next commitment is drafted, proposed and signed.
    card.get_by_role("link", name="Cloudline").click()
    look(page, "renewal-case")
    page.get_by_role("link", name="Renew", exact=True).click()
    page.get_by_label("Change of all amounts in percent").fill("5")
    look(page, "renewal-renew")
    page.get_by_role("button", name="Renew").click()
    expect(page.get_by_text("is drafted. Look at its lines")).to_be_visible()
    for name in ("Propose", "Sign"):
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("button", name=name, exact=True).click()
    renewal = commitment.renewals.get()
    assert (renewal.state, renewal.lines.get().amount) == ("signed", 189_000)

    # What is settled is off the ladder and off the board.
    follow_up(actor=None, today=today)
    assert not ReminderStep.objects.unsettled().filter(commitment=commitment).exists()
    page.goto("/admin/sponsors/renewalcase/board/")
    expect(page.get_by_role("row", name=commitment.number)).to_contain_text("Renewed")
    expect(page.locator(f"#case-{case.pk}")).to_have_count(0)
    look(page, "renewal-board-after")


def test_a_letter_is_drafted_read_and_sent(page: Page, sign_in_quickly, look, fundraiser):
    today = local_today()
    sponsor = SponsorFactory(name="Cloudline")
    ContactFactory(sponsor=sponsor, name="Ada Lovelace", roles=[Contact.Role.PRIMARY])
    start = add_months(today + timedelta(days=60), -36)
    commitment = signed_commitment(sponsor, owner=fundraiser, starts_on=start, years=3, title="Gold")
    sign_in_quickly(fundraiser)
    page.goto("/admin/sponsors/renewalcase/add/")
    look(page, "renewal-case-add", accessible=False)
    run_night(actor=None, today=today)
    case = RenewalCase.objects.get(commitment=commitment)
    page.goto(f"/admin/sponsors/renewalcase/{case.pk}/change/")
    page.get_by_role("link", name="Draft letter").click()
    page.get_by_role("button", name="Draft letter").click()
    expect(page.get_by_label("Body")).to_have_value(re.compile("Dear Ada Lovelace,"))
    look(page, "renewal-letter")
    page.get_by_role("link", name="Send letter").click()
    page.get_by_role("button", name="Send letter").click()
    expect(page.get_by_text("and its PDF is kept")).to_be_visible()
    page.goto("/admin/sponsors/renewalletter/")
    look(page, "renewal-letters")
    page.goto("/admin/sponsors/renewalcase/")
    look(page, "renewal-cases")
