"""Outbound mail as rows: written with the change it tells of, delivered later, once."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from foundation.audit.models import tracked
from foundation.documents.models import Document
from foundation.notices.querysets import NoticeQuerySet
from foundation.notices.rules import NoticeState


@tracked(exclude=("body_text", "body_html", "next_attempt_at", "leased_until", "attempts", "last_error"))
class Notice(models.Model):
    """One mail to one address. `key` says what, whom and which step, so that none is written twice."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True, help_text="What, whom and which step.")
    recipient = models.EmailField()
    reply_to = models.EmailField(blank=True)
    subject = models.CharField(max_length=200)
    body_text = models.TextField()
    body_html = models.TextField(blank=True)
    message_id = models.CharField(max_length=200, unique=True, editable=False)
    is_secret = models.BooleanField(
        "holds a personal link",
        default=False,
        help_text="Its text is shown to nobody and is forgotten once the mail has left.",
    )
    attachment = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", help_text="Sent with the mail."
    )
    subject_type = models.CharField(
        "about a", max_length=60, blank=True, help_text="Such as sponsors.receipt."
    )
    subject_pk = models.BigIntegerField("record number", null=True, blank=True)

    state = models.CharField(max_length=10, choices=NoticeState.choices, default=NoticeState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("retry_notice", "Can send a failed notice again or cancel a waiting one")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="notice_work_to_do",
            ),
            models.Index(fields=["subject_type", "subject_pk"], name="notice_subject"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at=None)),
                name="sent_notice_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", leased_until__isnull=False) | ~Q(state="sending"),
                name="sending_notice_is_leased",
            ),
            models.CheckConstraint(
                condition=Q(is_secret=False)
                | Q(state__in=["queued", "sending"])
                | Q(body_text="", body_html=""),
                name="secret_notice_is_forgotten",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}, to {self.recipient}"


class DeliveryAttempt(models.Model):
    """One try at delivering a notice."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="delivery_attempts")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
                name="attempt_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"Attempt at {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"
