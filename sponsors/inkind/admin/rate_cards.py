"""Rate cards: their versions as tables, what prices what, and what a month would cost."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from foundation.audit.admin import ObjectLink, actor_of
from foundation.audit.object_actions import ObjectAction
from foundation.books.selectors import local_today
from foundation.exports.pages import ExportingAdmin
from foundation.people.models import User
from sponsors.commitments import cells
from sponsors.inkind.admin.exports import RateCardResource
from sponsors.inkind.admin.rate_card_forms import (
    AddVersionForm,
    CalculatorForm,
    CardForm,
    CardNameForm,
    EndVersionForm,
    MapForm,
    latest_prices,
)
from sponsors.inkind.models import RateCard, RateCardVersion
from sponsors.inkind.rules import Tier
from sponsors.inkind.rules.tier_files import written_tiers
from sponsors.inkind.selectors.rate_cards import ShownCard, prices_of, shown_card
from sponsors.inkind.services import rate_cards as services

if TYPE_CHECKING:
    from sponsors.inkind.querysets import RateCardQuerySet

Data = dict[str, Any]


def _add_version(actor: User, card: RateCard, data: Data) -> str:
    version = services.add_version(actor=actor, card=card, **data)
    return f"{version} holds from {version.valid_from} on."


def _end_version(actor: User, _card: RateCard, data: Data) -> str:
    version = services.end_version(actor=actor, **data)
    return f"{version} holds up to {version.valid_until}."


def _map(actor: User, card: RateCard, data: Data) -> str:
    for region in data["regions"]:
        services.map_region(actor=actor, card=card, region=region, card_region=data["card_region"])
    count = len(data["regions"])
    return f"{count} region{'' if count == 1 else 's'} of providers {'is' if count == 1 else 'are'} priced as {data['card_region']} from now on."


def _has_version(card: RateCard) -> bool:
    return card.versions.exists()


@admin.register(RateCard)
class RateCardAdmin(ExportingAdmin):
    """A card is renamed; its prices change by a further version, and what was valued stays as it was."""

    empty_list = (
        "Price lists of providers, by which metered use is valued. Add a card, give it a version with its tiers, and "
        "say which of its regions prices what was metered where."
    )
    opens_added = True
    export_resource = RateCardResource
    history_children = ("versions", "mappings")
    object_actions = (
        ObjectAction(
            name="add-version",
            label="Add version",
            permission="sponsors.change_ratecard",
            call=_add_version,
            form_class=AddVersionForm,
            initial=latest_prices,
            template="admin/inkind/add_version.html",
            icon="post_add",
            description=lambda card: (
                f"New prices of {card}, from a day on. What was valued by an earlier version stays as it is; prices "
                "of a version are not changed once it is there."
            ),
        ),
        ObjectAction(
            name="map-region",
            label="Map regions",
            permission="sponsors.change_ratecard",
            call=_map,
            form_class=MapForm,
            available=_has_version,
            icon="public",
            description=lambda card: (
                f"Say which region of {card} prices what providers metered in which of theirs. Use in a region that "
                "is not mapped cannot be valued by this card. It counts for valuations drafted from now on."
            ),
        ),
        ObjectAction(
            name="end-version",
            label="End version",
            permission="sponsors.change_ratecard",
            call=_end_version,
            form_class=EndVersionForm,
            available=_has_version,
            icon="event_busy",
            rare=True,
            description=(
                "After its last day a version prices nothing, and until a further one begins the card has no prices. A "
                "further version ends the one before by itself."
            ),
        ),
    )
    summary_template = "admin/inkind/rate_card.html"
    list_display = ("name", "provider", "currency", "holding", "source_of_it", "confidence")
    list_filter = (("provider", ChoicesDropdownFilter),)
    search_fields = ("name", "slug")
    search_help_text = "Name or slug"
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        cards = cast("RateCardQuerySet", super().get_queryset(request))
        today = RateCardVersion.objects.valid_on(local_today())
        return cards.prefetch_related(models.Prefetch("versions", today, to_attr="holding_today"))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = CardForm if obj is None else CardNameForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        return ((None, {"fields": (("name", "slug"), ("provider", "currency"))}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return ("slug", "provider", "currency") if obj else ()

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> RateCard:
        data = form.cleaned_data
        if not change:
            return services.add_card(actor=actor_of(request), **data)
        card = RateCard.objects.get(pk=obj.pk)
        return services.change_card(actor=actor_of(request), card=card, name=data["name"])

    def get_summary(self, request: HttpRequest, obj: Any) -> ShownCard:
        del request
        return shown_card(obj, on=local_today())

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        if not _has_version(obj):
            return ()
        return [ObjectLink("What would it cost?", self._url("calculate", obj.pk), "calculate")]

    # Cells ----------------------------------------------------------------------------------

    @admin.display(description="Prices today")
    def holding(self, card: Any) -> SafeString:
        version = next(iter(card.holding_today), None)
        return cells.whole(f"Version {version.number}, from {version.valid_from}" if version else "None")

    @admin.display(description="Source as of")
    def source_of_it(self, card: Any) -> str:
        return "".join(version.as_of for version in card.holding_today) or "—"

    @admin.display(description="Confidence")
    def confidence(self, card: Any) -> str:
        labels = (version.get_confidence_display() for version in card.holding_today)
        return "".join(label.partition(":")[0] for label in labels) or "—"

    # Further pages --------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("tiers.csv", view(self.template_view), name=self._url_name("template")),
            path("<int:object_id>/calculate/", view(self.calculate_view), name=self._url_name("calculate")),
            path(
                "<int:object_id>/tiers/<int:number>.csv", view(self.tiers_view), name=self._url_name("tiers")
            ),
        ]
        return [*own, *super().get_urls()]

    def _visible(self, request: HttpRequest, object_id: int) -> RateCard:
        if not self.has_view_permission(request):
            raise PermissionDenied
        card: RateCard = self.object_or_404(request, str(object_id))
        return card

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """Return a file of tiers to begin with: two regions, slabs, one of them not published."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        slabs = [Tier(Decimal(10_000), Decimal("0.12")), Tier(None, Decimal("0.08"), is_published=False)]
        calls = [Tier(None, Decimal("0.0075"))]
        example = (
            dict.fromkeys(("north_america", "europe"), slabs),
            dict.fromkeys(("north_america", "europe"), calls),
        )
        return _csv(written_tiers(*example), "tiers-template")

    def tiers_view(self, request: HttpRequest, object_id: int, number: int) -> HttpResponse:
        """Return a version's tiers as the form for a further version takes them."""
        card = self._visible(request, object_id)
        version = card.versions.select_related("card").filter(number=number).first()
        if version is None:
            raise Http404
        prices = prices_of(version)
        return _csv(written_tiers(prices.bandwidth, prices.requests), f"{card.slug}-{number}-tiers")

    def calculate_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Show what bytes and requests would cost by a version: the one asked for, else that of today."""
        card = self._visible(request, object_id)
        versions = {str(version.number): version for version in card.versions.select_related("card")}
        if not versions:
            messages.warning(request, f"{card} has no prices yet. Add a version first.")
            return HttpResponseRedirect(self.url_of(card))
        today = [str(version.number) for version in card.holding_today]  # type: ignore[attr-defined]  # of our queryset
        chosen = request.GET.get("version", "")
        version = versions.get(chosen) or versions[(today or list(versions))[0]]
        form = CalculatorForm(request.GET if "bytes-0" in request.GET else None, prices=prices_of(version))
        form.is_valid()
        context = {
            "title": "What would it cost?",
            "original": card,
            "version": version,
            "versions": versions.values(),
            "form": form,
            "found": form.found,
            "media": self.media + form.media,
            "back_url": self.url_of(card),
        }
        return self.page(request, "admin/inkind/calculator.html", context)


def _csv(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer
