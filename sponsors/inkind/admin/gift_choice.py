"""Choosing a gift of ten thousand: found by number, sponsor or words while one types."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from foundation.audit.admin import actor_of
from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.rules import FIRM
from sponsors.directory.models import Sponsor
from sponsors.inkind.models import Valuation

_AT_ONCE = 20
_DAY = timedelta(days=1)

if TYPE_CHECKING:
    _GiftField = forms.ModelChoiceField[CommitmentLine]
else:
    _GiftField = forms.ModelChoiceField


def _gifts() -> QuerySet[CommitmentLine]:
    """Return the lines in kind of firm commitments, also those that stood until an amendment, the newest first."""
    lines = CommitmentLine.versions.filter(kind=CommitmentLine.Kind.IN_KIND, commitment__state__in=FIRM)
    return lines.select_related("commitment__sponsor", "removed_by").order_by(
        "-commitment__number", "position", "pk"
    )


def _name(line: CommitmentLine) -> str:
    commitment = line.commitment
    until = f", to {line.removed_by.effective_on - _DAY}" if line.removed_by else ""
    return f"{commitment.number}, {commitment.sponsor}: {line.description} ({line.get_category_display()}){until}"


class _GiftSelect(AutocompleteSelect):
    def get_url(self) -> str:
        return reverse(f"{self.admin_site.name}:sponsors_valuation_gifts")


class GiftField(_GiftField):
    """A line in kind, named with number and sponsor."""

    def __init__(self, **kwargs: Any) -> None:
        widget = _GiftSelect(Valuation._meta.get_field("line"), admin.site)
        super().__init__(_gifts(), widget=widget, label="Gift", **kwargs)

    def label_from_instance(self, obj: CommitmentLine) -> str:
        return _name(obj)


def gifts_found(request: HttpRequest) -> JsonResponse:
    """Answer with the gifts that `term` finds, a page at a time, as the widget reads them."""
    gifts, term = _gifts(), request.GET.get("term", "").strip()
    if term:
        sponsors = Sponsor.objects.visible_to(actor_of(request)).matching(term)
        gifts = gifts.filter(
            Q(commitment__sponsor__in=sponsors.values("pk"))
            | Q(commitment__number__istartswith=term)
            | Q(description__icontains=term)
        )
    page = Paginator(gifts, _AT_ONCE).get_page(request.GET.get("page"))
    return JsonResponse(
        {
            "results": [{"id": str(line.pk), "text": _name(line)} for line in page],
            "pagination": {"more": page.has_next()},
        }
    )
