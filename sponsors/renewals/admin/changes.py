"""The page of what changed since last week: which risks are others, and why."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from foundation.audit.admin import BursarAdmin, actor_of
from foundation.audit.forms import ActionForm
from foundation.books.selectors import local_today
from foundation.exports.files import as_file, content_type, table
from foundation.exports.models import FileFormat
from foundation.money.rules import rounded
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.selectors.assessments import MOST_CHANGES, WEEK, Changed, changed_since

_MOST_ROWS = 100_000
_COLUMNS = (
    "commitment",
    "sponsor",
    "last day",
    "owner",
    "assessed on",
    "probability",
    "band",
    "before on",
    "probability before",
    "band before",
    "what changed",
    "currency",
    "cash a year",
    "replacement a year",
)


class SinceForm(ActionForm):
    since = forms.DateField(label="Since")


def changes_page(page: BursarAdmin, request: HttpRequest) -> HttpResponseBase:
    """Return the page, or with `?format=csv` or `xlsx` the file."""
    if not page.has_view_permission(request):
        raise PermissionDenied
    today = local_today()
    form = SinceForm({"since": today - WEEK, **request.GET.dict()}, user=actor_of(request))
    shown: Sequence[Changed] = ()
    if form.is_valid():
        since = form.cleaned_data["since"]
        file_format = request.GET.get("format")
        if file_format in FileFormat.values:
            rows = changed_since(since, today, most=_MOST_ROWS)
            content = table(_COLUMNS, _rows(rows), file_format)
            answer = HttpResponse(content, content_type=content_type(file_format))
            return as_file(answer, f"risk-changed-since-{since}.{file_format}")
        shown = changed_since(since, today)
    context = {
        "title": "What changed",
        "form": form,
        "formats": FileFormat.values,
        "changes": shown,
        "is_cut": len(shown) == MOST_CHANGES,
        "media": page.media + form.media,
        "back_url": page.url_of_list(),
    }
    return page.page(request, "admin/renewals/changes.html", context)


def _rows(changes: Sequence[Changed]) -> Iterator[Sequence[Any]]:
    for one in changes:
        now, before = one.now, one.before
        yield (
            now.commitment.number,
            now.commitment.sponsor.name,
            now.commitment.ends_on,
            str(now.commitment.owner or ""),
            now.day,
            f"{now.probability:.3f}",
            Band(now.band).label,
            before.day if before else "",
            f"{before.probability:.3f}" if before else "",
            Band(before.band).label if before else "",
            " ".join(one.change.sentences) or one.otherwise,
            now.currency,
            "" if now.cash_a_year is None else rounded(now.cash_a_year, now.currency),
            "" if now.replacement_a_year is None else rounded(now.replacement_a_year, now.currency),
        )
