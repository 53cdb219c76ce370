"""API tokens and remembered answers to repeated writes."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from foundation.api.querysets import ApiTokenQuerySet, CallCountQuerySet, IdempotencyRecordQuerySet
from foundation.api.scopes import Scope
from foundation.audit.models import Record, touch, tracked


@tracked(exclude=("digest", "last_used_at"))
class ApiToken(Record):
    """A key for a program. It can do what its scopes name and its owner may, whichever is less."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="api_tokens",
        help_text="Whose permissions the token has.",
    )
    name = models.CharField(max_length=80, help_text="What uses it, such as website or ledger import.")
    prefix = models.CharField(max_length=20, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope.choices))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_tokens_created"
    )
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "API token"
        # Being used is no change of the token: its version (ETag) stays.
        triggers = [touch(ignoring=("last_used_at",))]
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("manage_apitoken", "Can make API tokens for service accounts and revoke anybody's")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(scopes=[]), name="token_has_a_scope"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="token_expires_after_creation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyRecord(models.Model):
    """The answer given to a write with an Idempotency-Key, given again to its repetitions."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    # As it was sent, byte for byte: a JSON column would reorder its keys.
    body = models.TextField(blank=True, default="")
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = IdempotencyRecordQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["created_at"], name="idempotency_age")]
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return self.key


class CallCount(models.Model):
    """How many API calls somebody made in the current minute. Its table is not logged: losing it is harmless."""

    caller = models.CharField(max_length=80, primary_key=True)
    window = models.BigIntegerField(help_text="The minute, counted from 1970.")
    calls = models.PositiveIntegerField()

    objects = CallCountQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.caller
