"""What left its own range: the numbers in words, and what somebody says it was."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter

from foundation.audit.admin import ObjectLink, OnlyRead
from foundation.audit.badges import badge
from foundation.audit.forms import ActionForm
from foundation.audit.object_actions import ObjectAction
from foundation.exports.pages import ExportingAdmin
from foundation.people.models import User
from sponsors.inkind.admin.exports import AnomalyResource
from sponsors.inkind.models import Anomaly
from sponsors.inkind.rules import AnomalyAction, AnomalyKind, AnomalyState, anomaly_may
from sponsors.inkind.rules.anomalies import THRESHOLDS, Severity
from sponsors.inkind.rules.wording import times_in_words
from sponsors.inkind.selectors.traffic import Step
from sponsors.inkind.services import watch

Data = dict[str, Any]
_DAYS_AROUND = timedelta(days=14)
_HOURS_AROUND = timedelta(days=7)
_TONES = {AnomalyState.OPEN: "warning", AnomalyState.EXPLAINED: "info", AnomalyState.CLOSED: "default"}
_SEVERITIES = {Severity.NOTABLE: "default", Severity.SERIOUS: "warning", Severity.EXTREME: "danger"}


class ExplanationForm(ActionForm):
    explanation = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A sentence or two for the colleague who looks at it next year.",
    )


class CloseForm(ExplanationForm):
    """What was explained already needs no second explanation."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["explanation"]
        field.required = isinstance(self.obj, Anomaly) and not self.obj.explanation


def _explain(actor: User, anomaly: Anomaly, data: Data) -> str:
    watch.explain_anomaly(actor=actor, anomaly=anomaly, **data)
    return f"{anomaly} is explained."


def _close(actor: User, anomaly: Anomaly, data: Data) -> str:
    watch.close_anomaly(actor=actor, anomaly=anomaly, **data)
    return f"{anomaly} is closed."


def _reopen(actor: User, anomaly: Anomaly, data: Data) -> str:
    watch.reopen_anomaly(actor=actor, anomaly=anomaly, **data)
    return f"{anomaly} is open again."


def _may(step: AnomalyAction) -> Any:
    return lambda anomaly: anomaly_may(anomaly.state, step)


@admin.register(Anomaly)
class AnomalyAdmin(OnlyRead, ExportingAdmin):
    """Found by the watch alone; people say what it was."""

    empty_list = (
        "Once a day every service is compared with its own past: requests and bytes by hour and weekday, hit ratio "
        "and errors by day. What is far out of its range stands here."
    )
    export_resource = AnomalyResource
    object_actions = (
        ObjectAction(
            name="explain",
            label="Explain",
            permission="sponsors.explain_anomaly",
            call=_explain,
            form_class=ExplanationForm,
            available=_may(AnomalyAction.EXPLAIN),
            initial=lambda anomaly: {"explanation": anomaly.explanation},
            icon="edit_note",
            description=lambda anomaly: (
                f"{anomaly.sentence} Say what it was; it no longer waits on the first page."
            ),
        ),
        ObjectAction(
            name="close",
            # “Close” alone leads back to the list, at the foot of the page.
            label="Close anomaly",
            permission="sponsors.explain_anomaly",
            call=_close,
            form_class=CloseForm,
            available=_may(AnomalyAction.CLOSE),
            icon="check",
            description=lambda anomaly: (
                f"It is over. The explanation stays: “{anomaly.explanation}” Write another to replace it."
                if anomaly.explanation
                else f"{anomaly.sentence} Say what it was, and that it is over."
            ),
        ),
        ObjectAction(
            name="reopen",
            label="Open again",
            permission="sponsors.explain_anomaly",
            call=_reopen,
            form_class=ExplanationForm,
            available=_may(AnomalyAction.REOPEN),
            icon="undo",
            description="It waits on the first page again. Say why.",
        ),
    )
    summary_template = "admin/inkind/anomaly.html"
    list_display = ("day", "service", "sentence", "severity_badge", "state_badge")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("service", RelatedDropdownFilter),
        ("day", RangeDateFilter),
    )
    list_select_related = ("service",)
    search_fields = ("service__name", "explanation")
    search_help_text = "Service or explanation"
    ordering = ("-day", "-pk")
    readonly_fields = ("when", "severity_badge", "state_badge")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        shown = (
            ("service", "kind"),
            ("when", "severity_badge"),
            "state_badge",
            "explanation",
            ("explained_by", "told_at"),
        )
        return ((None, {"fields": shown}),)

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.select_related("service", "explained_by")

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, str]:
        del request
        return {
            "off": times_in_words(abs(obj.score)),
            "side": "above" if obj.score > 0 else "below",
            "threshold": times_in_words(THRESHOLDS[AnomalyKind(obj.kind)].score),
        }

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        return [ObjectLink("Service around that day", service_around(obj), "monitoring")]

    @admin.display(description="What was seen", ordering="kind")
    def sentence(self, anomaly: Anomaly) -> str:
        return anomaly.sentence

    @admin.display(description="When")
    def when(self, anomaly: Anomaly) -> str:
        hour = "" if anomaly.hour is None else f", worst at {anomaly.hour:02}:00"
        return f"{anomaly.day}{hour} UTC"

    @admin.display(description="Severity")
    def severity_badge(self, anomaly: Anomaly) -> SafeString:
        return badge(str(anomaly.severity.label), _SEVERITIES[anomaly.severity])

    @admin.display(description="State", ordering="state")
    def state_badge(self, anomaly: Anomaly) -> SafeString:
        return badge(str(AnomalyState(anomaly.state).label), _TONES[AnomalyState(anomaly.state)])


def service_around(anomaly: Anomaly) -> str:
    """Return the address of the service's dashboard by day or hour, as it was seen, before and after."""
    step, side = (Step.DAY, _DAYS_AROUND) if anomaly.hour is None else (Step.HOUR, _HOURS_AROUND)
    around = {
        "first": anomaly.day - side,
        "last": anomaly.day + side,
        "by": step.value,
        "measure": "delivered",
    }
    return f"{reverse('admin:sponsors_service_dashboard', args=[anomaly.service_id])}?{urlencode(around)}"
