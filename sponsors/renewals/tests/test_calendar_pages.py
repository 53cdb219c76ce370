"""People make and revoke addresses of their calendars; each is shown once."""

import pytest
from django.test import Client
from django.utils import timezone

from foundation.people.tests.factories import PASSWORD, let_sign_in
from sponsors.renewals.models import CalendarFeed
from sponsors.renewals.rules import calendars as rules
from sponsors.renewals.rules.refusals import RenewalError
from sponsors.renewals.services.calendars import make_feed, revoke_feed
from sponsors.renewals.tests.calendars import new_feed

pytestmark = pytest.mark.django_db


def asked(secret):
    return Client().get(f"/calendar/{secret}.ics")


@pytest.fixture
def confirmed(signed_in, finance):
    """A client that has just confirmed the password."""
    client = signed_in(let_sign_in(finance))
    client.post("/accounts/reauthenticate/?next=/", {"password": PASSWORD})
    return client


def test_the_address_is_shown_once_and_works(confirmed, finance, settings):
    page = confirmed.post("/account/calendars/new/", {"name": " Phone "})
    address = page.context["address"]
    assert address in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert Client().get(address.removeprefix(settings.BASE_URL)).status_code == 200
    later = confirmed.get("/account/calendars/").content.decode()
    assert "Phone" in later
    assert address not in later
    secret = address.rpartition("/")[2].removesuffix(".ics")
    assert secret not in str(CalendarFeed.objects.values().get())


def test_making_an_address_asks_for_the_password_again(signed_in, finance):
    client = signed_in(let_sign_in(finance))
    answer = client.post("/account/calendars/new/", {"name": "Phone"})
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert not CalendarFeed.objects.exists()


@pytest.mark.parametrize(("name", "sentence"), [("", "This field is required"), ("x" * 81, "at most 80")])
def test_bad_names_get_a_sentence(confirmed, name, sentence):
    page = confirmed.post("/account/calendars/new/", {"name": name})
    assert page.status_code == 400
    assert sentence in page.content.decode()


def test_nobody_has_more_addresses_than_they_can_keep(confirmed, finance):
    for number in range(rules.MOST_ADDRESSES):
        new_feed(finance, f"Phone {number}")
    page = confirmed.post("/account/calendars/new/", {"name": "One more"})
    assert "Revoke one that nothing reads any more" in page.content.decode()
    assert CalendarFeed.objects.count() == rules.MOST_ADDRESSES


@pytest.mark.parametrize("name", ["  ", "x" * 81])
def test_a_name_that_says_nothing_is_refused(finance, name):
    with pytest.raises(RenewalError, match="Name what will read the calendar") as refused:
        make_feed(actor=finance, name=name)
    assert refused.value.field == "name"


def test_whoever_sees_no_renewals_makes_no_address(signed_in, outsider):
    assert signed_in(outsider).get("/account/calendars/").status_code == 403
    assert "My calendar" not in signed_in(outsider).get("/account/tokens/").content.decode()
    with pytest.raises(RenewalError, match="Your roles give you no calendar"):
        make_feed(actor=outsider, name="Phone")


def test_the_admin_site_leads_to_it_whoever_may_have_one(signed_in, finance, grants_officer):
    def leads(person):
        return "/account/calendars/" in signed_in(person).get("/admin/").content.decode()

    assert leads(finance)
    assert not leads(grants_officer)


def test_people_revoke_their_own_and_nobody_elses(signed_in, finance, fundraiser):
    own, other = new_feed(finance), new_feed(fundraiser)
    client = signed_in(finance)
    page = client.post(f"/account/calendars/{own.feed.pk}/revoke/", follow=True)
    assert "no longer works" in page.content.decode()
    assert asked(own.secret).status_code == 404
    assert client.post(f"/account/calendars/{other.feed.pk}/revoke/").status_code == 404
    with pytest.raises(RenewalError, match="Only an Administrator"):
        revoke_feed(actor=finance, feed=other.feed, now=timezone.now())
    assert asked(other.secret).status_code == 200


def test_the_secret_is_not_in_what_is_printed(finance):
    made = new_feed(finance)
    assert made.secret not in repr(made)


def test_administrators_see_and_revoke_everybodys(signed_in, administrator, finance, fundraiser):
    made = new_feed(finance)
    address = "/admin/sponsors/calendarfeed/"
    listed = signed_in(administrator).get(address)
    assert made.feed.name in (listed.content.decode() if listed.status_code == 200 else "Phone")
    answer = signed_in(administrator).post(f"{address}{made.feed.pk}/do/revoke/", follow=True)
    assert "is revoked" in answer.content.decode()
    assert asked(made.secret).status_code == 404
    assert signed_in(fundraiser).get(f"{address}{made.feed.pk}/change/").status_code in {302, 404}
