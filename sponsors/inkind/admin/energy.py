"""Factors by which the energy of traffic is estimated."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from foundation.audit.admin import OnlyAdded, actor_of
from foundation.audit.badges import badge
from foundation.audit.forms import ServiceForm
from foundation.audit.object_actions import ObjectAction
from foundation.exports.pages import ExportingAdmin
from foundation.people.models import User
from sponsors.inkind.admin.exports import EnergyFactorResource
from sponsors.inkind.models import EnergyFactor
from sponsors.inkind.rules.energy import Range
from sponsors.inkind.selectors.energy import energy_of
from sponsors.inkind.services.energy import add_energy_factor, use_energy_factor

# What the page of a factor works out as an example.
_EXAMPLE = 10**15


class EnergyFactorForm(ServiceForm):
    class Meta:
        model = EnergyFactor
        fields = (
            "name",
            "kwh_per_gb_low",
            "kwh_per_gb",
            "kwh_per_gb_high",
            "gco2_per_kwh_low",
            "gco2_per_kwh",
            "gco2_per_kwh_high",
            "source",
            "year",
        )
        help_texts = {
            "name": "What dashboards call the estimate.",
            "kwh_per_gb": "For a decimal gigabyte that was delivered to users.",
            "gco2_per_kwh": "Grams of CO₂ equivalent for a kilowatt-hour of electricity.",
            "source": "Who published which of the figures, of which year.",
            "year": "Of the newest of the figures.",
        }


def _use(actor: User, factor: EnergyFactor, _data: dict[str, Any]) -> str:
    use_energy_factor(actor=actor, factor=factor)
    return f"Dashboards estimate energy by {factor} from now on."


@admin.register(EnergyFactor)
class EnergyFactorAdmin(OnlyAdded, ExportingAdmin):
    """What somebody published stays as it is; a newer figure is a factor of its own."""

    empty_list = (
        "Published figures of electricity for a gigabyte of traffic and of emissions for a kilowatt-hour, each with a "
        "range and its source. Without one, dashboards show no energy. Add one, and choose to use it."
    )
    export_resource = EnergyFactorResource
    opens_added = True
    object_actions = (
        ObjectAction(
            name="use",
            label="Use on dashboards",
            permission="sponsors.change_energyfactor",
            call=_use,
            available=lambda factor: not factor.is_current,
            icon="bolt",
            description=lambda factor: (
                f"Dashboards estimate energy by {factor}, for past months too. Nothing that was valued changes."
            ),
        ),
    )
    summary_template = "admin/inkind/energy_factor.html"
    list_display = ("name", "energy", "emission", "year", "used")
    search_fields = ("name", "source")
    search_help_text = "Name or source"
    ordering = ("-is_current", "-year", "name")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, **{**kwargs, "form": EnergyFactorForm})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        used = () if obj is None else ("used",)
        return ((None, {"fields": (*EnergyFactorForm.Meta.fields, *used)}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return () if obj is None else ("used",)

    def get_summary(self, request: HttpRequest, obj: Any) -> str:
        del request
        example = energy_of(_EXAMPLE, obj)
        return example.energy.sentence if example else ""

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> EnergyFactor:
        del obj, change
        data = form.cleaned_data
        return add_energy_factor(
            actor=actor_of(request),
            name=data["name"],
            kwh_per_gb=Range(data["kwh_per_gb_low"], data["kwh_per_gb"], data["kwh_per_gb_high"]),
            gco2_per_kwh=Range(data["gco2_per_kwh_low"], data["gco2_per_kwh"], data["gco2_per_kwh_high"]),
            source=data["source"],
            year=data["year"],
        )

    @admin.display(description="Energy (kWh a GB)", ordering="kwh_per_gb")
    def energy(self, factor: EnergyFactor) -> str:
        return _in_a_cell(factor.kwh_per_gb_low, factor.kwh_per_gb, factor.kwh_per_gb_high)

    @admin.display(description="Emissions (g CO₂e a kWh)", ordering="gco2_per_kwh")
    def emission(self, factor: EnergyFactor) -> str:
        return _in_a_cell(factor.gco2_per_kwh_low, factor.gco2_per_kwh, factor.gco2_per_kwh_high)

    @admin.display(description="Used", ordering="is_current")
    def used(self, factor: EnergyFactor) -> SafeString | str:
        return badge("On dashboards", "success") if factor.is_current else "—"


def _in_a_cell(low: Any, base: Any, high: Any) -> str:
    return f"{base.normalize():f} ({low.normalize():f} to {high.normalize():f})"
