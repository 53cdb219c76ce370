"""Writing mail in the transaction it tells of, and sending it later, once."""

import random
import smtplib
from collections.abc import Mapping
from datetime import datetime
from email.errors import MessageError
from email.utils import make_msgid, parseaddr
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from foundation.audit.actions import action
from foundation.books.selectors import current_organization
from foundation.documents.models import Document
from foundation.documents.services import DocumentDamaged, content_of, file_name
from foundation.errors import Conflict
from foundation.notices.models import DeliveryAttempt, Notice
from foundation.notices.querysets import NoticeQuerySet
from foundation.notices.rules import (
    MAX_ATTEMPTS,
    NoticeAction,
    NoticeState,
    may,
    next_state,
    retry_delay,
)

if TYPE_CHECKING:
    from foundation.people.models import User

log = structlog.get_logger(__name__)

_REFUSED_FOR_GOOD = range(500, 600)
_FORGOTTEN = ("body_text", "body_html")


class NoticeForgotten(Conflict):
    """The notice held a personal link, which is no longer kept."""

    code = "notice_forgotten"


@action("notice.queue")
def queue_notice(
    *,
    actor: "User | None",  # recorded by @action
    kind: str,
    key: str,
    recipient: str,
    subject: str,
    template: str,
    context: Mapping[str, Any],
    about: models.Model | None = None,
    reply_to: str = "",
    is_secret: bool = False,
    attachment: Document | None = None,
) -> Notice:
    """Write a mail in the caller's transaction; it leaves after that commits.

    `key` names what, whom and which step: a notice with the same key is returned as it is and
    nothing is written. `template` is the name of templates/notices/<template>.txt and .html.
    `is_secret` is for mail with a personal link: nobody can read its text in the admin site, and
    the text is forgotten once the mail is sent, canceled or given up.
    """
    organization = current_organization()
    filled = {
        **context,
        "organization": organization,
        "base_url": settings.BASE_URL,
        "subject": subject,
        "recipient": recipient,
    }
    notice = Notice(
        kind=kind,
        key=key,
        recipient=recipient,
        reply_to=reply_to or organization.contact_email,
        # A line break would start another header.
        subject=" ".join(subject.split()),
        body_text=render_to_string(f"notices/{template}.txt", filled).strip() + "\n",
        body_html=render_to_string(f"notices/{template}.html", filled).strip() + "\n",
        message_id=make_msgid(domain=_sender_domain()),
        is_secret=is_secret,
        attachment=attachment,
        subject_type=about._meta.label_lower if about else "",
        subject_pk=about.pk if about else None,
    )
    # A concurrent writer of the same key is waited for by the unique index, then found below.
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    kept = Notice.objects.get(key=key)
    if kept.message_id == notice.message_id:
        transaction.on_commit(_wake_sender)
    return kept


def claim_due(*, limit: int, now: datetime, among: NoticeQuerySet | None = None) -> list[Notice]:
    """Take up to `limit` due notices for sending, of all or of `among`; two senders never take the same one.

    A notice whose senders died each time is given up after the last attempt.
    """
    notices = Notice.objects.all() if among is None else among
    with transaction.atomic():
        due = notices.due(now).select_for_update(skip_locked=True).order_by("next_attempt_at", "pk")
        for worn_out in due.filter(attempts__gte=MAX_ATTEMPTS)[:limit]:
            _give_up(worn_out, "Every attempt was cut short before the mail server answered.")
        claimed = list(due.filter(attempts__lt=MAX_ATTEMPTS)[:limit])
        for notice in claimed:
            notice.state = next_state(notice.state, NoticeAction.CLAIM)
            notice.leased_until = now + settings.DELIVERY_LEASE
            notice.attempts += 1
            notice.save(update_fields=["state", "leased_until", "attempts"])
    return claimed


def deliver(*, notice: Notice, now: datetime) -> NoticeState:
    """Send a claimed notice and return the state it is in now.

    The attempt is committed before the mail server is called, so it must not run inside another
    transaction. Dying after the server took the mail leaves the notice leased; the next sender
    uses the same Message-ID, by which mail programs show the two as one.
    """
    with transaction.atomic(durable=True):
        attempt = DeliveryAttempt.objects.create(notice=notice, started_at=now)
    try:
        _message(notice).send()
    except smtplib.SMTPRecipientsRefused as refusal:
        code, text = next(iter(refusal.recipients.values()))
        return _failed(notice, attempt, _answer(code, text), for_good=code in _REFUSED_FOR_GOOD)
    except smtplib.SMTPDataError as refusal:
        sentence = _answer(refusal.smtp_code, refusal.smtp_error)
        return _failed(notice, attempt, sentence, for_good=refusal.smtp_code in _REFUSED_FOR_GOOD)
    except (ValueError, MessageError) as problem:
        return _failed(notice, attempt, f"Not a mail that can be sent: {problem}", for_good=True)
    except DocumentDamaged as problem:
        return _failed(notice, attempt, problem.message, for_good=True)
    except OSError as problem:
        # Every SMTPException is an OSError too: no connection, wrong sign-in, refused for now.
        return _failed(notice, attempt, f"{type(problem).__name__}: {problem}", for_good=False)
    return _finish(notice, attempt, NoticeAction.DELIVER, error="")


def put_off(*, notice: Notice, problem: Exception) -> NoticeState:
    """Write that delivering a claimed notice came upon something nobody thought of; return its state.

    It is tried again like one that was refused for now, since what was wrong may be mended meanwhile, and
    ends as failed like that one.
    """
    attempt = notice.delivery_attempts.filter(finished_at=None).first()
    if attempt is None:
        attempt = DeliveryAttempt.objects.create(notice=notice, started_at=timezone.now())
    return _failed(notice, attempt, f"Unexpected: {type(problem).__name__}: {problem}", for_good=False)


@action("notice.retry")
def retry_notice(
    *,
    actor: "User",  # recorded by @action
    notice: Notice,
    now: datetime,
) -> Notice:
    """Queue a failed notice again with a fresh set of attempts.

    Raises NoticeNotReady unless it failed, NoticeForgotten when it held a personal link.
    """
    locked = Notice.objects.select_for_update().get(pk=notice.pk)
    locked.state = next_state(locked.state, NoticeAction.RETRY)
    if locked.is_secret:
        msg = "This mail held a personal link, which was forgotten when it failed. Have a new one sent."
        raise NoticeForgotten(msg)
    locked.attempts = 0
    locked.next_attempt_at = now
    locked.last_error = ""
    locked.save(update_fields=["state", "attempts", "next_attempt_at", "last_error"])
    transaction.on_commit(_wake_sender)
    return locked


@action("notice.cancel")
def cancel_notice(
    *,
    actor: "User",  # recorded by @action
    notice: Notice,
) -> Notice:
    """Keep a waiting notice from being sent. Raises NoticeNotReady unless it is waiting."""
    locked = Notice.objects.select_for_update().get(pk=notice.pk)
    locked.state = next_state(locked.state, NoticeAction.CANCEL)
    locked.save(update_fields=["state", *_forget(locked)])
    return locked


@action("notice.stop")
def stop_notices(
    *,
    actor: "User | None",  # recorded by @action
    notices: NoticeQuerySet,
) -> list[Notice]:
    """Keep those of the notices that wait from being sent, in the caller's transaction, and return them.

    One that is being sent at this moment is not tried again; should the mail server take it all the
    same, it counts as sent. The others stay as they are.
    """
    stoppable = [state for state in NoticeState if may(state, NoticeAction.STOP)]
    locked = list(notices.filter(state__in=stoppable).select_for_update(of=("self",)).order_by("pk"))
    for notice in locked:
        notice.state = next_state(notice.state, NoticeAction.STOP)
        notice.save(update_fields=["state", *_forget(notice)])
    return locked


def _forget(notice: Notice) -> list[str]:
    """Take the text out of a notice with a personal link; return the fields to save."""
    if not notice.is_secret:
        return []
    notice.body_text = notice.body_html = ""
    return list(_FORGOTTEN)


def _message(notice: Notice) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=notice.subject,
        body=notice.body_text,
        to=[notice.recipient],
        reply_to=[notice.reply_to] if notice.reply_to else None,
        headers={"Message-ID": notice.message_id, "Auto-Submitted": "auto-generated"},
    )
    if notice.body_html:
        message.attach_alternative(notice.body_html, "text/html")
    if notice.attachment is not None:
        message.attach(file_name(notice.attachment), content_of(notice.attachment), "application/pdf")
    return message


def _failed(notice: Notice, attempt: DeliveryAttempt, error: str, *, for_good: bool) -> NoticeState:
    given_up = for_good or notice.attempts >= MAX_ATTEMPTS
    log.warning("notice not delivered", notice=notice.pk, attempt=notice.attempts, given_up=given_up)
    return _finish(notice, attempt, NoticeAction.FAIL if given_up else NoticeAction.DEFER, error=error)


def _finish(notice: Notice, attempt: DeliveryAttempt, step: NoticeAction, *, error: str) -> NoticeState:
    """Write the outcome, unless the lease ran out and another sender has the notice now.

    Of a notice that was stopped meanwhile only a delivery changes the state.
    """
    finished = max(timezone.now(), attempt.started_at)
    with transaction.atomic():
        DeliveryAttempt.objects.filter(pk=attempt.pk).update(finished_at=finished, error=error)
        locked = Notice.objects.select_for_update().get(pk=notice.pk)
        stopped = locked.state == NoticeState.CANCELED
        ours = stopped or locked.state == NoticeState.SENDING
        if not ours or locked.leased_until != notice.leased_until:
            return NoticeState(locked.state)
        if stopped and step is not NoticeAction.DELIVER:
            locked.leased_until = None
            locked.last_error = error
            locked.save(update_fields=["leased_until", "last_error"])
            return NoticeState.CANCELED
        if step is NoticeAction.FAIL:
            _give_up(locked, error)
            return NoticeState.FAILED
        locked.state = next_state(locked.state, step)
        locked.leased_until = None
        locked.last_error = error
        fields = ["state", "leased_until", "last_error"]
        if step is NoticeAction.DELIVER:
            locked.sent_at = finished
            fields += ["sent_at", *_forget(locked)]
        else:
            # Spreads load, guards nothing: a plain random number is enough.
            jitter = random.random()  # noqa: S311
            locked.next_attempt_at = finished + retry_delay(locked.attempts, jitter)
            fields.append("next_attempt_at")
        locked.save(update_fields=fields)
    return NoticeState(locked.state)


def _give_up(locked: Notice, error: str) -> None:
    locked.state = next_state(locked.state, NoticeAction.FAIL)
    locked.leased_until = None
    locked.last_error = error
    if locked.is_secret:
        locked.body_text = locked.body_html = ""
    locked.save(update_fields=["state", "leased_until", "last_error", *_FORGOTTEN])


def _answer(code: int, text: bytes | str) -> str:
    shown = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {shown}"


def _sender_domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _wake_sender() -> None:
    from foundation.notices.tasks import wake_sender

    wake_sender()
