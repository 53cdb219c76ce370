"""The pages of funds, of the organization's profile and of the closing of its books."""

import re
from datetime import date

import pytest

from foundation.books.closing import close_books, open_from
from foundation.books.models import Closing, Fund, Organization
from foundation.books.services import add_fund
from foundation.books.tests.test_services import PROFILE

pytestmark = pytest.mark.django_db
FUNDS = "/admin/foundation/fund/"
PROFILES = "/admin/foundation/organization/"
FORM = {"code": "cdn", "name": "CDN", "restriction": "unrestricted", "purpose": "", "available_from": ""}


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_finance_opens_and_changes_a_fund(signed_in, finance):
    client = signed_in(finance)
    assert client.post(f"{FUNDS}add/", FORM).status_code == 302
    fund = Fund.objects.get()
    client.post(f"{FUNDS}{fund.pk}/change/", FORM | {"code": "other", "name": "Delivery"})
    fund.refresh_from_db()
    assert (fund.code, fund.name, fund.is_open) == ("cdn", "Delivery", False)
    assert "Delivery" in text(client.get(FUNDS))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"restriction": "purpose"}, "Say what money in this fund may be used for."),
        ({"restriction": "time"}, "Say from which day"),
        ({"code": "taken"}, "Another fund has this code"),
    ],
)
def test_refusals_are_shown_on_the_form(signed_in, finance, changes, sentence):
    add_fund(actor=finance, code="taken", name="Taken")
    assert sentence in text(signed_in(finance).post(f"{FUNDS}add/", FORM | changes))
    assert Fund.objects.count() == 1


def test_fundraising_sees_funds_and_changes_none(signed_in, fundraiser, finance):
    fund = add_fund(actor=finance, code="f", name="Fund of funds")
    client = signed_in(fundraiser)
    assert "Fund of funds" in text(client.get(FUNDS))
    assert client.get(f"{FUNDS}add/").status_code == 403
    assert client.post(f"{FUNDS}{fund.pk}/change/", FORM).status_code == 403


def test_profile_is_made_once_and_then_changed(signed_in, finance):
    client = signed_in(finance)
    assert client.post(f"{PROFILES}add/", PROFILE).status_code == 302
    assert client.get(f"{PROFILES}add/").status_code == 403
    client.post(f"{PROFILES}1/change/", PROFILE | {"name": "Owls"})
    assert Organization.objects.get().name == "Owls"
    page = client.post(f"{PROFILES}1/change/", PROFILE | {"time_zone": "Mars/Olympus"})
    assert "Name a time zone such as" in text(page)


def test_fundraising_reads_the_profile(signed_in, fundraiser, finance):
    Organization.objects.create(pk=1, name="Owl Foundation")
    client = signed_in(fundraiser)
    page = text(client.get(PROFILES, follow=True))
    assert "Owl Foundation" in page
    assert "January" in page
    assert client.post(f"{PROFILES}1/change/", PROFILE).status_code == 403


def test_a_list_without_the_profile_says_how_to_begin(signed_in, finance):
    assert "Fill it in once." in text(signed_in(finance).get(PROFILES))


def test_a_name_with_a_character_nobody_sees_is_refused_at_its_field(signed_in, finance):
    page = signed_in(finance).post(f"{FUNDS}add/", FORM | {"name": "CDN \u202etset"})
    assert "U+202E" in page.context["adminform"].form.errors["name"][0]
    assert not Fund.objects.exists()


CLOSINGS = "/admin/foundation/closing/"


def test_finance_closes_the_books_and_an_administrator_opens_them(signed_in, finance, administrator):
    client = signed_in(finance)
    asked = text(client.post(f"{CLOSINGS}add/", {"through": "2024-12-31"}))
    assert "Only an administrator opens the books again" in asked
    assert not Closing.objects.exists()
    confirmed = {"through": "2024-12-31", "confirmed": "yes"}
    page = client.post(f"{CLOSINGS}add/", confirmed, follow=True)
    assert "The books are closed up to and including 2024-12-31." in text(page)
    closing = Closing.objects.get()
    reopen = f"{CLOSINGS}{closing.pk}/do/reopen/"
    asked = {"first_day": "2024-12-01", "reason": "An invoice was forgotten."}
    assert client.post(reopen, asked).status_code == 403
    client = signed_in(administrator)
    assert 'value="2024-12-01"' in text(client.get(reopen))
    assert "open again from 2024-12-01" in text(client.post(reopen, asked, follow=True))
    assert open_from() == date(2024, 12, 1)
    # Only the row that says how the books stand offers it.
    assert client.get(reopen).status_code == 302


def test_button_says_what_it_does(signed_in, finance):
    written = signed_in(finance).get("/admin/foundation/closing/add/").content.decode()
    buttons = re.findall(r'<button[^>]*type="submit"[^>]*name="(_\w+)"[^>]*>\s*([^<]*?)\s*</button>', written)

    assert buttons == [("_save", "Close the books")]


def test_last_month_is_offered_until_it_is_closed(signed_in, finance, monkeypatch):
    monkeypatch.setattr("foundation.books.admin.local_today", lambda: date(2026, 3, 5))
    client = signed_in(finance)
    assert 'value="2026-02-28"' in text(client.get(f"{CLOSINGS}add/"))
    close_books(actor=finance, through=date(2026, 2, 28), today=date(2026, 3, 5))
    assert 'value="2026-02-28"' not in text(client.get(f"{CLOSINGS}add/"))


def test_closing_that_is_refused_says_why_at_the_field(signed_in, finance):
    page = signed_in(finance).post(f"{CLOSINGS}add/", {"through": "2024-12-30"})
    assert "such as 2024-12-31" in text(page)
    assert not Closing.objects.exists()
