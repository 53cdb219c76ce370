"""The dashboards of a service and of a provider: what was carried, how well, and what it is worth."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from foundation.audit.admin import BursarAdmin, actor_of, show_on_form
from foundation.audit.forms import ActionForm
from foundation.books.selectors import local_today
from foundation.errors import RuleViolation
from foundation.exports.files import as_file, content_type, table
from foundation.exports.models import FileFormat
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY, OUT_OF_REACH
from sponsors.inkind.admin.charts import Chart, Series, period_name
from sponsors.inkind.models import Service, Supply
from sponsors.inkind.rules import GiftUnit
from sponsors.inkind.selectors.energy import energy_of
from sponsors.inkind.selectors.traffic import (
    UNDIVIDED,
    Figures,
    Split,
    Step,
    Traffic,
    check_range,
    overview,
    traffic,
)
from sponsors.inkind.selectors.value import (
    Gift,
    Worth,
    gifts_of,
    supplied_by,
    supplies_of,
    worth_by_month,
)
from sponsors.inkind.selectors.windows import Window

_TERABYTE = 10**12
_COLUMNS = (
    "from",
    "part",
    "bytes delivered",
    "bytes billable",
    "bytes from our servers",
    "requests",
    "hits",
    "misses",
    "passes",
    "errors",
    "hit ratio",
    "offload",
    "error share",
)
_MEASURES = {
    "delivered": "Delivered to users",
    "billable": "Billable by the provider",
    "origin": "From our own servers",
}


class RangeForm(ActionForm):
    """Which days, in steps of what."""

    first = forms.DateField(label="From")
    last = forms.DateField(label="To")
    by = forms.ChoiceField(label="By", choices=Step.choices)
    measure = forms.ChoiceField(label="Bytes", choices=_MEASURES.items())

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for name in ("first", "last"):
            day = data.get(name)
            if day is not None and not EARLIEST_DAY <= day < LATEST_DAY:
                self.add_error(name, OUT_OF_REACH)
        if not self.errors:
            try:
                data["first"], data["last"] = check_range(data["first"], data["last"], Step(data["by"]))
            except RuleViolation as violation:
                show_on_form(self, violation)
        return data


class ProviderRangeForm(RangeForm):
    split = forms.ChoiceField(label="Divided by", choices=Split.choices)


def service_dashboard(page: BursarAdmin, request: HttpRequest, service: Service) -> HttpResponseBase:
    """Return the dashboard of a service, or with `?format=csv` or `xlsx` its figures as a file."""

    def read(first: date, before: date) -> tuple[list[Window], list[Supply]]:
        return [Window(service.pk, first, before)], supplies_of([service.pk], first, before)

    return _dashboard(page, request, service, RangeForm, read, page.url_of(service), service.slug)


def provider_dashboard(page: BursarAdmin, request: HttpRequest, sponsor: Sponsor) -> HttpResponseBase:
    """Return the dashboard of all services that a sponsor supplies, for the days on which it does."""

    def read(first: date, before: date) -> tuple[list[Window], list[Supply]]:
        windows, services = supplied_by(sponsor, first, before)
        own = [supply for supply in supplies_of(services, first, before) if supply.sponsor_id == sponsor.pk]
        return windows, own

    return _dashboard(page, request, sponsor, ProviderRangeForm, read, page.url_of(sponsor), sponsor.slug)


def _dashboard(
    page: BursarAdmin,
    request: HttpRequest,
    of: Service | Sponsor,
    form_class: type[RangeForm],
    read: Callable[[date, date], tuple[list[Window], list[Supply]]],
    back_url: str,
    slug: str,
) -> HttpResponseBase:
    today = local_today()
    usual = {
        "first": _year_back(today),
        "last": today,
        "by": Step.MONTH.value,
        "measure": "delivered",
        "split": Split.REGION.value if isinstance(of, Service) else Split.SERVICE.value,
    }
    form = form_class({**usual, **request.GET.dict()}, user=actor_of(request))
    shown: dict[str, Any] = {}
    if form.is_valid():
        data = form.cleaned_data
        step, split = Step(data["by"]), Split(data.get("split", Split.REGION))
        before = data["last"] + timedelta(days=1)
        windows, supplies = read(data["first"], before)
        asked: Any = {"first": data["first"], "last": data["last"], "step": step, "split": split}
        file_format = request.GET.get("format")
        if file_format in FileFormat.values:
            name = f"{slug}-{data['first']}-{data['last']}-by-{step}.{file_format}"
            content = table(_COLUMNS, _rows(traffic(windows, **asked)), file_format)
            return as_file(HttpResponse(content, content_type=content_type(file_format)), name)
        used = overview(windows, **asked)
        gifts = gifts_of(supplies, data["first"], before)
        worth = worth_by_month([gift.line.pk for gift in gifts], data["first"], data["last"])
        measure = data["measure"]
        if measure == "delivered" and used.whole.delivered is None:
            measure = "billable"
        shown = {
            "used": used,
            "gifts": gifts,
            "charts": _charts(used, gifts, worth, measure, today),
            "values": _values(worth),
            "value_label": _value_label(gifts, step),
            "energy": energy_of(used.whole.delivered) if used.whole.delivered else None,
        }
    context = {
        "title": "Dashboard",
        "original": of,
        "is_provider": isinstance(of, Sponsor),
        "formats": FileFormat.values,
        "form": form,
        "presets": _presets(today),
        "media": page.media + form.media,
        "back_url": back_url,
        **shown,
    }
    return page.page(request, "admin/inkind/dashboard.html", context)


def _year_back(today: date) -> date:
    """Return the first of twelve whole months, which this one follows."""
    return date(today.year - 1, today.month, 1)


def _presets(today: date) -> list[tuple[str, str]]:
    """Return what people mostly look at, and its address."""
    chosen = (
        ("Last 7 days by hour", today - timedelta(days=6), Step.HOUR),
        ("Last 31 days by day", today - timedelta(days=30), Step.DAY),
        ("Last 12 months", _year_back(today), Step.MONTH),
        ("Five years by month", date(today.year - 5, today.month, 1) + timedelta(days=31), Step.MONTH),
        ("Five years by year", date(today.year - 4, 1, 1), Step.YEAR),
    )
    return [
        (words, "?" + urlencode({"first": first, "last": today, "by": step.value}))
        for words, first, step in chosen
    ]


def _charts(
    used: Traffic, gifts: Sequence[Gift], worth: Sequence[Worth], measure: str, today: date
) -> list[Chart]:
    periods = [period_name(period.start, used.step) for period in used.periods]
    if used.step in {Step.MONTH, Step.YEAR} and periods and periods[-1] == period_name(today, used.step):
        # Its bar is lower for that reason alone.
        periods[-1] += ", so far"
    wholes = [period.whole for period in used.periods]
    kind: Literal["stack", "lines"] = "stack" if used.is_divided else "lines"

    def parts(value: Callable[[Figures], int | None]) -> list[Series]:
        if not used.is_divided:
            return [Series(UNDIVIDED, [value(figures) for figures in wholes])]
        return [
            Series(
                name,
                [value(period.parts[name]) if name in period.parts else None for period in used.periods],
            )
            for name in used.parts
        ]

    bounds = _bounds(used, gifts, GiftUnit.TERABYTE, _TERABYTE) if measure != "origin" else []
    return [
        Chart(
            "bytes",
            f"Bytes: {_MEASURES[measure].lower()}",
            "bytes",
            periods,
            [*parts(lambda figures: getattr(figures, measure)), *bounds],
            kind=kind,
            explanation="Decimal units: 1 PB is 10^15 bytes."
            + (" Promise and ceiling count what is billable." if bounds and measure != "billable" else ""),
        ),
        Chart(
            "requests",
            "Requests",
            "count",
            periods,
            [*parts(lambda figures: figures.asked), *_bounds(used, gifts, GiftUnit.REQUEST, 1)],
            kind=kind,
        ),
        Chart(
            "ratios",
            "Hit ratio and offload",
            "share",
            periods,
            [
                Series("Hit ratio", [figures.hit_ratio for figures in wholes]),
                Series("Offload", [figures.offload for figures in wholes]),
            ],
            explanation="Hit ratio: hits of hits and misses. Offload: the share of delivered bytes that our own servers did not send.",
        ),
        Chart(
            "errors",
            "Error share",
            "share",
            periods,
            [Series("Errors", [figures.error_share for figures in wholes])],
            explanation="Requests that the provider counts as errors, of all requests.",
        ),
        *_worth_charts(worth, used.step),
    ]


def _bounds(used: Traffic, gifts: Sequence[Gift], unit: GiftUnit, size: int) -> list[Series]:
    """Return promise and ceiling of the gifts that the page shows whole, where there are any."""
    found = []
    for at, name in enumerate(("Promised", "Ceiling")):
        values = []
        for period in used.periods:
            known = [
                bound
                for gift in gifts
                if (bound := gift.promised(unit, used.step, period.start)[at]) is not None
            ]
            values.append(sum(known) * size if known else None)
        if any(value is not None for value in values):
            found.append(Series(name, values, is_bound=True))
    return found


def _worth_charts(worth: Sequence[Worth], step: Step) -> Iterator[Chart]:
    """Yield a chart a currency: months, or years where the page is by year."""
    by = Step.YEAR if step is Step.YEAR else Step.MONTH
    for currency in sorted({row.currency for row in worth}):
        sums: dict[str, list[Decimal]] = {}
        for row in worth:
            if row.currency == currency:
                there = sums.setdefault(period_name(row.month, by), [Decimal(0), Decimal(0)])
                there[0] += row.list_value
                there[1] += row.value
        yield Chart(
            f"value-{currency.lower()}",
            f"Value in {currency}",
            currency,
            list(sums),
            [
                Series("At list price", [values[0] for values in sums.values()]),
                Series("Recognized", [values[1] for values in sums.values()]),
            ],
            kind="bars",
            explanation="By approved valuations of the gifts named above, each as a whole.",
        )


def _value_label(gifts: Sequence[Gift], step: Step) -> str:
    """Return what the value is of, where that is more than the use beside it."""
    more = {"months": step in {Step.HOUR, Step.DAY}, "gifts": not all(gift.is_whole for gift in gifts)}
    names = [name for name, is_more in more.items() if is_more]
    return "Value at list price" + (f", of whole {' and '.join(names)}" if names else "")


def _values(worth: Sequence[Worth]) -> list[tuple[str, Decimal, Decimal]]:
    """Return currency, value at list and recognized value of the whole range."""
    return [
        (
            currency,
            sum((row.list_value for row in worth if row.currency == currency), start=Decimal(0)),
            sum((row.value for row in worth if row.currency == currency), start=Decimal(0)),
        )
        for currency in sorted({row.currency for row in worth})
    ]


def _rows(used: Traffic) -> Iterator[Sequence[Any]]:
    """Yield a row for each period and part; the figures of the page are their sums."""
    for period in used.periods:
        for name, figures in sorted(period.parts.items()):
            yield (
                period_name(period.start, used.step),
                name,
                figures.delivered,
                figures.billable,
                figures.origin,
                figures.asked,
                figures.all_hits,
                figures.all_misses,
                figures.all_passes,
                figures.all_errors,
                *(_exact(share) for share in (figures.hit_ratio, figures.offload, figures.error_share)),
            )


def _exact(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(f"{share:.6f}")
