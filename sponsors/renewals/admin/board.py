"""The board of renewals in the admin site, and the files of its cards."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect

from foundation.audit.admin import BursarAdmin, actor_of
from foundation.audit.admin.refusals import of_database
from foundation.audit.forms import ActionForm
from foundation.books.quarters import quarter_named
from foundation.books.selectors import current_organization, local_today
from foundation.errors import RuleViolation
from foundation.exports.files import as_file, content_type, table
from foundation.exports.models import FileFormat
from sponsors.renewals.admin.case_actions import MOVE
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.states import CaseState
from sponsors.renewals.selectors.board import NOBODY, Board, BoardFilter, Row, board, rows_of
from sponsors.renewals.services.cases import move_case

_DAY = timedelta(days=1)
COLUMNS = (
    "commitment",
    "sponsor",
    "last day",
    "days left",
    "column",
    "owner",
    "currency",
    "cash a year",
    "in kind a year",
    "probability of renewal",
    "own estimate",
    "risk",
)


class FilterForm(ActionForm):
    """Whose cards, and of ends in which quarter."""

    owner = forms.ChoiceField(required=False)
    quarter = forms.ChoiceField(label="Ends in", required=False)

    def __init__(self, *args: Any, shown: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(key), name) for key, name in shown.owners]
        self._offer("owner", [("", "Everybody"), *people, (NOBODY, "Nobody")])
        self._offer("quarter", [("", "Any time"), *((one.key, one.label) for one in shown.quarters)])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        asked = self.data.get(name, "")
        # What was asked for and is no longer there, such as a quarter without ends, stays to be seen.
        known = {key for key, _label in choices}
        field.choices = choices if asked in known else [*choices, (asked, asked)]


def board_view(page: BursarAdmin, request: HttpRequest) -> HttpResponseBase:
    """Return the board, or with `?format=csv` or `xlsx` its cards as a file; a POST moves a card."""
    user = actor_of(request)
    if not page.has_view_permission(request):
        raise PermissionDenied
    if request.method == "POST":
        return _moved(page, request)
    today = local_today()
    asked = asked_for(request.GET.dict())
    file_format = request.GET.get("format")
    if file_format in FileFormat.values:
        content = table(COLUMNS, _rows(rows_of(user, asked, today), today), file_format)
        return as_file(
            HttpResponse(content, content_type=content_type(file_format)), f"renewals-{today}.{file_format}"
        )
    shown = board(user, asked, today)
    context = {
        "title": "Renewal board",
        "board": shown,
        "form": FilterForm(request.GET.dict(), shown=shown, user=user),
        "formats": FileFormat.values,
        "may_move": user.has_perm(MOVE),
        "states": [(state.value, str(state.label)) for state in CaseState],
        "lists": {state.value: _list_of(page, state, asked) for state in CaseState},
        "list_url": page.url_of_list(),
    }
    return page.page(request, "admin/renewals/board.html", context)


def asked_for(query: Mapping[str, str]) -> BoardFilter:
    """Return the filter that the address names; what it cannot mean narrows nothing."""
    owner = query.get("owner", "")
    key: int | str | None = owner if owner == NOBODY else None
    if owner.isascii() and owner.isdigit() and len(owner) < 19:  # noqa: PLR2004  # more digits no key has
        key = int(owner)
    start_month = current_organization().fiscal_year_start_month
    return BoardFilter(owner=key, quarter=quarter_named(query.get("quarter", ""), start_month))


def _moved(page: BursarAdmin, request: HttpRequest) -> HttpResponse:
    """Move the card that the form on it names, and come back to the board as it was filtered."""
    user = actor_of(request)
    if not user.has_perm(MOVE):
        raise PermissionDenied
    given = request.POST
    case = page.get_object(request, given.get("case", ""))
    if case is None:
        raise Http404
    try:
        moved = move_case(
            actor=user,
            case=case,
            state=given.get("state", ""),
            note=given.get("note", ""),
            today=local_today(),
            seen=given.get("seen") or None,
        )
    except RuleViolation as violation:
        messages.error(request, f"{case}: {violation.message}")
    except (IntegrityError, OperationalError) as error:
        messages.error(request, f"{case}: {of_database(error).message}")
    else:
        messages.success(request, f"{moved} is {moved.get_state_display().lower()} now.")
        return HttpResponseRedirect(f"{request.get_full_path()}#case-{case.pk}")
    # What is said at the top of the page is not scrolled past.
    return HttpResponseRedirect(request.get_full_path())


def _list_of(page: BursarAdmin, state: CaseState, asked: BoardFilter) -> str:
    """Return the address of the list of all cards of a column."""
    query: dict[str, Any] = {"state__exact": state.value, "standing": "board"}
    if asked.owner is not None and asked.owner != NOBODY:
        query["commitment__owner__id__exact"] = asked.owner
    return f"{page.url_of_list()}?{urlencode(query)}"


def _rows(rows: Iterable[Row], today: date) -> Iterator[list[Any]]:
    for row in rows:
        yield [
            row.number,
            row.sponsor,
            row.ends_before - _DAY,
            (row.ends_before - _DAY - today).days,
            str(CaseState(row.state).label),
            row.owner or "",
            row.currency or "",
            row.cash,
            row.in_kind,
            None if row.probability is None else round(row.probability, 4),
            row.own_probability,
            str(Band(row.band).label) if row.band else "",
        ]
