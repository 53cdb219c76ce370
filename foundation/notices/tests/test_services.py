"""Writing notices: once a key, with the transaction, and secret ones forgotten."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation.books.models import Organization
from foundation.notices.models import Notice
from foundation.notices.rules import NoticeNotReady, NoticeState
from foundation.notices.services import (
    NoticeForgotten,
    cancel_notice,
    claim_due,
    retry_notice,
    stop_notices,
)

pytestmark = pytest.mark.django_db


def history(notice):
    return apps.get_model("foundation", "NoticeEvent").objects.filter(pgh_obj=notice).order_by("pgh_id")


def test_same_key_returns_the_first_notice_and_wakes_the_sender_once(
    queue, woken, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        first = queue()
        second = queue(subject="Another subject")
    assert second == first
    assert Notice.objects.get().subject == "Come in"
    assert woken == ["woken"]


def test_a_transaction_that_fails_takes_its_notice_with_it(queue, woken):
    def fail() -> None:
        with transaction.atomic():
            queue()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not Notice.objects.exists()
    assert not woken


def test_text_is_plain_and_html_is_escaped(queue):
    notice = queue()
    assert "Niamh O'Neill" in notice.body_text
    assert "Niamh O&#x27;Neill" in notice.body_html
    assert "http://localhost:8000/account/invitation/secret/" in notice.body_text
    assert "<img" not in notice.body_html


def test_subject_cannot_start_another_header(queue):
    assert queue(subject="Come in\r\nBcc: all@foundation.example").subject == (
        "Come in Bcc: all@foundation.example"
    )


def test_answers_go_to_the_foundation_unless_said_otherwise(queue):
    Organization.objects.update_or_create(pk=1, defaults={"name": "Owl", "contact_email": "hi@owl.example"})
    assert queue().reply_to == "hi@owl.example"
    assert queue("other", reply_to="fred@owl.example").reply_to == "fred@owl.example"


def test_notice_names_the_record_it_is_about(queue, outsider):
    notice = queue(about=outsider)
    assert (notice.subject_type, notice.subject_pk) == ("foundation.user", outsider.pk)


def test_claimed_notice_is_leased_and_not_due_again_until_the_lease_ends(queue):
    queue()
    now = timezone.now() + timedelta(seconds=1)
    assert len(claim_due(limit=10, now=now)) == 1
    assert claim_due(limit=10, now=now + timedelta(minutes=9)) == []
    (again,) = claim_due(limit=10, now=now + timedelta(minutes=10))
    assert again.attempts == 2


def test_claims_take_the_longest_waiting_first_up_to_the_limit(queue):
    now = timezone.now() + timedelta(seconds=1)
    late = queue("late")
    early = queue("early")
    Notice.objects.filter(pk=early.pk).update(next_attempt_at=now - timedelta(hours=1))
    assert claim_due(limit=1, now=now) == [early]
    assert claim_due(limit=1, now=now) == [late]


def test_notice_that_kills_its_senders_is_given_up_and_does_not_hide_the_next(queue):
    now = timezone.now() + timedelta(seconds=1)
    poison = queue("poison", is_secret=True)
    Notice.objects.filter(pk=poison.pk).update(
        state=NoticeState.SENDING, attempts=12, leased_until=now - timedelta(minutes=1)
    )
    good = queue("good")
    assert claim_due(limit=1, now=now) == [good]
    poison.refresh_from_db()
    assert poison.state == NoticeState.FAILED
    assert "cut short" in poison.last_error
    assert poison.body_text == ""


def test_failed_notice_is_sent_again_with_fresh_attempts(queue, finance):
    notice = queue()
    Notice.objects.update(state=NoticeState.FAILED, attempts=12, last_error="550 no such user")
    now = timezone.now()
    retried = retry_notice(actor=finance, notice=notice, now=now)
    retried.refresh_from_db()
    assert (retried.state, retried.attempts, retried.last_error) == (NoticeState.QUEUED, 0, "")
    assert retried.next_attempt_at == now
    events = list(history(retried))
    assert events[-1].pgh_context["action"] == "notice.retry"
    assert events[-1].pgh_context["actor"] == finance.pk


def test_waiting_notice_is_not_retried(queue, finance):
    with pytest.raises(NoticeNotReady, match="this one is waiting"):
        retry_notice(actor=finance, notice=queue(), now=timezone.now())


def test_canceled_notice_is_never_claimed(queue, finance):
    notice = cancel_notice(actor=finance, notice=queue())
    assert notice.state == NoticeState.CANCELED
    assert notice.body_text
    assert claim_due(limit=10, now=timezone.now() + timedelta(days=1)) == []
    with pytest.raises(NoticeNotReady, match="this one is canceled"):
        cancel_notice(actor=finance, notice=notice)


def test_secret_notice_forgets_its_link_when_canceled(queue, finance):
    notice = cancel_notice(actor=finance, notice=queue(is_secret=True))
    notice.refresh_from_db()
    assert notice.body_text == notice.body_html == ""


def test_secret_notice_is_not_sent_again(queue, finance):
    notice = queue(is_secret=True)
    Notice.objects.update(state=NoticeState.FAILED, body_text="", body_html="")
    with pytest.raises(NoticeForgotten, match="Have a new one sent"):
        retry_notice(actor=finance, notice=notice, now=timezone.now())


def test_database_refuses_a_finished_secret_notice_that_keeps_its_text(queue):
    queue(is_secret=True)
    with pytest.raises(IntegrityError, match="secret_notice_is_forgotten"):
        Notice.objects.update(state=NoticeState.FAILED)


def test_history_holds_no_text_of_the_mail(queue):
    event = history(queue()).get()
    assert not {"body_text", "body_html"} & {field.name for field in event._meta.fields}


def test_queueing_names_who_acted(queue, fundraiser):
    assert history(queue(actor=fundraiser)).get().pgh_context["action"] == "notice.queue"


def test_what_waits_is_stopped_and_the_rest_stays(queue):
    waiting, deferred, failed, sent = (queue(key) for key in ("one", "two", "three", "four"))
    Notice.objects.filter(pk=deferred.pk).update(
        attempts=3, next_attempt_at=timezone.now() + timedelta(hours=1)
    )
    Notice.objects.filter(pk=failed.pk).update(state=NoticeState.FAILED)
    Notice.objects.filter(pk=sent.pk).update(state=NoticeState.SENT, sent_at=timezone.now())
    assert stop_notices(actor=None, notices=Notice.objects.all()) == [waiting, deferred]
    assert stop_notices(actor=None, notices=Notice.objects.all()) == []
    states = Notice.objects.order_by("key").values_list("key", "state")
    assert dict(states) == {"one": "canceled", "two": "canceled", "three": "failed", "four": "sent"}
    assert claim_due(limit=9, now=timezone.now() + timedelta(days=1)) == []


def test_a_secret_notice_that_is_stopped_is_forgotten(queue):
    queue(is_secret=True)
    [notice] = stop_notices(actor=None, notices=Notice.objects.all())
    notice.refresh_from_db()
    assert notice.body_text == notice.body_html == ""
