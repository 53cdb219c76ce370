"""Pages that reckon: the statement of account of a sponsor, and aged debt as of a day; each also as a file."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse

from foundation.api.spreadsheets import rows_as_csv_lines
from foundation.audit.admin import BursarAdmin, actor_of
from foundation.audit.forms import ActionForm
from foundation.books.selectors import current_organization, local_today
from foundation.exports.files import as_file
from foundation.money.display import plain_amount
from sponsors.commitments.papers import statement_pdf
from sponsors.commitments.rules import Age
from sponsors.commitments.selectors import AgedDebts, Statement, aged_debt, statement
from sponsors.commitments.selectors.aging import AgedDebt
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY, OUT_OF_REACH

# A page shows those longest past due; the file has all.
MOST_ROWS = 200
_HEADINGS = {age: "Falls due later" if age is Age.NOT_DUE else str(age.label) for age in Age}


class PeriodForm(ActionForm):
    first = forms.DateField(label="From")
    last = forms.DateField(label="To")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors and not EARLIEST_DAY <= data["first"] <= data["last"]:
            self.add_error(
                "last", "The last day is before the first, or the first before 1990. Correct them."
            )
        return data


class DayForm(ActionForm):
    as_of = forms.DateField(label="As of")

    def clean_as_of(self) -> date:
        day: date = self.cleaned_data["as_of"]
        if not EARLIEST_DAY <= day < LATEST_DAY:
            raise forms.ValidationError(OUT_OF_REACH)
        return day


def statement_page(page: BursarAdmin, request: HttpRequest, sponsor: Sponsor) -> HttpResponseBase:
    """Return the page, or with `?format=pdf` or `csv` the file."""
    today = local_today()
    usual = {"first": date(today.year, 1, 1), "last": today}
    form = PeriodForm(request.GET if "first" in request.GET else usual, user=actor_of(request))
    shown = None
    if form.is_valid():
        shown = statement(sponsor, form.cleaned_data["first"], form.cleaned_data["last"])
        name = f"statement-{sponsor.slug}-{shown.last}"
        if request.GET.get("format") == "pdf":
            answer = HttpResponse(
                statement_pdf(current_organization(), shown), content_type="application/pdf"
            )
            return as_file(answer, f"{name}.pdf")
        if request.GET.get("format") == "csv":
            return as_file(_csv(_statement_rows(shown)), f"{name}.csv")
    context = {
        "title": "Statement of account",
        "formats": ("pdf", "csv"),
        "original": sponsor,
        "form": form,
        "statement": shown,
        "media": page.media + form.media,
        "back_url": page.url_of(sponsor),
    }
    return page.page(request, "admin/accounts/statement.html", context)


def aged_debt_page(page: BursarAdmin, request: HttpRequest) -> HttpResponseBase:
    """Return the page, or with `?format=csv` the file."""
    form = DayForm(
        request.GET if "as_of" in request.GET else {"as_of": local_today()}, user=actor_of(request)
    )
    shown = aged_debt(form.cleaned_data["as_of"]) if form.is_valid() else None
    if shown is not None and request.GET.get("format") == "csv":
        return as_file(_csv(_debt_rows(shown)), f"aged-debt-{shown.as_of}.csv")
    context = {
        "title": "Aged debt",
        "formats": ("csv",),
        "form": form,
        "debts": shown,
        "headings": list(_HEADINGS.values()),
        "rows": [(row, _by_heading(row)) for row in shown.rows[:MOST_ROWS]] if shown else [],
        "totals": [(row, _by_heading(row)) for row in shown.totals] if shown else [],
        "left_out": max(len(shown.rows) - MOST_ROWS, 0) if shown else 0,
        "media": page.media + form.media,
        "back_url": reverse("admin:sponsors_installment_changelist"),
    }
    return page.page(request, "admin/accounts/aged_debt.html", context)


def _by_heading(row: AgedDebt) -> list[tuple[str, Decimal]]:
    return [(_HEADINGS[age], amount) for age, amount in row.amounts.items()]


def _statement_rows(shown: Statement) -> Iterator[Sequence[object]]:
    yield ("currency", "date", "kind", "details", "amount", "balance")
    for account in shown.accounts:
        currency = account.currency
        opening = plain_amount(account.opening, currency)
        yield (currency, shown.first, "opening", "Opening balance", "", opening)
        for entry in account.entries:
            amount = "" if entry.amount is None else plain_amount(entry.amount, currency)
            yield (
                currency,
                entry.on,
                entry.kind,
                entry.text_for_us,
                amount,
                plain_amount(entry.balance, currency),
            )
        closing = plain_amount(account.closing, currency)
        yield (currency, shown.last, "closing", "Closing balance", "", closing)


def _debt_rows(shown: AgedDebts) -> Iterator[Sequence[object]]:
    yield ("as_of", "sponsor", "currency", *Age, "total")
    for row in shown.rows:
        amounts = [plain_amount(amount, row.currency) for amount in row.amounts.values()]
        yield (shown.as_of, row.sponsor_name, row.currency, *amounts, plain_amount(row.total, row.currency))


def _csv(rows: Iterator[Sequence[object]]) -> StreamingHttpResponse:
    return StreamingHttpResponse(rows_as_csv_lines(rows), content_type="text/csv; charset=utf-8")
