"""The page of a timeline: a drawing for those who see it, and a table that says the same."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from foundation.audit.admin import BursarAdmin
from sponsors.commitments.drawing import LETTERS, SIGNS, draw
from sponsors.commitments.rules import InstallmentState
from sponsors.commitments.selectors import EventKind, Timeline


def timeline_page(page: BursarAdmin, request: HttpRequest, obj: Any, line: Timeline) -> HttpResponse:
    """Return the page about the object, a commitment or a sponsor, with its buttons back."""
    states = {row.state for band in line.bands for row in band.installments}
    kinds = {event.kind for event in line.events}
    letters = {LETTERS[kind]: _meaning(kind) for kind in EventKind if kind in kinds}
    has_page = page.admin_site.is_registered(type(obj))
    context = {
        "title": "Timeline",
        "original": obj if has_page else str(obj),
        "line": line,
        "drawing": draw(line),
        "legend": [(state.value, SIGNS[state], state.label) for state in InstallmentState if state in states],
        "letters": letters.items(),
        "charges": any(row.description for band in line.bands for row in band.installments),
        "back_url": page.url_of(obj) if has_page else page.url_of_list(),
    }
    return page.page(request, "admin/timeline.html", context)


def _meaning(kind: EventKind) -> str:
    return "Renewal" if LETTERS[kind] == "R" else str(kind.label)
