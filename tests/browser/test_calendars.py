"""A calendar address made, read without signing in, and revoked; and reminders of payments as staff see them."""

from datetime import timedelta
from urllib.parse import urlsplit

import httpx
from django.conf import settings as django_settings
from playwright.sync_api import expect

from foundation.books.selectors import local_today
from foundation.people.tests.factories import let_sign_in
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory
from sponsors.renewals.models import RenewalSettings
from sponsors.renewals.tests.paying import due_payment, swept
from tests.browser.test_account import confirm, enter


def test_calendar_is_made_shown_once_read_and_revoked(page, look, settings, finance, live_server):
    settings.REQUIRE_SECOND_FACTOR = False
    let_sign_in(finance)
    enter(page, finance)
    page.goto("/account/calendars/")
    look(page, "account-calendars-none")
    page.get_by_role("link", name="New address").click()
    confirm(page)
    page.get_by_label("What will read it").fill("Phone")
    look(page, "account-calendar-new")
    page.get_by_role("button", name="Make the address").click()
    address = page.locator("#address").inner_text()
    assert address.startswith(django_settings.BASE_URL)
    look(page, "account-calendar-made")
    read = live_server.url + urlsplit(address).path
    assert httpx.get(read).text.startswith("BEGIN:VCALENDAR")
    page.get_by_role("link", name="I have copied it").click()
    look(page, "account-calendars")
    page.get_by_role("button", name="Revoke Phone").click()
    expect(page.get_by_text("no longer works")).to_be_visible()
    assert httpx.get(read).status_code == 404


def test_reminders_of_a_payment_are_read(page, look, settings, finance):
    settings.REQUIRE_SECOND_FACTOR = False
    RenewalSettings.objects.update_or_create(pk=1, defaults={"sends_payment_reminders": True})
    due = local_today() - timedelta(days=16)
    sponsor = SponsorFactory(name="Acme Sky")
    ContactFactory(sponsor=sponsor, name="Bea Billing", roles=["billing"])
    payment = due_payment(
        sponsor, starts_on=due, signed_on=due - timedelta(days=90), today=due - timedelta(days=90)
    )
    for offset in (-14, 16):
        swept(offset, due=due)
    let_sign_in(finance)
    enter(page, finance)
    page.goto("/admin/sponsors/paymentreminder/")
    expect(page.get_by_text("15 days after it was due")).to_be_visible()
    look(page, "payment-reminders")
    page.get_by_role("link", name=str(payment)).first.click()
    look(page, "payment-reminder")
    page.goto(f"/admin/sponsors/installment/{payment.pk}/change/")
    expect(page.get_by_role("heading", name="Reminders")).to_be_visible()
    look(page, "installment-reminders")
