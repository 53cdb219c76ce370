"""Ladders of reminders and the settings of renewals, written by staff; and which commitment has which ladder."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.widgets import UnfoldAdminTextInputWidget

from foundation.audit.admin import BursarAdmin, BursarTabularInline, OnlyRead, actor_of, become
from foundation.audit.badges import badge
from foundation.audit.forms import ActionForm, AmountInput, ServiceForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.selectors import current_organization, local_today
from foundation.people.models import User
from sponsors.commitments import cells as money_cells
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import State
from sponsors.renewals.models import ReminderOverride, ReminderPolicy, ReminderRung, RenewalSettings
from sponsors.renewals.rules.ladder import Anchor, Need, Rung
from sponsors.renewals.selectors.people import ANSWER
from sponsors.renewals.services import reminder_policies as services
from sponsors.renewals.services.settings import change_renewal_settings

Data = dict[str, Any]
_CHANGE = "sponsors.change_reminderpolicy"
_OVERRIDE = "sponsors.change_reminderoverride"
_OPEN = frozenset({State.SIGNED, State.ENDED})


class RungForm(ServiceForm):
    class Meta:
        model = ReminderRung
        fields = ("anchor", "days", "need", "response_days")


class RungInline(BursarTabularInline):
    model = ReminderRung
    form = RungForm
    verbose_name = "step"
    verbose_name_plural = "Steps"
    fields = ("anchor", "days", "need", "response_days")
    ordering = ("anchor", "days")

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        user = actor_of(request)
        return user.has_perm(_CHANGE if obj else "sponsors.add_reminderpolicy")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del obj
        return actor_of(request).has_perm("sponsors.view_reminderpolicy")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, obj)

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        del request, kwargs
        return 0 if obj else 3


class ReminderPolicyForm(ServiceForm):
    class Meta:
        model = ReminderPolicy
        fields = ("name", "long_from_months", "last_window_days")


def _use(actor: User, policy: ReminderPolicy, _data: Data) -> str:
    services.use_reminder_policy(actor=actor, policy=policy)
    return f"“{policy}” is the ladder of every commitment for which no other was chosen."


def _delete(actor: User, policy: ReminderPolicy, _data: Data) -> Outcome:
    name = str(policy)
    services.delete_reminder_policy(actor=actor, policy=policy)
    return Outcome(message=f"“{name}” is deleted.", to_list=True)


@admin.register(ReminderPolicy)
class ReminderPolicyAdmin(BursarAdmin):
    """A ladder with its steps. What was taken by a ladder stays when it changes."""

    opens_added = True
    empty_list = (
        "Ladders of reminders: how many days before and after its end people are told of a commitment."
    )
    form = ReminderPolicyForm
    inlines = (RungInline,)
    history_children = ("rungs",)
    list_display = ("name", "standing", "steps", "long_from_months", "last_window_days")
    fields = (("name",), ("long_from_months", "last_window_days"))
    object_actions = (
        ObjectAction(
            name="use",
            label="Make the default",
            permission=_CHANGE,
            call=_use,
            available=lambda policy: not policy.is_default,
            icon="check_circle",
            description="From the next night on it is the ladder of every commitment for which no other was chosen.",
        ),
        ObjectAction(
            name="remove",
            label="Delete",
            permission=_CHANGE,
            call=_delete,
            available=lambda policy: not policy.is_default,
            icon="delete",
            danger=True,
            rare=True,
            description="Only a ladder that was chosen for no commitment can be deleted. Its history stays.",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("rungs")

    @admin.display(description="Standing", ordering="is_default")
    def standing(self, policy: ReminderPolicy) -> str:
        return badge("Default", "success") if policy.is_default else badge("On request")

    @admin.display(description="Steps")
    def steps(self, policy: ReminderPolicy) -> str:
        return str(len(policy.rungs.all()))

    def save_whole(
        self, request: HttpRequest, obj: Any, form: Any, formsets: Sequence[Any], *, change: bool
    ) -> None:
        values = form.cleaned_data | {"rungs": _rungs(formsets)}
        if change:
            saved = services.change_reminder_policy(actor=actor_of(request), policy=obj, **values)
        else:
            saved = services.add_reminder_policy(actor=actor_of(request), **values)
        become(obj, saved)


def _rungs(formsets: Sequence[Any]) -> list[Rung]:
    """Return the steps that stand in the forms, without those to be deleted and those left empty."""
    rows = [
        form.cleaned_data
        for formset in formsets
        for form in formset.forms
        if form.cleaned_data.get("days") is not None and not form.cleaned_data.get("DELETE")
    ]
    return [Rung(row["days"], row["response_days"], Anchor(row["anchor"]), Need(row["need"])) for row in rows]


class OverrideForm(ActionForm):
    policy = forms.ModelChoiceField(
        ReminderPolicy.objects.all(), label="Ladder", help_text="Make another one under Reminder policies."
    )
    reason = forms.CharField(max_length=300, help_text="One sentence; it stays with the commitment.")


def _set_override(actor: User, commitment: Commitment, data: Data) -> str:
    services.set_override(actor=actor, commitment=commitment, **data)
    return f"{commitment} has the ladder “{data['policy']}” from the next night on."


def _remove_override(actor: User, commitment: Commitment, _data: Data) -> str:
    services.remove_override(actor=actor, commitment=commitment)
    return f"{commitment} has the default ladder again."


def _chosen(commitment: Commitment) -> ReminderOverride | None:
    return ReminderOverride.objects.filter(commitment=commitment).select_related("policy").first()


# On the page of a commitment.
LADDER_ACTIONS = (
    ObjectAction(
        name="choose-ladder",
        label="Choose reminders",
        permission=_OVERRIDE,
        call=_set_override,
        form_class=OverrideForm,
        available=lambda commitment: commitment.state in _OPEN,
        icon="notifications",
        rare=True,
        description="Gives this commitment another ladder of reminders than the default. Steps that were taken stay.",
    ),
    ObjectAction(
        name="default-ladder",
        label="Use the default reminders",
        permission=_OVERRIDE,
        call=_remove_override,
        available=lambda commitment: commitment.state in _OPEN and _chosen(commitment) is not None,
        icon="notifications_off",
        rare=True,
        description="The ladder that was chosen for this commitment alone no longer holds for it.",
    ),
)


@admin.register(ReminderOverride)
class ReminderOverrideAdmin(OnlyRead):
    """Chosen and taken back on the page of the commitment."""

    empty_list = (
        "Commitments with another ladder of reminders than the default. Open a commitment and choose More, then Choose "
        "reminders."
    )
    list_display = ("commitment", "sponsor", "policy", "reason")
    list_select_related = ("commitment__sponsor", "policy")
    search_fields = ("commitment__number",)
    search_help_text = "Number of the commitment"
    ordering = ("-commitment__number",)
    fields = ("commitment", "policy", "reason")

    @admin.display(description="Sponsor", ordering="commitment__sponsor__name")
    def sponsor(self, override: ReminderOverride) -> str:
        return override.commitment.sponsor.name


class SettingsForm(ServiceForm):
    class Meta:
        model = RenewalSettings
        fields = (
            "fundraising_lead",
            "director",
            "reserves",
            "reserves_on",
            "monthly_costs",
            "payment_days",
            "sends_payment_reminders",
        )
        widgets = {
            "reserves": AmountInput(),
            "monthly_costs": AmountInput(),
            "payment_days": UnfoldAdminTextInputWidget(),
        }
        help_texts = {
            "payment_days": "Days around a due date on which a payment is reminded of, with commas; negative before it: "
            "-14, 0, 15, 30, 60. Empty: never.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("fundraising_lead", "director"):
            if name in self.fields:
                field = self.fields[name]
                assert isinstance(field, forms.ModelChoiceField)
                field.queryset = User.objects.colleagues().with_permission(ANSWER).order_by("name", "pk")
        if "payment_days" in self.fields:
            self.fields["payment_days"].required = False
        for name in ("reserves", "monthly_costs"):
            if name in self.fields:
                label = str(self.fields[name].label)
                self.fields[name].label = f"{label} in {current_organization().base_currency}"


def _money(amount: Decimal | None) -> str:
    return money_cells.money(amount, current_organization().base_currency)


@admin.register(RenewalSettings)
class RenewalSettingsAdmin(BursarAdmin):
    """One row."""

    empty_list = "Who is told when nobody else is there, and from what the runway is reckoned."
    form = SettingsForm
    list_display = ("fundraising_lead", "director", "payment_steps", "sends_payment_reminders")
    fieldsets = (
        ("Who is told", {"fields": (("fundraising_lead", "director"),)}),
        ("Runway", {"fields": (("reserves", "reserves_on"), "monthly_costs")}),
        ("Payments", {"fields": ("payment_days", "sends_payment_reminders")}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the one row there is."""
        settings = self.get_queryset(request).first()
        if settings is not None and self.has_view_permission(request):
            return HttpResponseRedirect(self.url_of(settings))
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the amounts as money for whoever only reads them."""
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        who, _runway, payments = self.fieldsets
        return (
            who,
            ("Runway", {"fields": (("reserves_as_money", "reserves_on"), "costs_as_money")}),
            payments,
        )

    @admin.display(description="Reserves")
    def reserves_as_money(self, settings: RenewalSettings) -> str:
        return _money(settings.reserves)

    @admin.display(description="Monthly costs")
    def costs_as_money(self, settings: RenewalSettings) -> str:
        return _money(settings.monthly_costs)

    @admin.display(description="Payments reminded of")
    def payment_steps(self, settings: RenewalSettings) -> str:
        return ", ".join(f"{day:+d}" for day in settings.payment_days) or money_cells.NOTHING

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> RenewalSettings:
        del obj, change
        values = form.cleaned_data | {"payment_days": form.cleaned_data["payment_days"] or []}
        return change_renewal_settings(actor=actor_of(request), today=local_today(), **values)
