"""The first page of the admin site says what needs attention, to each role what it may see."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.books.selectors import local_today
from foundation.health.models import JobRun
from foundation.notices.models import Notice
from foundation.webhooks.models import WebhookDelivery
from foundation.webhooks.tests.factories import message
from sponsors.commitments.rules import RenewalTerms
from sponsors.commitments.tests.amending import proposed_amendment
from sponsors.commitments.tests.factories import (
    drafted_commitment,
    proposed_write_off,
    received,
    signed_commitment,
    written_off,
)
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.inkind.models import Supply
from sponsors.inkind.tests import valuing
from sponsors.inkind.tests.factories import aside, gift_line, service, service_in_use
from sponsors.renewals.services.assessing import assess_commitments
from sponsors.renewals.tests.factories import ending, known_sponsor

pytestmark = pytest.mark.django_db

PAGE = "/admin/"


def keys(client):
    return [item.card.key for item in client.get(PAGE).context["cards"]]


def test_each_role_sees_the_cards_it_may_see(signed_in, fundraiser, infrastructure, grants_officer):
    ends = ["ending_without_renewal", "renewals_stuck", "notice_days"]
    commitments = [*ends, "proposals_waiting", "without_owner"]
    decide = ["amendments_undecided", "write_offs_undecided"]
    look_after = ["unapplied_credit", "next_steps_overdue", "documents_unanswered"]
    services = ["services_without_supplier", "services_without_line", "services_silent"]
    gifts = ["valuations_waiting", "valuations_stale", *services]
    risks = ["risk_high", "risk_asks"]
    all_cards = ["reminders_mine", "overdue_installments", *commitments, *decide, *look_after]
    assert keys(signed_in(fundraiser)) == [*all_cards, *gifts, *risks]
    infra_cards = [*all_cards, "anomalies_open", *gifts, "usage_aside", *risks]
    not_theirs = {"write_offs_undecided", "unapplied_credit", "documents_unanswered"}
    assert keys(signed_in(infrastructure)) == [key for key in infra_cards if key not in not_theirs]
    assert keys(signed_in(grants_officer)) == []
    assert "Nothing here is for your role." in signed_in(grants_officer).get(PAGE).content.decode()


def test_a_quiet_day_says_so(signed_in, auditor):
    content = signed_in(auditor).get(PAGE).content.decode()
    assert "Every installment that fell due is paid." in content
    assert "All money received pays something." in content


def test_cards_lead_to_lists_that_show_the_same_rows(signed_in, auditor):
    sponsor = SponsorFactory()
    signed_commitment(sponsor, years=10)
    drafted_commitment(sponsor)
    proposed_amendment(signed_commitment(), ends_before=date(2029, 7, 1))
    agreed = RenewalTerms(notice_days=30, automatically=True, months=12)
    for starts_on in (date(2024, 1, 1), local_today() - timedelta(days=300)):
        signed_commitment(years=1, starts_on=starts_on, renewal=agreed)
    received(SponsorFactory(), 100)
    service("alone")
    Supply.objects.filter(service=service_in_use()).update(line=gift_line(years=1))
    first, second = signed_commitment(years=2).installments.order_by("position")
    written_off(first, 10)
    valuing.submitted(valuing.drafted_gift())
    valuing.more_use(valuing.approved().line)
    waiting = proposed_write_off(second, 20)
    assess_commitments(actor=None, today=local_today())
    client = signed_in(auditor)
    for item in client.get(PAGE).context["cards"]:
        if item.url and item.card.model != "sponsors.interaction":
            assert client.get(item.url).context["cl"].result_count == item.card.count, item.card.key
    (card,) = (item for item in client.get(PAGE).context["cards"] if item.card.key == "write_offs_undecided")
    assert [row.pk for row, _url in card.rows] == [waiting.pk]
    assert [(total.currency, total.amount) for total in card.card.totals] == [("USD", 20)]


def test_usage_that_does_not_count_yet_waits_for_whoever_may_assign_it(signed_in, infrastructure):
    client = signed_in(infrastructure)
    assert "All usage that came in counts." in client.get(PAGE).content.decode()
    waiting = aside("mirror", "mars")
    (item,) = (found for found in client.get(PAGE).context["cards"] if found.card.key == "usage_aside")
    assert [(row.pk, row.label, row.on) for row, _url in item.rows] == [
        (waiting.pk, "mirror in mars", waiting.starts_at.date())
    ]
    assert client.get(item.url).context["cl"].result_count == item.card.count == 1


def test_what_is_most_at_stake_comes_first(signed_in, auditor):
    starts_on = (local_today() - timedelta(days=340)).replace(day=1)
    small, large = (ending(starts_on=starts_on, amount=amount) for amount in (60_000, 80_000))
    later = ending(known_sponsor(), starts_on=local_today(), years=5)
    assess_commitments(actor=None, today=local_today())
    cards = {item.card.key: item.card for item in signed_in(auditor).get(PAGE).context["cards"]}
    assert [row.label.partition(",")[0] for row in cards["risk_high"].rows] == [large.number, small.number]
    assert [row.amount for row in cards["risk_high"].rows] == [80_000, 60_000]
    assert cards["risk_asks"].count == 0
    assert later.number not in str(cards["risk_high"].rows)


def test_the_page_costs_the_same_on_a_busy_day(signed_in, auditor):
    client = signed_in(auditor)

    def fill():
        sponsor = SponsorFactory()
        signed_commitment(sponsor, years=10)
        received(SponsorFactory(), 100)
        return sponsor

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return len(queries)

    fill()
    cost()
    one = cost()
    for _number in range(9):
        fill()
    assert cost() == one


def test_trouble_is_told_to_those_who_look_after_bursar(signed_in, administrator, infrastructure):
    long_ago = timezone.now() - timedelta(hours=1)
    JobRun.objects.create(job="foundation.heartbeat", started_at=long_ago, finished_at=long_ago)
    JobRun.objects.create(job="sponsors.end_commitments", started_at=long_ago, failed_at=long_ago)
    Notice.objects.create(
        kind="test",
        key="k",
        recipient="a@example.org",
        subject="S",
        body_text="T",
        message_id="m",
        state="failed",
    )
    again = Notice.objects.create(
        kind="test",
        key="l",
        recipient="a@example.org",
        subject="S",
        body_text="T",
        message_id="n",
        attempts=3,
    )
    WebhookDelivery.objects.filter(pk=message().pk).update(state="failed")
    content = signed_in(administrator).get(PAGE).content.decode()
    assert "The worker has not been heard of since" in content
    assert "The last run of sponsors.end_commitments failed." in content
    assert "1 notice could not be delivered." in content
    assert "1 notice failed 3 times or more and will be tried again." in content
    assert "1 webhook message could not be delivered." in content
    again.delete()
    assert "tried again" not in signed_in(administrator).get(PAGE).content.decode()
    assert "not been heard of" not in signed_in(infrastructure).get(PAGE).content.decode()


def test_the_sidebar_holds_what_the_role_may_open(signed_in, infrastructure, auditor):
    def titles(user):
        groups = signed_in(user).get(PAGE).context["sidebar_navigation"]
        return {item["title"] for group in groups for item in group["items"]}

    assert "Receipts" in titles(auditor)
    assert "Receipts" not in titles(infrastructure)
    assert "Commitments" in titles(infrastructure)


def test_a_reviewer_has_no_admin_site(signed_in, reviewer):
    assert signed_in(reviewer).get(PAGE).status_code in {302, 403}


def test_the_demonstration_says_what_it_is_on_every_page(signed_in, auditor, settings):
    from config.environment import Mode

    settings.MODE = Mode.DEMO
    content = signed_in(auditor).get(PAGE).content.decode()
    assert "This is a demonstration with made-up data, and the second factor is off. Nothing" in content
