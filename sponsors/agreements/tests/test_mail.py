"""What becomes of the mail of a version that no longer counts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.notices.models import Notice
from foundation.notices.services import claim_due
from sponsors.agreements.selectors import StoppedMail, mail_of, stopped_mail
from sponsors.agreements.services import begin_version
from sponsors.agreements.tests.factories import TODAY, sent, signed, template, voided
from sponsors.commitments.tests.factories import colleague
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=1)


def anew(version):
    return begin_version(actor=colleague(), document=version.document, today=LATER, template=template())


def test_voiding_stops_the_mail_that_waits_and_no_other():
    other = sent()
    version = sent()
    sent(version, on=LATER)
    Notice.objects.filter(pk=mail_of(version).order_by("pk")[0].pk).update(
        state="sent", sent_at=timezone.now()
    )
    voided(version, on=LATER)
    assert sorted(mail_of(version).values_list("state", flat=True)) == ["canceled", "sent"]
    assert mail_of(other).get().state == "queued"
    assert stopped_mail(version.document) == {
        version.pk: [StoppedMail(version.sent_address, is_leaving=False)]
    }


def test_a_new_version_stops_the_mail_of_the_one_it_replaces():
    version = sent()
    again = sent(anew(version))
    assert mail_of(version).get().state == "canceled"
    assert mail_of(again).get().state == "queued"
    assert stopped_mail(version.document)[again.pk] == []


def test_mail_that_is_being_sent_may_arrive():
    version = sent()
    claim_due(limit=1, now=timezone.now())
    voided(version)
    assert stopped_mail(version.document)[version.pk] == [StoppedMail(version.sent_address, is_leaving=True)]


def test_a_refused_voiding_stops_no_mail():
    version = signed(sent())
    with refused("cannot be voided as unsigned", field="state"):
        voided(version)
    assert mail_of(version).get().state == "queued"


@pytest.fixture
def client(signed_in, fundraiser, monkeypatch):
    monkeypatch.setattr("sponsors.agreements.admin.documents.local_today", lambda: TODAY)
    return signed_in(fundraiser)


def text_of(response):
    return " ".join(response.content.decode().split())


def page_of(version, rest="change/"):
    return f"/admin/sponsors/commitmentdocument/{version.document_id}/{rest}"


def test_the_page_says_which_mail_was_stopped(client):
    version = sent()
    address = version.sent_address
    assert f"(mailed to {address})" in text_of(client.get(page_of(version)))
    assert "Mail of it that has not left is not sent" in text_of(client.get(page_of(version, "do/void/")))
    posted = {"version": version.pk, "reason": "Other terms."}
    page = text_of(client.post(page_of(version, "do/void/"), posted, follow=True))
    assert f"Version 1 is voided. Its mail to {address} had not left and is not sent. A new one" in page
    assert f"(the mail to {address} was stopped before it left)" in page


def test_the_page_says_which_mail_may_arrive_all_the_same(client):
    version = sent()
    claim_due(limit=1, now=timezone.now())
    posted = {"template": template().pk}
    page = text_of(client.post(page_of(version, "do/new-version/"), posted, follow=True))
    assert "Version 1 is voided. Its mail to" in page
    assert "was just being sent and may arrive." in page
    assert "was stopped while it was being sent)" in page


def test_the_page_of_what_was_never_mailed_says_nothing_of_mail(client):
    version = sent(means="post")
    posted = {"version": version.pk, "reason": "Other terms."}
    page = text_of(client.post(page_of(version, "do/void/"), posted, follow=True))
    assert "Version 1 is voided. A new one can begin at any time." in page
