"""The page of money by fiscal year: open, received and written off, each currency also in the base currency."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from foundation.audit.admin import BursarAdmin, actor_of, show_on_form
from foundation.audit.forms import ActionForm
from foundation.books.rules import fiscal_year_of
from foundation.books.selectors import current_organization, local_today
from foundation.errors import RuleViolation
from foundation.exports.files import as_file, content_type, table
from foundation.exports.models import FileFormat
from foundation.money.rules import in_currency
from sponsors.commitments.selectors import Figure, MoneyByYear, money_by_year
from sponsors.commitments.selectors.by_year import USUAL_YEARS

COLUMNS = (
    "fiscal year",
    "to",
    "what",
    "currency",
    "day",
    "amount",
    "rate",
    "day of rate",
    "base currency",
    "in base currency",
    "without a rate",
)


class YearsForm(ActionForm):
    """Fiscal years by the calendar years in which they end."""

    first = forms.IntegerField(label="From fiscal year")
    last = forms.IntegerField(label="To fiscal year")


def by_year_page(page: BursarAdmin, request: HttpRequest) -> HttpResponseBase:
    """Return the page, or with `?format=csv` or `xlsx` the file."""
    today = local_today()
    now = fiscal_year_of(today, current_organization().fiscal_year_start_month).number
    usual = {"first": now - USUAL_YEARS + 1, "last": now}
    form = YearsForm({**usual, **request.GET.dict()}, user=actor_of(request))
    shown = None
    if form.is_valid():
        try:
            shown = money_by_year(today, **form.cleaned_data)
        except RuleViolation as violation:
            show_on_form(form, violation)
    file_format = request.GET.get("format")
    if shown is not None and file_format in FileFormat.values:
        name = f"money-by-year-{shown.years[-1].year.number}-{shown.years[0].year.number}.{file_format}"
        content = table(COLUMNS, _rows(shown), file_format)
        return as_file(HttpResponse(content, content_type=content_type(file_format)), name)
    context = {
        "title": "Money by year",
        "formats": FileFormat.values,
        "form": form,
        "shown": shown,
        "figures": list(Figure),
        "years": [_year_rows(year) for year in shown.years] if shown else [],
        "media": page.media + form.media,
        "back_url": page.url_of_list(),
    }
    return page.page(request, "admin/accounts/by_year.html", context)


def _year_rows(year: Any) -> dict[str, Any]:
    """Return what the template shows of a year: templates cannot look up by the members of Figure."""
    return {
        "year": year.year,
        "as_of": year.as_of,
        "lines": [(line.currency, [line.figures[figure] for figure in Figure]) for line in year.lines],
        "totals": [year.totals[figure] for figure in Figure],
    }


def _rows(shown: MoneyByYear) -> Iterator[Sequence[Any]]:
    """Yield a row for each day's sum with its rate; the figures of the page are their sums."""
    for year in shown.years:
        for line in year.lines:
            for figure, amount in line.figures.items():
                for part in amount.parts:
                    made = part.conversion
                    yield (
                        str(year.year),
                        year.as_of,
                        str(figure.label),
                        line.currency,
                        part.on,
                        in_currency(part.amount, line.currency),
                        Decimal(f"{made.rate.normalize():f}") if made else "",
                        made.day if made else "",
                        shown.base,
                        in_currency(made.result, shown.base) if made else "",
                        part.problem,
                    )
