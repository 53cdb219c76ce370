"""Sending through a real mail server, with real transactions."""

import threading
from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core.files.storage import default_storage
from django.core.mail import EmailMultiAlternatives
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from foundation.documents.services import keep_document
from foundation.notices import tasks
from foundation.notices.models import DeliveryAttempt, Notice
from foundation.notices.rules import NoticeState
from foundation.notices.services import claim_due, deliver, retry_notice, stop_notices
from foundation.notices.tasks import deliver_notices

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The process dies between the server's answer and the mark."""


def soon():
    return timezone.now() + timedelta(seconds=1)


def test_task_sends_everything_due_with_its_headers(queue, mailbox):
    first = queue("one", reply_to="ada@foundation.example")
    queue("two", recipient="second@foundation.example")
    assert deliver_notices() == 2
    assert {message["To"] for message in mailbox.messages} == {
        "new@foundation.example",
        "second@foundation.example",
    }
    message = next(m for m in mailbox.messages if m["Message-ID"] == first.message_id)
    assert message["Subject"] == "Come in"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] == "ada@foundation.example"
    assert {part.get_content_type() for part in message.walk()} == {
        "multipart/alternative",
        "text/plain",
        "text/html",
    }
    first.refresh_from_db()
    assert first.state == NoticeState.SENT
    assert first.sent_at is not None
    attempt = first.delivery_attempts.get()
    assert attempt.error == ""
    assert attempt.finished_at >= attempt.started_at
    assert deliver_notices() == 0
    assert len(mailbox.messages) == 2


def test_notice_without_html_is_sent_as_text(queue, mailbox):
    queue()
    Notice.objects.update(body_html="")
    deliver_notices()
    assert mailbox.messages[0].get_content_type() == "text/plain"


def test_secret_notice_forgets_its_link_once_sent(queue, mailbox):
    notice = queue(is_secret=True)
    deliver_notices()
    notice.refresh_from_db()
    assert "secret" in mailbox.messages[0].get_body().get_content()
    assert notice.body_text == notice.body_html == ""


def test_attempt_is_on_record_before_the_mail_server_is_called(queue, monkeypatch):
    queue()
    (notice,) = claim_due(limit=1, now=soon())
    seen = []

    def send(message):
        # Another connection sees only what is committed.
        thread = threading.Thread(target=count)
        thread.start()
        thread.join()

    def count():
        seen.append(DeliveryAttempt.objects.count())
        connection.close()

    monkeypatch.setattr(EmailMultiAlternatives, "send", send)
    deliver(notice=notice, now=timezone.now())
    assert seen == [1]


def test_refused_recipient_fails_at_once_and_says_why(queue, mailbox):
    notice = queue()
    mailbox.recipient_answer = "550 no such person here"
    deliver_notices()
    notice.refresh_from_db()
    assert notice.state == NoticeState.FAILED
    assert notice.last_error == "550 no such person here"


def test_refused_content_fails_at_once(queue, mailbox):
    notice = queue(is_secret=True)
    mailbox.data_answer = "554 looks like spam"
    deliver_notices()
    notice.refresh_from_db()
    assert notice.state == NoticeState.FAILED
    assert notice.last_error == "554 looks like spam"
    assert notice.body_text == ""


@pytest.mark.parametrize("answer", ["recipient_answer", "data_answer"])
def test_refusal_for_now_waits_and_then_succeeds(queue, mailbox, answer):
    notice = queue()
    setattr(mailbox, answer, "451 try later")
    deliver_notices()
    notice.refresh_from_db()
    assert notice.state == NoticeState.QUEUED
    wait = notice.next_attempt_at - notice.delivery_attempts.get().finished_at
    assert timedelta(minutes=1) <= wait <= timedelta(minutes=1.2)
    assert deliver_notices() == 0
    setattr(mailbox, answer, "")
    Notice.objects.update(next_attempt_at=timezone.now())
    deliver_notices()
    notice.refresh_from_db()
    assert notice.state == NoticeState.SENT
    assert notice.last_error == ""
    assert notice.delivery_attempts.count() == 2


def test_unreachable_server_is_tried_twelve_times_then_given_up(queue, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    notice = queue()
    for _ in range(12):
        Notice.objects.update(next_attempt_at=timezone.now())
        deliver_notices()
    notice.refresh_from_db()
    assert notice.state == NoticeState.FAILED
    assert notice.last_error.startswith("ConnectionRefusedError")
    assert notice.delivery_attempts.exclude(error="").count() == 12
    assert deliver_notices() == 0


def test_mail_that_cannot_be_built_fails_visibly(queue, mailbox):
    notice = queue()
    Notice.objects.update(message_id="<broken\nheader>")
    deliver_notices()
    notice.refresh_from_db()
    assert notice.state == NoticeState.FAILED
    assert "Not a mail that can be sent" in notice.last_error
    assert not mailbox.messages


def test_connection_cut_during_sending_is_tried_again(queue, monkeypatch):
    notice = queue()

    def cut(_message):
        raise SMTPServerDisconnected("Connection unexpectedly closed")

    monkeypatch.setattr(EmailMultiAlternatives, "send", cut)
    deliver_notices()
    notice.refresh_from_db()
    assert notice.state == NoticeState.QUEUED


def test_two_senders_at_once_send_each_notice_once(queue, mailbox):
    for number in range(10):
        queue(f"n{number}")
    start = threading.Barrier(3)
    tried = []

    def send():
        start.wait()
        try:
            tried.append(deliver_notices())
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(tried) == 10
    assert len({message["Message-ID"] for message in mailbox.messages}) == len(mailbox.messages) == 10


def test_same_key_written_by_two_at_once_is_one_notice(queue):
    start = threading.Barrier(4)
    written = []

    def write():
        start.wait()
        try:
            written.append(queue("the same").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(written) == 4
    assert len(set(written)) == 1


def test_sender_killed_after_sending_leaves_a_lease_and_the_next_uses_the_same_message_id(
    queue, mailbox, monkeypatch
):
    queue()
    (notice,) = claim_due(limit=1, now=soon())
    send = EmailMultiAlternatives.send

    def send_and_die(message):
        send(message)
        raise Killed

    monkeypatch.setattr(EmailMultiAlternatives, "send", send_and_die)
    with pytest.raises(Killed):
        deliver(notice=notice, now=timezone.now())
    monkeypatch.setattr(EmailMultiAlternatives, "send", send)
    notice.refresh_from_db()
    assert notice.state == NoticeState.SENDING
    assert deliver_notices() == 0
    Notice.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert deliver_notices() == 1
    notice.refresh_from_db()
    assert notice.state == NoticeState.SENT
    assert [message["Message-ID"] for message in mailbox.messages] == [notice.message_id] * 2
    assert notice.delivery_attempts.filter(finished_at=None).count() == 1


def test_sender_that_was_overtaken_does_not_overwrite_the_other(queue, mailbox):
    queue()
    (slow,) = claim_due(limit=1, now=soon())
    Notice.objects.update(state=NoticeState.SENT, sent_at=timezone.now(), leased_until=None)
    mailbox.recipient_answer = "550 no such person"
    assert deliver(notice=slow, now=timezone.now()) == NoticeState.SENT
    assert slow.delivery_attempts.get().error == "550 no such person"


def test_delivery_inside_another_transaction_is_refused(queue):
    queue()
    (notice,) = claim_due(limit=1, now=soon())
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        deliver(notice=notice, now=timezone.now())


def test_task_stops_before_its_time_limit(queue, monkeypatch):
    queue()
    monkeypatch.setattr(tasks, "LONGEST_RUN_SECONDS", 0)
    assert deliver_notices() == 0


@pytest.mark.parametrize(
    "problem", [LookupError("unknown encoding: x-none"), TypeError("not text"), RecursionError("too deep")]
)
def test_a_mail_that_breaks_the_program_is_put_off_and_the_others_are_sent(
    queue, mailbox, monkeypatch, problem
):
    broken, good = queue("broken"), queue("good")
    send = EmailMultiAlternatives.send

    def break_down(message):
        if message.extra_headers["Message-ID"] == broken.message_id:
            raise problem
        send(message)

    monkeypatch.setattr(EmailMultiAlternatives, "send", break_down)
    assert deliver_notices() == 2
    broken.refresh_from_db()
    good.refresh_from_db()
    assert good.state == NoticeState.SENT
    assert broken.state == NoticeState.QUEUED
    assert broken.last_error == f"Unexpected: {type(problem).__name__}: {problem}"
    assert broken.delivery_attempts.get().finished_at is not None


def test_a_mail_that_breaks_the_program_every_time_fails_and_can_be_sent_once_that_is_mended(
    queue, mailbox, monkeypatch, administrator
):
    notice = queue()
    with monkeypatch.context() as broken:

        def break_down(**_arguments):
            raise KeyError("before the attempt is written")

        broken.setattr(tasks, "deliver", break_down)
        for _ in range(12):
            Notice.objects.update(next_attempt_at=timezone.now())
            deliver_notices()
    notice.refresh_from_db()
    assert notice.state == NoticeState.FAILED
    assert notice.delivery_attempts.exclude(error="").count() == 12
    retry_notice(actor=administrator, notice=notice, now=timezone.now())
    deliver_notices()
    assert [message["Message-ID"] for message in mailbox.messages] == [notice.message_id]


def test_without_a_database_the_lease_is_left_to_run_out(queue, monkeypatch):
    queue()

    def away(**_arguments):
        raise DatabaseError("gone")

    monkeypatch.setattr(tasks, "deliver", away)
    with pytest.raises(DatabaseError):
        deliver_notices()
    assert Notice.objects.get().state == NoticeState.SENDING


def test_a_lease_is_as_long_as_the_setting_says(queue, settings):
    settings.DELIVERY_LEASE = timedelta(seconds=7)
    queue()
    now = soon()
    (claimed,) = claim_due(limit=1, now=now)
    assert claimed.leased_until == now + timedelta(seconds=7)


def test_only_those_asked_for_are_claimed(queue):
    queue("one")
    other = queue("two", kind="job_silent")
    claimed = claim_due(limit=9, now=soon(), among=Notice.objects.filter(kind="job_silent"))
    assert claimed == [other]


@pytest.mark.parametrize("problem", [OperationalError("no broker"), PermissionError("folder")])
def test_missing_broker_does_not_break_the_request(monkeypatch, problem):
    def refuse(**_options):
        raise problem

    monkeypatch.setattr(deliver_notices, "apply_async", refuse)
    tasks.wake_sender()


def test_attached_document_is_sent_and_its_loss_is_told(queue, mailbox):
    document = keep_document(actor=None, title="Invoice INV-2026-0001", content=b"%PDF-1.7 whole")
    queue("one", attachment=document)
    assert deliver_notices() == 1
    (attached,) = mailbox.messages[0].iter_attachments()
    assert attached.get_filename() == "Invoice-INV-2026-0001.pdf"
    assert attached.get_content() == b"%PDF-1.7 whole"
    lost = queue("two", attachment=document)
    default_storage.delete(str(document.file.name))
    deliver_notices()
    lost.refresh_from_db()
    assert lost.state == NoticeState.FAILED
    assert "missing or was altered" in lost.last_error
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize(("answer", "state"), [("", NoticeState.SENT), ("451 later", NoticeState.CANCELED)])
def test_what_is_stopped_while_it_is_sent_is_sent_or_never_tried_again(queue, mailbox, answer, state):
    queue()
    (claimed,) = claim_due(limit=1, now=soon())
    stop_notices(actor=None, notices=Notice.objects.all())
    mailbox.recipient_answer = answer
    assert deliver(notice=claimed, now=timezone.now()) == state
    notice = Notice.objects.get()
    assert (notice.state, notice.leased_until) == (state, None)
    assert notice.last_error == answer
    assert bool(mailbox.messages) == (state == NoticeState.SENT)
    assert claim_due(limit=9, now=timezone.now() + timedelta(days=1)) == []
