"""Who is told of events over HTTP, and each message to them as a row."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from foundation.audit.models import Record, tracked
from foundation.webhooks.querysets import WebhookDeliveryQuerySet, WebhookEndpointQuerySet
from foundation.webhooks.rules import DeliveryState, EventKind


@tracked(exclude=("secret", "previous_secret"))
class WebhookEndpoint(Record):
    """An address that takes signed messages, such as the one of a chat system. Both secrets are sealed."""

    name = models.CharField(
        max_length=80, unique=True, help_text="Who takes the messages, such as Chat of fundraising."
    )
    url = models.CharField(
        "address",
        max_length=500,
        help_text="Begins with https://. Treat it like a password where it holds a token.",
    )
    kinds = ArrayField(
        models.CharField(max_length=40, choices=EventKind.choices),
        verbose_name="told of",
        help_text="What a message is sent for.",
    )
    is_active = models.BooleanField("on", default=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    secret = models.TextField(editable=False)
    previous_secret = models.TextField(blank=True, editable=False)
    previous_secret_until = models.DateTimeField(
        "secret before signs until", null=True, blank=True, editable=False
    )

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["name"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(condition=~Q(kinds=[]), name="webhook_is_told_something"),
            models.CheckConstraint(
                condition=Q(previous_secret="", previous_secret_until=None)
                | (~Q(previous_secret="") & Q(previous_secret_until__isnull=False)),
                name="webhook_secret_before_has_end",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


@tracked(exclude=("body", "next_attempt_at", "leased_until", "attempts", "last_error"))
class WebhookDelivery(models.Model):
    """One message to one endpoint. `key` says of what and which time, so that none is written twice."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, help_text="What happened, and which time.")
    message_id = models.CharField(max_length=60, unique=True, editable=False)
    text = models.CharField(max_length=500)
    body = models.TextField()

    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    leased_until = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook message"
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("retry_webhookdelivery", "Can send a failed message again or cancel a waiting one")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="webhook_work_to_do",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "kind", "key"], name="webhook_told_once"),
            models.CheckConstraint(
                condition=Q(state="delivered", delivered_at__isnull=False)
                | (~Q(state="delivered") & Q(delivered_at=None)),
                name="delivered_webhook_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", leased_until__isnull=False)
                | (~Q(state="sending") & Q(leased_until=None)),
                name="sending_webhook_is_leased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}, to {self.endpoint}"


class WebhookAttempt(models.Model):
    """One try at delivering a message; without a status nobody answered."""

    delivery = models.ForeignKey(WebhookDelivery, models.PROTECT, related_name="tries")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField("answer", null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = "attempt"
        ordering = ["-started_at", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")),
                name="webhook_try_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return f"Attempt at {timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"
