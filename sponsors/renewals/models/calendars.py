"""Addresses under which a person's calendar program reads what ends and falls due."""

from django.conf import settings
from django.db import models

from foundation.audit.models import Record, touch, tracked
from sponsors.renewals.querysets import CalendarFeedQuerySet


@tracked(exclude=("digest", "last_used_at"))
class CalendarFeed(Record):
    """A secret address of a person's calendar, shown once, kept as a digest, and revocable."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="calendar_feeds")
    name = models.CharField(max_length=80, help_text="Which program or device uses it.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = "calendar address"
        verbose_name_plural = "calendar addresses"
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        permissions = [("manage_calendarfeed", "Can see and revoke anybody's calendar addresses")]
        triggers = [touch(ignoring=("last_used_at",))]

    def __str__(self) -> str:
        return self.name
