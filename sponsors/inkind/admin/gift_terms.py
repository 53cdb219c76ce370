"""What gifts in kind promise: set on the page of a commitment, changed on their own, laid beside what came."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from foundation.audit.admin import ObjectLink, actor_of
from foundation.audit.forms import ActionForm, AmountInput, ServiceForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.selectors import local_today
from foundation.exports.files import as_file, content_type, table
from foundation.exports.models import FileFormat
from foundation.exports.pages import ExportingAdmin
from foundation.people.models import User
from sponsors.commitments import cells
from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import State
from sponsors.inkind.admin.charts import Chart, Series, period_name
from sponsors.inkind.admin.exports import GiftTermsResource
from sponsors.inkind.models import GiftTerms
from sponsors.inkind.rules import GiftUnit, Per
from sponsors.inkind.selectors.delivered import PromisedAndDelivered, promised_and_delivered
from sponsors.inkind.selectors.traffic import Step
from sponsors.inkind.services.gift_terms import set_gift_terms

Data = dict[str, Any]
_OPEN = frozenset({State.DRAFT, State.PROPOSED, State.SIGNED})
_TERMS = ("unit", "per", "quantity", "ceiling", "discount_percent", "terms_of_use", "notice_days")
_COLUMNS = (
    "month",
    "year of the gift",
    "unit",
    "promised",
    "ceiling",
    "counted by",
    "delivered",
    "delivered in the year",
    "share of promise",
    "share of ceiling",
    "bytes",
    "requests",
    "currency",
    "value at list",
    "recognized value",
)


class GiftTermsForm(ServiceForm):
    class Meta:
        model = GiftTerms
        fields = _TERMS
        widgets = dict.fromkeys(("quantity", "ceiling", "discount_percent"), AmountInput())


class _LineChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.description} ({obj.get_category_display()})"


class SetTermsForm(ActionForm):
    """How much a line of the commitment promises, and on which terms."""

    line = _LineChoice(CommitmentLine.objects.none(), label="Gift in kind")
    unit = forms.ChoiceField(choices=GiftUnit.choices)
    per = forms.ChoiceField(label="Counted by", choices=Per.choices)
    quantity = forms.DecimalField(
        label="Promised quantity",
        required=False,
        max_digits=24,
        decimal_places=4,
        help_text="In the unit. Empty when whatever is used is given.",
    )
    ceiling = forms.DecimalField(
        required=False,
        max_digits=24,
        decimal_places=4,
        help_text="No more than this is given, for the same time; a month when whatever is used is.",
    )
    discount_percent = forms.DecimalField(
        label="Percent discount",
        required=False,
        max_digits=5,
        decimal_places=2,
        help_text="100 when nothing is charged.",
    )
    terms_of_use = forms.CharField(required=False, widget=forms.Textarea)
    notice_days = forms.IntegerField(
        required=False,
        min_value=0,
        help_text="How many days before it may be withdrawn the sponsor says so.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["line"]
        assert isinstance(field, forms.ModelChoiceField)
        assert isinstance(self.obj, Commitment)
        field.queryset = CommitmentLine.objects.filter(
            commitment=self.obj, kind=CommitmentLine.Kind.IN_KIND
        ).order_by("position")
        if len(field.queryset) == 1:
            field.initial = field.queryset[0]


def _set(actor: User, _commitment: Commitment, data: Data) -> Outcome:
    terms = set_gift_terms(actor=actor, **data)
    return Outcome(message=f"The terms of “{terms.line}” are set.", go_to=terms)


def _first_terms(commitment: Commitment) -> Data:
    """Return the terms that stand when the commitment has one gift only: they are changed then."""
    found = list(GiftTerms.objects.filter(line__commitment=commitment, line__removed_by=None)[:2])
    only = len(found) == 1 and commitment.lines.filter(kind=CommitmentLine.Kind.IN_KIND).count() == 1
    return {name: getattr(found[0], name) for name in _TERMS} if only else {}


SET_GIFT_TERMS = ObjectAction(
    name="set-gift-terms",
    label="Set terms of a gift",
    permission="sponsors.change_giftterms",
    call=_set,
    form_class=SetTermsForm,
    initial=_first_terms,
    available=lambda commitment: (
        commitment.state in _OPEN and commitment.lines.filter(kind=CommitmentLine.Kind.IN_KIND).exists()
    ),
    icon="volunteer_activism",
    rare=True,
    description=(
        "How much a gift in kind promises by month, by year or in all, up to which ceiling, and on which terms. What was "
        "said before is replaced; history keeps it."
    ),
)


@admin.register(GiftTerms)
class GiftTermsAdmin(ExportingAdmin):
    """Terms are set on the page of their commitment; here they are listed, changed and laid beside what came."""

    empty_list = (
        "What gifts in kind promise: how much, by month, by year or whatever is used, up to which ceiling. Open a "
        "commitment with a line in kind and choose More, then Set terms of a gift."
    )
    form = GiftTermsForm
    export_resource = GiftTermsResource
    summary_template = "admin/inkind/gift_terms.html"
    list_display = ("gift", "sponsor", "category", "promised", "most", "discount")
    list_filter = (("unit", ChoicesDropdownFilter), ("per", ChoicesDropdownFilter))
    list_select_related = ("line__commitment__sponsor",)
    ordering = ("-line__commitment__number", "line__position")
    search_fields = ("line__commitment__number", "line__description", "line__commitment__sponsor__name")
    search_help_text = "Commitment, gift or sponsor"
    fields = (("unit", "per"), ("quantity", "ceiling"), ("discount_percent", "notice_days"), "terms_of_use")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("line__commitment__sponsor", "line__removed_by")

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.select_related("line__commitment__sponsor")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Terms belong to a line: they are added on the page of its commitment."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may: bool = super().has_change_permission(request, obj)
        return may and (
            obj is None or (obj.line.commitment.state in _OPEN and obj.line.removed_by_id is None)
        )

    @admin.display(description="Gift", ordering="line__commitment__number")
    def gift(self, terms: GiftTerms) -> str:
        return cells.stacked(terms.line.commitment.number, terms.line.description)

    @admin.display(description="Sponsor", ordering="line__commitment__sponsor__name")
    def sponsor(self, terms: GiftTerms) -> str:
        return terms.line.commitment.sponsor.name

    @admin.display(description="Category", ordering="line__category")
    def category(self, terms: GiftTerms) -> str:
        return str(terms.line.get_category_display())

    @admin.display(description="Promised")
    def promised(self, terms: GiftTerms) -> str:
        return terms.promise_in_words

    @admin.display(description="Ceiling")
    def most(self, terms: GiftTerms) -> str | None:
        return terms.ceiling_in_words or None

    @admin.display(description="Discount", ordering="discount_percent")
    def discount(self, terms: GiftTerms) -> str | None:
        return None if terms.discount_percent is None else f"{terms.discount_percent.normalize():f}%"

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> GiftTerms:
        del change
        line = CommitmentLine.versions.get(pk=obj.line_id)
        return set_gift_terms(actor=actor_of(request), line=line, **form.cleaned_data)

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        return [ObjectLink("Promised and delivered", self._url("delivered", obj.line_id), "monitoring")]

    def get_urls(self) -> list[URLPattern]:
        delivered = path(
            "line/<int:line_id>/",
            self.admin_site.admin_view(self.delivered_view),
            name=self._url_name("delivered"),
        )
        return [delivered, *super().get_urls()]

    def delivered_view(self, request: HttpRequest, line_id: int) -> HttpResponseBase:
        """Show month by month what a line in kind promised and what came, or with `?format=csv` or `xlsx` the file."""
        user = actor_of(request)
        if not self.has_view_permission(request) or not user.has_perm("sponsors.view_commitment"):
            raise PermissionDenied
        lines = CommitmentLine.versions.filter(kind=CommitmentLine.Kind.IN_KIND)
        line = get_object_or_404(
            lines.select_related("commitment__sponsor", "added_by", "removed_by"), pk=line_id
        )
        shown = promised_and_delivered(line, local_today())
        file_format = request.GET.get("format")
        if file_format in FileFormat.values:
            name = f"promised-and-delivered-{line.commitment.number}-{line.position}.{file_format}"
            content = table(_COLUMNS, _rows(shown), file_format)
            return as_file(HttpResponse(content, content_type=content_type(file_format)), name)
        context = {
            "title": "Promised and delivered",
            "line": line,
            "shown": shown,
            "charts": _charts(shown),
            "formats": FileFormat.values,
            "media": self.media,
            "back_url": reverse("admin:sponsors_commitment_change", args=[line.commitment_id]),
        }
        return self.page(request, "admin/inkind/delivered.html", context)


def _charts(shown: PromisedAndDelivered) -> list[Chart]:
    if shown.terms is None or not shown.months:
        return []
    terms = shown.terms
    unit, size = {GiftUnit.TERABYTE: ("bytes", 10**12)}.get(GiftUnit(terms.unit), ("count", 1))
    months = [period_name(row.month, Step.MONTH) for row in shown.months]
    yearly = terms.per in {Per.YEAR, Per.WHOLE}
    came: list[Decimal | None] = []
    whole = Decimal(0)
    for row in shown.months:
        whole += row.quantity or 0
        so_far = {Per.YEAR: row.in_year, Per.WHOLE: whole}.get(Per(terms.per), row.quantity)
        came.append(None if so_far is None else so_far * size)
    bounds = [
        Series(name, [value * size] * len(months), is_bound=True)
        for name, value in (("Promised", terms.quantity), ("Ceiling", terms.ceiling))
        if value is not None
    ]
    title = "Delivered so far" if yearly else "Delivered"
    return [
        Chart(
            "delivered",
            f"{title} and promised, {terms.get_unit_display()}",
            unit,
            months,
            [Series(title, came), *bounds],
            kind="stack",
        )
    ]


def _rows(shown: PromisedAndDelivered) -> Iterator[Sequence[Any]]:
    terms = shown.terms
    for row in shown.months:
        yield (
            period_name(row.month, Step.MONTH),
            row.year,
            terms.get_unit_display() if terms else "",
            terms.quantity if terms else None,
            terms.ceiling if terms else None,
            terms.get_per_display() if terms else "",
            row.quantity,
            row.in_year,
            None if row.promise_share is None else round(row.promise_share, 6),
            None if row.ceiling_share is None else round(row.ceiling_share, 6),
            row.used.bytes,
            row.used.requests,
            shown.line.commitment.currency,
            row.worth.list_value,
            row.worth.value,
        )
