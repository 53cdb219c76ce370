"""What a person does end to end: from the first sign-in to a commitment that is being paid."""

import re
from datetime import date

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from playwright.sync_api import Page, expect

from foundation.books.models import Fund
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import PASSWORD, code_of, make_user
from sponsors.commitments.models import Commitment, Receipt
from sponsors.commitments.rules import add_months

THIS_YEAR = date.today().year  # noqa: DTZ011  # any recent year serves


@pytest.fixture
def person() -> User:
    """Somebody who may do all of the journey, with a password and nothing else."""
    user = make_user("Petra Person", Role.FUNDRAISING, Role.FINANCE)
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Fund.objects.create(code="general", name="General fund")
    return user


def enter_password(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def choose(page: Page, field: str, text: str) -> None:
    """Pick the entry with the text in an autocomplete field."""
    page.locator(f".field-{field} .select2-selection").first.click()
    page.locator(".select2-search__field").last.fill(text)
    page.locator(".select2-results__option", has_text=text).first.click()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(re.compile("success|was added|recorded", re.IGNORECASE)).first).to_be_visible()


def do(page: Page, action: str, **values: str) -> None:
    """Do a named action of the object's page through its confirmation page."""
    page.get_by_role("link", name=action, exact=True).first.click()
    for name, value in values.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name=action, exact=True).click()


def sign_in_with_a_second_factor(page: Page, person: User, look) -> None:
    # A second factor is demanded before anything private is shown.
    enter_password(page, person)
    page.goto("/admin/")
    expect(page).to_have_url(re.compile("/accounts/2fa/"))
    page.goto("/accounts/2fa/totp/activate/")
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name=re.compile("Confirm|Continue")).click()
    secret = page.locator("#authenticator_secret").input_value()
    look(page, "second-factor-setup")
    page.locator("[name=code]").fill(code_of(secret))
    page.get_by_role("button", name="Activate").click()
    page.wait_for_url("**/2fa/**")

    # From now on signing in takes both.
    page.context.clear_cookies()
    enter_password(page, person)
    expect(page).to_have_url(re.compile("/accounts/2fa/authenticate/"))
    cache.clear()  # a code counts once; forgetting that saves waiting half a minute for the next
    page.locator("[name=code]").fill(code_of(secret))
    page.get_by_role("button", name="Sign in", exact=True).first.click()
    page.goto("/admin/")
    expect(page).to_have_url(re.compile("/admin/$"))


def test_from_the_first_sign_in_to_a_timeline_of_payments(page: Page, person: User, look) -> None:
    sign_in_with_a_second_factor(page, person, look)
    first_day = date(THIS_YEAR - 1, 3, 1)

    page.goto("/admin/sponsors/sponsor/add/")
    page.locator("[name=name]").fill("Journey Networks")
    page.locator("[name=website]").fill("https://www.journey.example")
    save(page)

    page.goto("/admin/sponsors/commitment/add/")
    choose(page, "sponsor", "Journey Networks")
    page.locator("[name=title]").fill("Five years")
    page.locator("[name=starts_on]").fill(first_day.isoformat())
    page.locator("[name=ends_on]").fill(
        date.fromordinal(add_months(first_day, 60).toordinal() - 1).isoformat()
    )
    page.locator("[name=first_due_on]").fill(add_months(first_day, 1).isoformat())
    page.locator("[name=lines-0-kind]").select_option("cash")
    page.locator("[name=lines-0-description]").fill("Sponsorship")
    page.locator("[name=lines-0-fund]").select_option(label="General fund")
    page.locator("[name=lines-0-amount]").fill("500000")
    look(page, "commitment-draft")
    save(page)
    commitment = Commitment.objects.get()
    assert commitment.installments.count() == 5

    page.goto(f"/admin/sponsors/commitment/{commitment.pk}/change/")
    do(page, "Propose")
    do(page, "Sign", signed_on=first_day.isoformat())
    commitment.refresh_from_db()
    assert commitment.state == "signed"

    for reference, amount in (("J-1", "40000"), ("J-2", "60000")):
        page.goto("/admin/sponsors/receipt/add/")
        choose(page, "sponsor", "Journey Networks")
        page.locator("[name=amount]").fill(amount)
        page.locator("[name=currency]").select_option("USD")
        page.locator("[name=received_on]").fill(add_months(first_day, 2).isoformat())
        page.locator("[name=method]").select_option("wire")
        page.locator("[name=source]").fill("bank")
        page.locator("[name=reference]").fill(reference)
        save(page)
    assert Receipt.objects.count() == 2

    page.goto(f"/admin/sponsors/commitment/{commitment.pk}/change/")
    look(page, "commitment")
    page.get_by_role("link", name="Timeline").first.click()
    table = page.locator("table").filter(has_text="J-1")
    expect(table).to_contain_text("J-2")
    expect(page.locator("body")).to_contain_text("Paid")
    expect(page.locator("body")).to_contain_text("USD 100,000.00")
    look(page, "timeline")

    page.goto(f"/admin/sponsors/commitment/{commitment.pk}/history/")
    expect(page.locator("body")).to_contain_text("Petra Person")
    look(page, "history")
