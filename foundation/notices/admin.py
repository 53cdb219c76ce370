"""Mail that waits, was sent or failed, with every attempt."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst

from foundation.audit.admin import BursarTabularInline, OnlyRead
from foundation.audit.object_actions import ListAction, ObjectAction
from foundation.notices import services
from foundation.notices.models import DeliveryAttempt, Notice
from foundation.notices.rules import NoticeAction, may

if TYPE_CHECKING:
    from foundation.people.models import User

_PERMISSION = "foundation.retry_notice"


def _retry(actor: "User", notice: Notice, _data: dict[str, Any]) -> str:
    services.retry_notice(actor=actor, notice=notice, now=timezone.now())
    return f"“{notice.subject}” waits to be sent again."


def _retry_all(actor: "User", notices: Sequence[Notice], _data: dict[str, Any]) -> str:
    for notice in notices:
        services.retry_notice(actor=actor, notice=notice, now=timezone.now())
    return f"Waiting to be sent again: {len(notices)}."


def _cancel(actor: "User", notice: Notice, _data: dict[str, Any]) -> str:
    services.cancel_notice(actor=actor, notice=notice)
    return f"“{notice.subject}” will not be sent."


class DeliveryAttemptInline(BursarTabularInline):
    model = DeliveryAttempt
    verbose_name_plural = "attempts"
    fields = readonly_fields = ("started_at", "finished_at", "error")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


@admin.register(Notice)
class NoticeAdmin(OnlyRead):
    """Notices are written by what they tell of, never here."""

    empty_list = (
        "Mail that Bursar writes, such as invitations and thanks for payments. The first appears "
        "when one of them is due."
    )
    list_display = ("subject", "recipient", "kind_name", "state", "created_at", "sent_at")
    list_filter = ("state", "kind")
    search_fields = ("recipient", "subject")
    search_help_text = "Recipient or subject"
    ordering = ("-created_at", "-pk")
    readonly_fields = (
        "subject",
        "recipient",
        "reply_to",
        "state",
        "text",
        "attachment",
        "kind_name",
        "about",
        "created_at",
        "sent_at",
        "next_attempt_at",
        "attempts",
        "last_error",
        "message",
        "key",
    )
    fieldsets = (
        (None, {"fields": readonly_fields[:7]}),
        ("Delivery", {"fields": readonly_fields[7:12]}),
        ("For looking into a delivery", {"fields": readonly_fields[12:], "classes": ("collapse",)}),
    )
    inlines = (DeliveryAttemptInline,)
    object_actions: ClassVar[tuple[ObjectAction, ...]] = (
        ObjectAction(
            name="retry",
            label="Send again",
            permission=_PERMISSION,
            call=_retry,
            available=lambda notice: may(notice.state, NoticeAction.RETRY) and not notice.is_secret,
            description="The notice waits to be sent once more, under the same Message-ID.",
            icon="send",
        ),
        ObjectAction(
            name="cancel",
            label="Cancel",
            permission=_PERMISSION,
            call=_cancel,
            available=lambda notice: may(notice.state, NoticeAction.CANCEL),
            description="The notice will never be sent. It stays on record.",
            icon="cancel",
            danger=True,
        ),
    )
    list_actions: ClassVar[tuple[ListAction, ...]] = (
        ListAction(
            name="retry-all",
            label="Send again",
            permission=_PERMISSION,
            call=_retry_all,
            description="The chosen notices wait to be sent once more. All of them must have failed.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).defer("body_text", "body_html")

    @admin.display(description="Kind", ordering="kind")
    def kind_name(self, notice: Notice) -> str:
        return notice.kind.replace("_", " ").capitalize()

    @admin.display(description="Text")
    def text(self, notice: Notice) -> str:
        if notice.is_secret:
            return "Hidden, because it holds a personal link. It is forgotten once the mail has left."
        return notice.body_text

    @admin.display(description="About")
    def about(self, notice: Notice) -> str:
        """Name the record the mail tells of, and lead to its page where there is one."""
        if not notice.subject_type:
            return "—"
        model = apps.get_model(notice.subject_type)
        words = f"{capfirst(str(model._meta.verbose_name))} {notice.subject_pk}"
        if not self.admin_site.is_registered(model):
            return words
        address = reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[notice.subject_pk]
        )
        return format_html('<a class="underline" href="{}">{}</a>', address, words)

    @admin.display(description="Message-ID")
    def message(self, notice: Notice) -> str:
        return notice.message_id or "—"
