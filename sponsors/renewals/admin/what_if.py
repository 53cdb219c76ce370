"""The page “What if they leave”: how much hangs on whom, and what follows when one or several sponsors leave."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from foundation.audit.admin import BursarAdmin, actor_of
from foundation.audit.forms import ActionForm
from foundation.books.selectors import local_today
from foundation.exports.files import as_file, content_type, table
from foundation.exports.models import FileFormat
from foundation.money.rules import rounded
from sponsors.directory.models import Sponsor
from sponsors.renewals.rules.concentration import LARGEST, Concentration
from sponsors.renewals.rules.runway import Runway
from sponsors.renewals.selectors.what_if import AsItIs, Departure, as_it_is, departure

MOST_CHOSEN = 20
_MOST_FOUND = 12
_LONGEST_KEY = 18  # digits; the database has no larger ones
_COLUMNS = ("what", "of", "figure", "unit")


class FindForm(ActionForm):
    """Looks for a sponsor to add; those that are chosen stand in the address."""

    q = forms.CharField(label="Find a sponsor", required=False, max_length=100)


def what_if_page(page: BursarAdmin, request: HttpRequest) -> HttpResponseBase:
    """Return the page of the sponsors in `?sponsor=…`, or with `?format=csv` or `xlsx` its figures."""
    user = actor_of(request)
    if not page.has_view_permission(request) or not user.has_perm("sponsors.view_sponsor"):
        raise PermissionDenied
    today = local_today()
    chosen = _chosen(request)
    now = as_it_is(today)
    gone = departure(now, chosen, today) if chosen else None
    file_format = request.GET.get("format")
    if file_format in FileFormat.values:
        content = table(_COLUMNS, _rows(now, gone), file_format)
        answer = HttpResponse(content, content_type=content_type(file_format))
        return as_file(answer, f"what-if-{today}.{file_format}")
    if len(request.GET.getlist("sponsor")) > MOST_CHOSEN:
        messages.warning(
            request, f"At most {MOST_CHOSEN} sponsors leave at once here: the others are left out."
        )
    form = FindForm({"q": "", **request.GET.dict()}, user=user)
    keys = [sponsor.pk for sponsor in chosen]
    context = {
        "title": "What if they leave",
        "form": form,
        "found": [(sponsor, _address(*keys, sponsor.pk)) for sponsor in _found(request, form, keys)],
        "chosen": [(sponsor, _address(*(key for key in keys if key != sponsor.pk))) for sponsor in chosen],
        "files": [(name, _address(*keys, format=name)) for name in FileFormat.values],
        "now": now,
        "gone": gone,
        "concentrations": _beside(now, gone),
        "largest_counts": LARGEST,
        "largest": [(giver, _address(giver.sponsor)) for giver in now.largest],
        "media": page.media + form.media,
        "back_url": page.url_of_list(),
    }
    return page.page(request, "admin/renewals/what_if.html", context)


def _chosen(request: HttpRequest) -> list[Sponsor]:
    """Return the sponsors in the address that the person may see; what is no key names nobody."""
    keys = {
        int(key)
        for key in request.GET.getlist("sponsor")[:MOST_CHOSEN]
        if key.isdecimal() and len(key) <= _LONGEST_KEY
    }
    if not keys:
        return []
    return list(Sponsor.objects.visible_to(actor_of(request)).filter(pk__in=keys).order_by("name", "pk"))


def _found(request: HttpRequest, form: FindForm, chosen: Sequence[int]) -> list[Sponsor]:
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    if not words:
        return []
    rows = Sponsor.objects.visible_to(actor_of(request)).filter(merged_into=None).matching(words)
    return list(rows.exclude(pk__in=chosen).best_first(words)[:_MOST_FOUND])


def _address(*sponsors: int, **more: str) -> str:
    return "?" + urlencode([*(("sponsor", key) for key in dict.fromkeys(sponsors)), *more.items()])


def _beside(now: AsItIs, gone: Departure | None) -> list[dict[str, Any]]:
    """Return a row for each concentration, as it is and afterwards."""
    after = dict(gone.concentrations.rows) if gone else {}
    return [
        {"name": name, "now": _shares(one), "after": _shares(after[name]) if gone else None}
        for name, one in now.concentrations.rows
    ]


def _shares(one: Concentration) -> dict[str, Any]:
    return {
        "total": one.total,
        "largest": [(count, one.largest.get(count)) for count in LARGEST],
        "index": one.index,
        "effective": one.effective,
    }


def _rows(now: AsItIs, gone: Departure | None) -> Iterator[Sequence[Any]]:
    """Yield every figure of the page, amounts with the decimals of their currency."""
    currency = now.currency
    for what, of, figure, unit in _figures(now, gone, currency):
        is_amount = unit == currency and isinstance(figure, Decimal)
        yield (what, of, rounded(figure, currency) if is_amount else figure, unit)


def _figures(now: AsItIs, gone: Departure | None, currency: str) -> Iterator[Sequence[Any]]:
    yield from _runway_rows("Runway", now.runway, currency)
    for name, one in now.concentrations.rows:
        yield from _concentration_rows("As it is", name, one, currency)
    if gone is None:
        return
    yield ("Lost a year", "cash", gone.lost.cash, currency)
    yield ("Lost a year", "in kind", gone.lost.in_kind, currency)
    for year in gone.still_to_come:
        yield ("Agreed and still to come", str(year.year), _known(year.amount), currency)
    yield ("Replacement a year", "dearest alternatives", _known(gone.replacement), currency)
    yield ("Replacement a year", "cheapest alternatives", _known(gone.replacement_least), currency)
    yield from _runway_rows("Runway without them", gone.runway, currency)
    yield from _runway_rows("Runway without them, services paid for", gone.paying, currency)
    for name, one in gone.concentrations.rows:
        yield from _concentration_rows("Without them", name, one, currency)
    for row in gone.commitments:
        cash = row.assessment.cash_a_year if row.assessment else None
        yield ("Commitment that ends", row.commitment.number, _known(cash), currency)
    for service in gone.services:
        for option in service.options:
            what = f"{service.service}: {option.alternative}"
            yield ("Service elsewhere a year", what, _known(option.a_year), currency)
            yield ("Months to move", what, option.months_to_move, "months")


def _runway_rows(label: str, runway: Runway, currency: str) -> Iterator[Sequence[Any]]:
    yield (label, "cash that comes in a month", runway.income, currency)
    yield (label, "costs a month", _known(runway.costs), currency)
    yield (label, "months", "no end" if runway.is_covered else _known(runway.months), "months")


def _concentration_rows(label: str, name: str, one: Concentration, currency: str) -> Iterator[Sequence[Any]]:
    yield (label, f"{name}: all", one.total, currency)
    for count, share in one.largest.items():
        yield (label, f"{name}: largest {count}", share.quantize(Decimal("0.0001")), "share of all")
    if one.index is not None and one.effective is not None:
        yield (label, f"{name}: index", one.index.quantize(Decimal("0.0001")), "Herfindahl-Hirschman")
        yield (label, f"{name}: effective sponsors", one.effective.quantize(Decimal("0.01")), "sponsors")


def _known(value: Decimal | None) -> Decimal | str:
    return "unknown" if value is None else value
