"""Versions of how risk is scored: one field a reason, and what stands behind it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from foundation.audit.admin import OnlyAdded, actor_of
from foundation.audit.badges import badge
from foundation.audit.forms import AmountInput, ReasonForm, ServiceForm
from foundation.audit.object_actions import ObjectAction
from foundation.books.selectors import current_organization
from foundation.people.models import User
from sponsors.renewals.models import ScoringPolicy
from sponsors.renewals.rules.kept import EVIDENCE_LABELS
from sponsors.renewals.rules.reasons import SIGNS, Evidence, Reason
from sponsors.renewals.selectors.policies import current_scoring_policy
from sponsors.renewals.services.scoring_policies import FIGURES, MOST_POINTS, make_policy, use_policy

_PREFIX = "points_"


def _points_field(reason: Reason) -> forms.FloatField:
    sign = SIGNS[reason]
    is_expert = sign.evidence is Evidence.EXPERT
    return forms.FloatField(
        label=reason.value.replace("_", " ").capitalize(),
        required=False,
        widget=AmountInput,
        min_value=0 if is_expert else -MOST_POINTS,
        max_value=MOST_POINTS,
        help_text=f"{sign.sentence} {EVIDENCE_LABELS[sign.evidence]}.",
    )


def _names(evidence: Evidence) -> tuple[str, ...]:
    return tuple(f"{_PREFIX}{reason}" for reason in Reason if SIGNS[reason].evidence is evidence)


class PolicyForm(ServiceForm):
    """Empty points take a reason out."""

    class Meta:
        model = ScoringPolicy
        fields = ("name", "reason", *FIGURES)
        widgets = dict.fromkeys(FIGURES, AmountInput)
        help_texts = {
            "name": "What colleagues call this version.",
            "reason": "Why it is made; it stays with the version.",
            "cash_prior": "The share that lapses a year, before there are outcomes of our own.",
        }

    points: ClassVar[Mapping[str, Reason]] = {f"{_PREFIX}{reason}": reason for reason in Reason}

    def weighed(self) -> dict[str, float]:
        """Return the points of every reason."""
        return {reason.value: self.cleaned_data[name] or 0.0 for name, reason in self.points.items()}

    def figures(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in FIGURES}


# One field a reason: whoever adds a reason to the rules has it here too.
PolicyForm.base_fields |= {name: _points_field(reason) for name, reason in PolicyForm.points.items()}
PolicyForm.declared_fields |= {name: PolicyForm.base_fields[name] for name in PolicyForm.points}


def _use(actor: User, policy: ScoringPolicy, data: dict[str, Any]) -> str:
    use_policy(actor=actor, policy=policy, **data)
    return f"Risk is scored by {policy} from the next assessment on."


@admin.register(ScoringPolicy)
class ScoringPolicyAdmin(OnlyAdded):
    """A version stays as it is; another begins as the one in use, and is used once somebody says so."""

    empty_list = "Two versions came with Bursar; others are made from the one in use."
    add_label = "Make the version"
    opens_added = True
    object_actions = (
        ObjectAction(
            name="use",
            label="Score by this version",
            permission="sponsors.use_scoringpolicy",
            call=_use,
            form_class=ReasonForm,
            available=lambda policy: not policy.is_current,
            icon="balance",
            description=lambda policy: (
                f"From the next assessment on risk is scored by {policy}. What was assessed before keeps its version."
            ),
        ),
    )
    summary_template = "admin/renewals/scoring_policy.html"
    list_display = ("version", "used", "reason", "made_by_name", "made_on")
    list_select_related = ("made_by",)
    search_fields = ("name", "reason")
    search_help_text = "Name or reason"
    ordering = ("-number",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, **{**kwargs, "form": PolicyForm})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        if obj is not None:
            return ()  # the summary says everything
        return (
            (None, {"fields": ("name", "reason")}),
            (
                "Reasons counted in histories",
                {
                    "fields": _names(Evidence.HISTORIES),
                    "description": "Log-odds of lapse: above zero raises the risk. Empty takes a reason out.",
                },
            ),
            (
                "Expert priors, not validated",
                {
                    "fields": ("expert_cap", *_names(Evidence.EXPERT)),
                    "description": "What people who keep sponsors watch. Nobody has published data by which to check them: "
                    "each is believed by half, and together they add at most the cap.",
                },
            ),
            (
                "Where a score starts",
                {
                    "fields": (
                        "cash_prior",
                        "in_kind_prior",
                        "monthly_prior",
                        "prior_weight",
                        "window_months",
                        "horizon_days",
                    )
                },
            ),
            ("Bands", {"fields": ("raised_from", "high_from", "critical_from")}),
            (
                "Levels and exposure",
                {"fields": ("entry_below", "gold_from", "top_from", "high_exposure_from")},
            ),
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the version in use."""
        current = current_scoring_policy()
        points = {f"{_PREFIX}{reason}": worth for reason, worth in current.points.items()}
        figures = {name: getattr(current, name) for name in FIGURES}
        return {**points, **figures, **super().get_changeform_initial_data(request)}

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> ScoringPolicy:
        del obj, change
        return make_policy(
            actor=actor_of(request),
            name=form.cleaned_data["name"],
            reason=form.cleaned_data["reason"],
            points=form.weighed(),
            figures=form.figures(),
        )

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return each reason with its points and its evidence, and the currency of the levels."""
        del request
        points = [
            (SIGNS[reason].sentence, obj.points[reason], EVIDENCE_LABELS[SIGNS[reason].evidence])
            for reason in Reason
            if reason in obj.points
        ]
        return {"points": points, "currency": current_organization().base_currency}

    @admin.display(description="Version", ordering="number")
    def version(self, policy: ScoringPolicy) -> str:
        return str(policy)

    @admin.display(description="Used", ordering="is_current")
    def used(self, policy: ScoringPolicy) -> SafeString | str:
        return badge("In use", "success") if policy.is_current else "—"

    @admin.display(description="Made by", empty_value="came with Bursar")
    def made_by_name(self, policy: ScoringPolicy) -> str | None:
        return str(policy.made_by) if policy.made_by else None

    @admin.display(description="Made on", ordering="created_at")
    def made_on(self, policy: ScoringPolicy) -> Any:
        return policy.created_at.date()
