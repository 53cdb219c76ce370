"""Lines of statements: whose money each is, confirmed by a person, one after the other."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Case, Value, When
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter, RelatedDropdownFilter

from foundation.audit.admin import OnlyRead
from foundation.audit.admin.visible import BursarChangeList
from foundation.audit.badges import badge
from foundation.audit.forms import ReasonForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.closing import open_from
from foundation.books.selectors import local_today
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.banking import services
from sponsors.banking.admin.forms import ConfirmForm
from sponsors.banking.models import BankLine
from sponsors.banking.rules import LineAction, LineState, days_of_receipt, possible
from sponsors.banking.selectors import Match, alike_of, matches_of, next_waiting, preselected
from sponsors.commitments import cells

Data = dict[str, Any]
_TONES = {LineState.OPEN: "warning", LineState.MATCHED: "success", LineState.SET_ASIDE: "default"}


def _confirm(actor: User, line: BankLine, data: Data) -> Outcome:
    chosen = data["chosen"]
    if chosen is not None and chosen.receipt is not None:
        done = services.tie_receipt(actor=actor, line=line, receipt=chosen.receipt)
    else:
        done = services.confirm_match(
            actor=actor,
            line=line,
            sponsor=chosen.sponsor if chosen else data["sponsor"],
            commitment=data["commitment"] or (chosen.commitment if chosen else None),
            invoice=chosen.invoice if chosen and not data["commitment"] else None,
            allocate=data["allocate"],
            acknowledge=data["acknowledge"],
            today=local_today(),
        )
    assert done.receipt is not None
    return _next(done, f"{money_text(done.amount, done.currency)} from {done.receipt.sponsor} is recorded.")


def _of_closed_books(line: BankLine) -> str:
    """Return what a person is told of a line whose own day cannot be that of a receipt, or nothing."""
    received_on, corrects_on = days_of_receipt(line.booked_on, open_from())
    if corrects_on is None:
        return ""
    return (
        f"The books of {corrects_on} are closed: a new receipt is dated {received_on}, the first open day, and says "
        "which day it corrects."
    )


def _set_aside(actor: User, line: BankLine, data: Data) -> Outcome:
    done = services.set_aside(actor=actor, line=line, reason=data["reason"])
    return _next(done, f"{done} is set aside.")


def _undo(actor: User, line: BankLine, _data: Data) -> str:
    services.undo_set_aside(actor=actor, line=line)
    return f"{line} is open again."


def _next(line: BankLine, message: str) -> Outcome:
    following = next_waiting(line)
    if following is None:
        return Outcome(message=f"{message} No line is open any more.", to_list=True)
    return Outcome(message=f"{message} This is the next one.", go_to=following)


def _may(action: LineAction) -> Any:
    return lambda line: possible(line.state, action)


def _unsure(matches: Sequence[Match]) -> str:
    """Return how many proposals a person looks at, of which none stands out."""
    if not matches:
        return cells.NOTHING
    return "One may fit: look" if len(matches) == 1 else f"{len(matches)} may fit: look"


class _LineList(BursarChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        lines = list(self.result_list)
        found, alike = matches_of(lines), alike_of(lines)
        for line in self.result_list:
            line.matches, line.alike = found.get(line.pk, []), alike[line.pk]


@admin.register(BankLine)
class BankLineAdmin(OnlyRead):
    """Evidence of the bank: nothing in it is edited, and what it is is decided by name."""

    empty_list = "Every movement of the accounts stands here once a statement is imported. Import one under Bank statements."
    object_actions = (
        ObjectAction(
            name="confirm",
            label="Confirm",
            permission="sponsors.confirm_bankline",
            call=_confirm,
            form_class=ConfirmForm,
            available=lambda line: possible(line.state, LineAction.MATCH) and line.amount > 0,
            icon="check",
            description=lambda line: (
                f"{money_text(line.amount, line.currency)} of {line.booked_on} becomes a receipt of the sponsor, or "
                f"is tied to the one recorded already. {_of_closed_books(line)}".strip()
            ),
        ),
        ObjectAction(
            name="set-aside",
            label="Set aside",
            permission="sponsors.confirm_bankline",
            call=_set_aside,
            form_class=ReasonForm,
            available=_may(LineAction.SET_ASIDE),
            icon="move_to_inbox",
            description="It is no sponsor's money, such as interest or a transfer of ours. It stays in the list.",
        ),
        ObjectAction(
            name="undo",
            label="Open again",
            permission="sponsors.confirm_bankline",
            call=_undo,
            available=_may(LineAction.UNDO),
            icon="undo",
            description="It was set aside and is open again.",
        ),
    )
    summary_template = "admin/banking/line.html"
    list_display = ("booked_on", "money", "payer", "told", "account", "state_badge", "proposal")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("account", RelatedDropdownFilter),
        ("booked_on", RangeDateFilter),
    )
    list_select_related = ("account",)
    search_fields = ("payer", "reference", "text", "=bank_id")
    search_help_text = "Payer, reference, text or the bank's number"
    # Money that waits for somebody first.
    ordering = (
        Case(When(state=LineState.OPEN, amount__gt=0, then=Value(0)), default=Value(1)),
        "-booked_on",
        "-pk",
    )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # The page of a statement leads to its lines.
        return lookup == "statement__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        del request, kwargs
        return _LineList

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        shown = (
            ("booked_on", "account"),
            ("payer", "reference"),
            "text",
            ("bank_id", "statement"),
            ("state", "reason"),
            ("receipt", "decided_by"),
        )
        return ((None, {"fields": shown}),)

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        may = any(action.name == "confirm" for action in self.offered_actions(request, obj))
        matches, alike = matches_of([obj]).get(obj.pk, []), alike_of([obj])[obj.pk]
        return {
            "matches": matches,
            "preselected": preselected(matches, alike),
            "recorded": any(match.receipt is not None for match in matches),
            "alike": alike,
            "closed_books": _of_closed_books(obj) if may else "",
            "confirm_url": self._url("do", obj.pk, "confirm") if may else "",
            "waiting": BankLine.objects.waiting().filter(account=obj.account_id).count(),
        }

    @admin.display(description="Amount", ordering="amount")
    def money(self, line: BankLine) -> str:
        return cells.money(line.amount, line.currency)

    @admin.display(description="Reference and text")
    def told(self, line: BankLine) -> str:
        return line.words.strip()

    @admin.display(description="State", ordering="state")
    def state_badge(self, line: BankLine) -> SafeString:
        return badge(str(LineState(line.state).label), _TONES[LineState(line.state)])

    @admin.display(description="Likely")
    def proposal(self, line: Any) -> SafeString | str:
        matches = getattr(line, "matches", [])
        likely = preselected(matches)
        shown = cells.unbroken(likely.title) if likely else _unsure(matches)
        if not getattr(line, "alike", []):
            return shown
        return format_html("{} {}", badge("Perhaps there twice", "warning"), shown)
