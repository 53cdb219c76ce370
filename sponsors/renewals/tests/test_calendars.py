"""A calendar holds exactly what its person may see now, and its address is worth as much as a password."""

import json
import logging
from datetime import date, timedelta
from typing import Any

import pghistory
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from config.logs import configuration
from foundation.api import tokens
from foundation.audit.middleware import ActorMiddleware
from foundation.people.roles import Role
from foundation.people.tests.factories import (
    give_authenticator_app,
    make_service,
    make_user,
)
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import RenewalTerms
from sponsors.commitments.services import give_notice
from sponsors.commitments.tests.factories import drafted_commitment, received, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.renewals.calendar_files import calendar_file
from sponsors.renewals.models import CalendarFeed
from sponsors.renewals.rules import calendars as rules
from sponsors.renewals.rules.refusals import RenewalError
from sponsors.renewals.selectors.calendars import calendar_entries
from sponsors.renewals.services.calendars import make_feed, revoke_feed
from sponsors.renewals.tests.calendars import new_feed
from sponsors.renewals.views import A_FEED, AN_ADDRESS

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)
NOTICE = RenewalTerms(notice_days=30)


@pytest.fixture(autouse=True)
def day(monkeypatch, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    monkeypatch.setattr("sponsors.renewals.views.local_today", lambda: TODAY)


@pytest.fixture
def secret(finance):
    return new_feed(finance).secret


def asked(secret, **query):
    return Client().get(f"/calendar/{secret}.ics", query)


def events(secret, **query):
    answer = asked(secret, **query)
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content).walk("VEVENT")


def titles(secret, **query):
    return sorted(str(event["SUMMARY"]) for event in events(secret, **query))


def commitment(**more: Any) -> Commitment:
    """Return a commitment of a year from 1 April 2026, of which USD 60,000 was due on that day."""
    given: dict[str, Any] = {"years": 1, "starts_on": date(2026, 4, 1), "title": "Gold, 2026"} | more
    sponsor = given.pop("sponsor", None) or SponsorFactory(name="Acme; Sons")
    return signed_commitment(sponsor, **given)


# What is in it ---------------------------------------------------------------------------------


def test_it_holds_the_end_the_last_day_for_notice_and_what_is_due(secret, settings):
    settings.BASE_URL = "https://bursar.example"
    row = commitment(renewal=NOTICE, starts_on=date(2026, 3, 5))
    payment = row.installments.get()
    found = {str(event["UID"]): event for event in events(secret)}
    assert set(found) == {
        f"end-{row.pk}@bursar.example",
        f"notice-{row.pk}@bursar.example",
        f"payment-{payment.pk}@bursar.example",
    }
    end = found[f"end-{row.pk}@bursar.example"]
    assert str(end["SUMMARY"]) == f"Ends: Acme; Sons, {row.number}"
    assert (end.decoded("DTSTART"), end.decoded("DTEND")) == (date(2027, 3, 4), date(2027, 3, 5))
    assert "Gold, 2026\nIts last day. Nothing signed follows it." in str(end["DESCRIPTION"])
    assert str(end["URL"]) == f"https://bursar.example/admin/sponsors/commitment/{row.pk}/change/"
    assert found[f"notice-{row.pk}@bursar.example"].decoded("DTSTART") == date(2027, 2, 2)
    due = found[f"payment-{payment.pk}@bursar.example"]
    assert due.decoded("DTSTART") == date(2026, 3, 5)
    assert "USD 60,000.00 still to be paid" in str(due["DESCRIPTION"])
    assert str(due["URL"]).endswith(f"/admin/sponsors/installment/{payment.pk}/change/")


def until(day):
    """Return a commitment of a year whose last day it is."""
    after = day + timedelta(days=1)
    return commitment(starts_on=after.replace(year=after.year - 1))


def test_it_reaches_back_ninety_days_and_ahead_two_years(secret):
    first, last = rules.calendar_days(TODAY)
    inside = [until(day) for day in (first, last)]
    for day in (first - timedelta(days=1), last + timedelta(days=1)):
        until(day)
    assert [row.ends_on for row in inside] == [first, last]
    ends = [str(event["UID"]) for event in events(secret) if event.get("CATEGORIES").cats[0] == "Ends"]
    assert sorted(uid.partition("@")[0] for uid in ends) == sorted(f"end-{row.pk}" for row in inside)


def test_what_is_paid_noticed_or_only_a_draft_is_not_in_it(secret, fundraiser):
    row = commitment(renewal=NOTICE)
    received(row.sponsor, 60_000, on=date(2026, 4, 1))
    give_notice(
        actor=fundraiser, commitment=row, given_on=TODAY, given_by="sponsor", reason="Budget.", today=TODAY
    )
    drafted_commitment(years=1, starts_on=TODAY)
    assert titles(secret) == [f"Ends: Acme; Sons, {row.number}"]


def test_it_says_what_follows_and_what_renews_by_itself(secret):
    row = commitment()
    following = commitment(sponsor=row.sponsor, starts_on=date(2027, 4, 1), renewal_of=row)
    texts = {str(event["UID"]).partition("@")[0]: str(event["DESCRIPTION"]) for event in events(secret)}
    assert f"{following.number} follows it." in texts[f"end-{row.pk}"]


def test_a_change_is_a_new_version_of_the_same_event(secret):
    row = commitment()
    (before,) = [event for event in events(secret) if str(event["UID"]).startswith("end-")]
    Commitment.objects.filter(pk=row.pk).update(
        title="Platinum", created_at=timezone.now() - timedelta(days=3)
    )
    (after,) = [event for event in events(secret) if str(event["UID"]).startswith("end-")]
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("LAST-MODIFIED") >= before.decoded("LAST-MODIFIED")
    assert "Platinum" in str(after["DESCRIPTION"])


def test_the_nearest_of_each_kind_are_in_it(finance, monkeypatch):
    monkeypatch.setattr("sponsors.renewals.selectors.calendars.MOST_TO_COME", 2)
    monkeypatch.setattr("sponsors.renewals.selectors.calendars.MOST_BEFORE", 1)
    signed_commitment(years=5, starts_on=date(2026, 4, 1), lines=None, schedule=None, title="Five years")
    for month in (3, 4, 5):
        commitment(starts_on=date(2026, month, 1))
    days = [entry.day for entry in calendar_entries(finance, TODAY, mine=False) if entry.kind == "Due"]
    assert days == [date(2026, 5, 1), date(2027, 4, 1), date(2028, 4, 1)]


def test_mine_is_what_the_person_owns_or_backs_up(secret, finance, fundraiser):
    owned = commitment(owner=finance)
    backed = commitment(owner=fundraiser, backup=finance)
    commitment(owner=fundraiser)
    assert {title.rpartition(", ")[2].partition("/")[0] for title in titles(secret, mine="1")} == {
        owned.number,
        backed.number,
    }
    assert len(titles(secret)) == 6


def test_it_costs_the_same_for_one_commitment_and_for_ten(secret):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert asked(secret).status_code == 200
        return len(queries)

    commitment(renewal=NOTICE)
    cost()
    few = cost()
    for _ in range(9):
        commitment(renewal=NOTICE)
    assert cost() == few


# Who may read it -------------------------------------------------------------------------------


def test_a_name_is_text_and_nothing_else():
    lines = calendar_file("Python, Inc.\nX-OTHER:1", []).split(b"\r\n")
    assert b"X-WR-CALNAME:Python\\, Inc.\\nX-OTHER:1" in lines


def test_it_is_kept_by_nobody_and_found_by_nobody(secret):
    answer = asked(secret)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies


def test_a_wrong_address_finds_nothing_and_says_no_more(secret):
    wrong = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    unknown = new_feed(make_user("Gone", Role.FINANCE)).secret
    CalendarFeed.objects.filter(person__name="Gone").delete()
    answers = [asked(address) for address in (wrong, unknown, "x")]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (404, b"There is no calendar at this address. It may have been revoked.\n")
    }
    assert answers[0]["X-Robots-Tag"] == "noindex, nofollow"


def test_revoked_it_finds_nothing(secret, finance):
    feed = CalendarFeed.objects.get()
    revoke_feed(actor=finance, feed=feed, now=timezone.now())
    assert asked(secret).status_code == 404
    revoked = CalendarFeed.objects.get().revoked_at
    assert revoke_feed(actor=finance, feed=feed, now=timezone.now()).revoked_at == revoked


def closed(person):
    person.is_active = False
    person.save()


def without_role(person):
    person.groups.clear()


@pytest.mark.parametrize("lose", [closed, without_role])
def test_whoever_may_not_see_renewals_any_more_reads_nothing(secret, finance, lose):
    lose(finance)
    assert asked(secret).status_code == 404


def test_a_service_account_has_no_calendar(administrator):
    ledger = make_service("Ledger", Role.FINANCE, answerable=administrator)
    with pytest.raises(RenewalError, match="Your roles give you no calendar"):
        make_feed(actor=ledger, name="Ledger")
    secret = tokens.generate()
    CalendarFeed.objects.create(person=ledger, name="Ledger", digest=tokens.digest(secret))
    assert asked(secret).status_code == 404


def test_without_the_second_factor_that_the_site_asks_for_it_finds_nothing(secret, finance, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    assert asked(secret).status_code == 404
    give_authenticator_app(finance)
    assert asked(secret).status_code == 200


def test_what_the_person_may_not_see_is_not_in_it(secret, finance):
    commitment()
    for group in finance.groups.all():
        group.permissions.remove(*group.permissions.filter(codename="view_installment"))
    assert [title.partition(":")[0] for title in titles(secret)] == ["Ends"]


def test_use_is_noted_once_an_hour(secret):
    asked(secret)
    first: Any = CalendarFeed.objects.get().last_used_at
    asked(secret)
    assert CalendarFeed.objects.get().last_used_at == first
    CalendarFeed.objects.update(last_used_at=first - timedelta(hours=2))
    asked(secret)
    again: Any = CalendarFeed.objects.get().last_used_at
    assert again > first - timedelta(hours=1)


@pytest.mark.parametrize(("wrong", "most"), [(False, A_FEED), (True, AN_ADDRESS)])
def test_whoever_asks_too_often_is_told_to_wait(secret, monkeypatch, wrong, most):
    monkeypatch.setattr("foundation.api.throttling.time.time", lambda: 600.0)
    monkeypatch.setattr("sponsors.renewals.views.A_FEED", 2)
    monkeypatch.setattr("sponsors.renewals.views.AN_ADDRESS", 2)
    address = "unknown" if wrong else secret
    expected = 404 if wrong else 200
    assert [asked(address).status_code for _ in range(3)] == [expected, expected, 429]
    assert asked(address)["Retry-After"] == "60"
    assert most >= 30


def test_only_reading_is_answered(secret):
    assert Client().post(f"/calendar/{secret}.ics").status_code == 405
    assert Client().head(f"/calendar/{secret}.ics").status_code == 200


def test_the_secret_is_in_no_log(secret, finance):
    revoke_feed(actor=finance, feed=CalendarFeed.objects.get(), now=timezone.now())
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    formatter = configuration(level="INFO", readable=False)["formatters"]["structured"]
    kept = Kept()
    kept.setFormatter(formatter["()"](**{name: value for name, value in formatter.items() if name != "()"}))
    logger = logging.getLogger("django.request")
    logger.addHandler(kept)
    try:
        assert asked(secret).status_code == 404
    finally:
        logger.removeHandler(kept)
    assert [json.loads(line)["event"] for line in lines] == ["Not Found: /calendar/…"]


def test_the_secret_is_in_no_history(secret, rf, outsider):
    noted = {}

    def page(_request):
        with pghistory.context() as context:
            noted.update(context.metadata)
        return HttpResponse()

    request = rf.get(f"/calendar/{secret}.ics")
    request.user = outsider
    ActorMiddleware(page)(request)
    assert noted["action"] == "GET /calendar/…"
