"""The page of notices: text, attempts, sending again; personal links hidden."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.notices.models import DeliveryAttempt, Notice
from foundation.notices.rules import NoticeState

pytestmark = pytest.mark.django_db
NOTICES = "/admin/foundation/notice/"


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.fixture
def failed(queue):
    notice = queue("failed")
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.FAILED, attempts=12, last_error="550 no")
    DeliveryAttempt.objects.create(notice=notice, started_at=timezone.now(), error="550 no such person")
    return notice


def test_notice_shows_its_text_and_attempts(signed_in, finance, failed):
    page = text(signed_in(finance).get(f"{NOTICES}{failed.pk}/change/"))
    assert "invites you to" in page
    assert "550 no such person" in page
    assert "do/retry/" in page
    assert "do/cancel/" not in page


def test_personal_link_is_shown_to_nobody(signed_in, administrator, queue):
    notice = queue(is_secret=True, about=administrator)
    page = text(signed_in(administrator).get(f"{NOTICES}{notice.pk}/change/"))
    assert "Hidden, because it holds a personal link" in page
    assert "invitation/secret" not in page
    assert f"/admin/foundation/user/{administrator.pk}/change/" in page
    assert f"User {administrator.pk}" in page
    history = text(signed_in(administrator).get(f"{NOTICES}{notice.pk}/history/"))
    assert "invitation/secret" not in history


def test_failed_secret_notice_offers_no_second_try(signed_in, administrator, queue):
    notice = queue(is_secret=True)
    Notice.objects.update(state=NoticeState.FAILED, body_text="", body_html="")
    assert "do/retry/" not in text(signed_in(administrator).get(f"{NOTICES}{notice.pk}/change/"))


def test_failed_notice_is_sent_again(signed_in, fundraiser, failed):
    page = signed_in(fundraiser).post(f"{NOTICES}{failed.pk}/do/retry/", follow=True)
    assert "waits to be sent again" in text(page)
    failed.refresh_from_db()
    assert failed.state == NoticeState.QUEUED


def test_waiting_notice_is_canceled(signed_in, finance, queue):
    notice = queue()
    page = signed_in(finance).post(f"{NOTICES}{notice.pk}/do/cancel/", follow=True)
    assert "will not be sent" in text(page)
    notice.refresh_from_db()
    assert notice.state == NoticeState.CANCELED


def test_chosen_notices_are_sent_again_all_or_none(signed_in, finance, failed, queue):
    client = signed_in(finance)
    waiting = queue("waiting")
    choice = {"action": "retry-all", "_selected_action": [failed.pk, waiting.pk], "confirmed": "1"}
    assert "Only a failed notice can be sent again" in text(client.post(NOTICES, choice))
    failed.refresh_from_db()
    assert failed.state == NoticeState.FAILED
    client.post(NOTICES, choice | {"_selected_action": [failed.pk]})
    failed.refresh_from_db()
    assert failed.state == NoticeState.QUEUED


def test_auditor_looks_and_sends_nothing(signed_in, auditor, failed):
    client = signed_in(auditor)
    assert "/do/" not in text(client.get(f"{NOTICES}{failed.pk}/change/"))
    assert client.post(f"{NOTICES}{failed.pk}/do/retry/").status_code == 403


@pytest.mark.parametrize("fixture", ["infrastructure", "grants_officer", "reviewer"])
def test_other_roles_see_no_mail(request, signed_in, fixture, failed):
    assert signed_in(request.getfixturevalue(fixture)).get(NOTICES).status_code in {302, 403}


def test_mail_is_not_written_changed_or_deleted_here(signed_in, administrator, failed):
    client = signed_in(administrator)
    assert client.get(f"{NOTICES}add/").status_code == 403
    assert client.post(f"{NOTICES}{failed.pk}/change/", {"subject": "x"}).status_code == 403
    assert client.post(f"{NOTICES}{failed.pk}/delete/").status_code == 403


def test_list_costs_the_same_for_one_and_for_ten(signed_in, finance, queue):
    client = signed_in(finance)

    def cost():
        text(client.get(NOTICES))
        with CaptureQueriesContext(connection) as counted:
            text(client.get(NOTICES))
        return len(counted)

    queue("first")
    before = cost()
    for number in range(9):
        queue(f"more {number}")
    assert cost() == before


def test_names_of_rows_say_what_they_are(failed):
    assert str(failed) == "Come in, to new@foundation.example"
    assert str(failed.delivery_attempts.get()).startswith("Attempt at ")
