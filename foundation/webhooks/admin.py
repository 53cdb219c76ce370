"""Who is told of events over HTTP, and every message to them with its attempts."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from foundation.audit.admin import BursarAdmin, BursarTabularInline, OnlyRead, actor_of
from foundation.audit.badges import badge
from foundation.audit.forms import ServiceForm
from foundation.audit.object_actions import ListAction, ObjectAction
from foundation.webhooks import services
from foundation.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from foundation.webhooks.rules import DeliveryAction, DeliveryState, EventKind, may

if TYPE_CHECKING:
    from foundation.people.models import User

_CHANGE = "foundation.change_webhookendpoint"
_RETRY = "foundation.retry_webhookdelivery"
_TONES = {
    DeliveryState.QUEUED: "info",
    DeliveryState.SENDING: "info",
    DeliveryState.DELIVERED: "success",
    DeliveryState.FAILED: "danger",
    DeliveryState.CANCELED: "default",
}
_SHOWN_ONCE = "Copy the secret now and give it to the receiver. It is shown this once: {secret}"


class EndpointForm(ServiceForm):
    kinds = forms.MultipleChoiceField(
        label="Told of", choices=EventKind.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("name", "url", "kinds")


def _test(actor: "User", endpoint: WebhookEndpoint, _data: dict[str, Any]) -> str:
    services.queue_test(actor=actor, endpoint=endpoint)
    return f"A message to {endpoint} waits to be sent. What became of it shows below in a moment."


def _rotate(actor: "User", endpoint: WebhookEndpoint, _data: dict[str, Any]) -> str:
    made = services.rotate_secret(actor=actor, endpoint=endpoint, now=timezone.now())
    return _SHOWN_ONCE.format(secret=made.secret)


def _switch_off(actor: "User", endpoint: WebhookEndpoint, _data: dict[str, Any]) -> str:
    services.switch_off(actor=actor, endpoint=endpoint)
    return f"Nothing is sent to {endpoint} any more."


def _switch_on(actor: "User", endpoint: WebhookEndpoint, _data: dict[str, Any]) -> str:
    services.switch_on(actor=actor, endpoint=endpoint)
    return f"{endpoint} is told again, beginning with what waited."


def _retry(actor: "User", message: WebhookDelivery, _data: dict[str, Any]) -> str:
    services.retry_delivery(actor=actor, message=message, now=timezone.now())
    return "The message waits to be sent again."


def _retry_all(actor: "User", chosen: Sequence[WebhookDelivery], _data: dict[str, Any]) -> str:
    for message in chosen:
        services.retry_delivery(actor=actor, message=message, now=timezone.now())
    return f"Waiting to be sent again: {len(chosen)}."


def _cancel(actor: "User", message: WebhookDelivery, _data: dict[str, Any]) -> str:
    services.cancel_delivery(actor=actor, message=message)
    return "The message will not be sent."


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(BursarAdmin):
    """Administrators decide which programs are told what."""

    form = EndpointForm
    opens_added = True
    add_label = "Add and show the secret"
    empty_list = (
        "Programs that are told what happens here, such as a chat. Add one with its address; it gets a secret with "
        "which it knows that messages come from here."
    )
    list_display = ("name", "host", "told_of", "on")
    search_fields = ("name",)
    search_help_text = "Name"
    readonly_fields = ("on", "created_by", "created_at", "previous_secret_until")
    object_actions: ClassVar[tuple[ObjectAction, ...]] = (
        ObjectAction(
            name="test",
            label="Send a test",
            permission=_CHANGE,
            call=_test,
            available=lambda endpoint: endpoint.is_active,
            description="A message that only says that messages arrive is sent to the address.",
            icon="send",
        ),
        ObjectAction(
            name="rotate-secret",
            label="New secret",
            permission=_CHANGE,
            call=_rotate,
            icon="key",
            description=(
                "The endpoint gets a new secret, which is shown once. For a day messages are signed with both, so "
                "that the receiver can be changed in peace. The one before the present one ends at once."
            ),
        ),
        ObjectAction(
            name="switch-off",
            label="Switch off",
            permission=_CHANGE,
            call=_switch_off,
            available=lambda endpoint: endpoint.is_active,
            icon="pause",
            danger=True,
            description=(
                "Nothing more is sent there. What waits goes on waiting; what happens meanwhile is not told later."
            ),
        ),
        ObjectAction(
            name="switch-on",
            label="Switch on",
            permission=_CHANGE,
            call=_switch_on,
            available=lambda endpoint: not endpoint.is_active,
            icon="play_arrow",
            description="What happens from now on is told, and what waits is sent.",
        ),
    )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return EndpointForm.Meta.fields
        told = ("kinds",) if self.has_change_permission(request, obj) else ("told_of",)
        return ("name", "url", *told, *self.readonly_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("told_of", *super().get_readonly_fields(request, obj))

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> WebhookEndpoint:
        data = {name: form.cleaned_data[name] for name in EndpointForm.Meta.fields}
        if change:
            return services.change_endpoint(actor=actor_of(request), endpoint=obj, **data)
        made = services.add_endpoint(actor=actor_of(request), **data)
        messages.warning(request, _SHOWN_ONCE.format(secret=made.secret))
        return made.endpoint

    @admin.display(description="Host", ordering="url")
    def host(self, endpoint: WebhookEndpoint) -> str:
        return endpoint.host

    @admin.display(description="Told of")
    def told_of(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.kinds)

    @admin.display(description="State", ordering="is_active")
    def on(self, endpoint: WebhookEndpoint) -> SafeString:
        return badge("On", "success") if endpoint.is_active else badge("Off")


class WebhookAttemptInline(BursarTabularInline):
    model = WebhookAttempt
    verbose_name_plural = "attempts"
    fields = readonly_fields = ("started_at", "finished_at", "status", "error")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(OnlyRead):
    """Messages are written by what they tell of, never here."""

    empty_list = (
        "Messages to webhook endpoints. The first appears when something happens that an endpoint is told of, or when "
        "a test is sent from the page of one."
    )
    list_display = ("text", "endpoint", "kind", "state_badge", "created_at", "delivered_at")
    list_select_related = ("endpoint",)
    list_filter = ("state", "kind", "endpoint")
    search_fields = ("text", "message_id")
    search_help_text = "Text or number of the message"
    ordering = ("-created_at", "-pk")
    readonly_fields = (
        "text",
        "endpoint",
        "kind",
        "state_badge",
        "created_at",
        "delivered_at",
        "next_attempt_at",
        "attempts",
        "last_error",
        "message_id",
        "key",
        "body",
    )
    fieldsets = (
        (None, {"fields": readonly_fields[:4]}),
        ("Delivery", {"fields": readonly_fields[4:9]}),
        ("For looking into a delivery", {"fields": readonly_fields[9:], "classes": ("collapse",)}),
    )
    inlines = (WebhookAttemptInline,)
    object_actions: ClassVar[tuple[ObjectAction, ...]] = (
        ObjectAction(
            name="retry",
            label="Send again",
            permission=_RETRY,
            call=_retry,
            available=lambda message: may(message.state, DeliveryAction.RETRY),
            description="The message waits to be sent once more, under the same number.",
            icon="send",
        ),
        ObjectAction(
            name="cancel",
            label="Cancel",
            permission=_RETRY,
            call=_cancel,
            available=lambda message: may(message.state, DeliveryAction.CANCEL),
            description="The message will never be sent. It stays on record.",
            icon="cancel",
            danger=True,
        ),
    )

    list_actions: ClassVar[tuple[ListAction, ...]] = (
        ListAction(
            name="retry-all",
            label="Send again",
            permission=_RETRY,
            call=_retry_all,
            description="The chosen messages wait to be sent once more. All of them must have failed.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        return super().get_queryset(request).defer("body")

    @admin.display(description="State", ordering="state")
    def state_badge(self, message: WebhookDelivery) -> SafeString:
        return badge(str(DeliveryState(message.state).label), _TONES[DeliveryState(message.state)])
