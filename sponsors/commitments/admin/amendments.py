"""The list of amendments, and the page of one: what it changes, side by side, and its approval."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from foundation.audit.admin import ObjectLink, OnlyRead
from foundation.audit.forms import ActionForm, ReasonForm
from foundation.audit.object_actions import ObjectAction
from foundation.books.selectors import local_today
from foundation.documents.services import document_response
from foundation.people.models import User
from foundation.uploads.forms import PdfField
from sponsors.commitments import cells, services
from sponsors.commitments.admin import filters
from sponsors.commitments.admin.deciding import DecidedByAnother
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.commitments.models import Amendment
from sponsors.commitments.rules import AMENDMENT_TRANSITIONS, AmendmentAction, AmendmentState
from sponsors.commitments.selectors import Comparison, comparison


def _possible(amendment: Amendment, action: AmendmentAction) -> bool:
    return (AmendmentState(amendment.state), action) in AMENDMENT_TRANSITIONS


def _approve(actor: User, amendment: Amendment, _data: dict[str, Any]) -> str:
    approved = services.approve_amendment(actor=actor, amendment=amendment, today=local_today())
    if approved.state == AmendmentState.APPLIED:
        return f"{approved} is approved and in effect."
    return f"{approved} is approved and takes effect on {approved.effective_on}."


def _withdraw(actor: User, amendment: Amendment, data: dict[str, Any]) -> str:
    services.withdraw_amendment(actor=actor, amendment=amendment, reason=data["reason"])
    return f"{amendment} is withdrawn."


def _keep_copy(actor: User, amendment: Amendment, data: dict[str, Any]) -> str:
    services.keep_signed_copy(actor=actor, amendment=amendment, content=data["content"])
    return f"The signed copy of {amendment} is kept."


class SignedCopyForm(ActionForm):
    content = PdfField(label="Signed copy")


def _approval(amendment: Amendment) -> str:
    when = (
        "It takes effect at once."
        if amendment.effective_on <= local_today()
        else f"It takes effect by itself on {amendment.effective_on}."
    )
    return (
        f"{amendment} changes {amendment.commitment.number} as its page shows. {when} The old schedule stays "
        "readable. Whoever proposed it cannot approve it."
    )


AMENDMENT_ACTIONS = (
    ObjectAction(
        name="approve",
        label="Approve",
        permission="sponsors.approve_amendment",
        call=_approve,
        available=lambda amendment: _possible(amendment, AmendmentAction.APPROVE),
        icon="check",
        description=_approval,
    ),
    ObjectAction(
        name="keep-signed-copy",
        label="Keep signed copy",
        permission="sponsors.add_amendment",
        call=_keep_copy,
        form_class=SignedCopyForm,
        available=lambda amendment: amendment.document_id is None,
        icon="upload_file",
        description=lambda amendment: f"The PDF of {amendment} as both sides signed it. It is kept for good.",
    ),
    ObjectAction(
        name="withdraw",
        label="Withdraw",
        permission="sponsors.add_amendment",
        call=_withdraw,
        form_class=ReasonForm,
        available=lambda amendment: _possible(amendment, AmendmentAction.WITHDRAW),
        icon="undo",
        danger=True,
        description=lambda amendment: (
            f"{amendment} is given up and never takes effect. {amendment.commitment.number} stays as it is."
        ),
    ),
)


@admin.register(Amendment)
class AmendmentAdmin(OnlyRead, FindsBySponsor, DecidedByAnother):
    """An amendment begins on the page of its commitment, and is only looked at and decided here."""

    empty_list = (
        "Agreed changes of signed commitments: amounts, dates, funds, pauses. Open a signed commitment and "
        "choose Amend to propose the first one."
    )
    object_actions = AMENDMENT_ACTIONS
    decisions = frozenset({"approve"})
    summary_template = "admin/commitments/amendment.html"
    list_display = ("name", "sponsor", "effective_on", "standing", "reason", "proposer")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        filters.Decision,
        ("commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("commitment__sponsor", "proposed_by")
    ordering = ("-effective_on", "-pk")
    search_fields = ("commitment__number", "reason")
    search_help_text = "Number of the commitment, reason or sponsor"
    sponsor_path = "commitment__sponsor"
    begins_with = ("commitment__number",)
    holds = ("reason",)

    @admin.display(description="Amendment", ordering="commitment__number")
    def name(self, amendment: Amendment) -> str:
        return str(amendment)

    @admin.display(description="Sponsor", ordering="commitment__sponsor__name")
    def sponsor(self, amendment: Amendment) -> str:
        return amendment.commitment.sponsor.name

    @admin.display(description="State", ordering="state")
    def standing(self, amendment: Amendment) -> SafeString:
        return cells.amendment_badge(amendment.state)

    @admin.display(description="Proposed by", ordering="proposed_by__name")
    def proposer(self, amendment: Amendment) -> str:
        return str(amendment.proposed_by)

    # The page -------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        return (
            super().get_queryset(request).select_related("commitment__sponsor", "proposed_by", "approved_by")
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        return ()  # the summary says everything

    def get_summary(self, request: HttpRequest, obj: Any) -> Comparison:
        del request
        return comparison(obj)

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        if obj.document_id is None:
            return ()
        return [ObjectLink("Signed amendment", self._url("document", obj.pk), "picture_as_pdf")]

    def get_urls(self) -> list[URLPattern]:
        document = path(
            "<path:object_id>/document/",
            self.admin_site.admin_view(self.document_view),
            name=self._url_name("document"),
        )
        return [document, *super().get_urls()]

    def document_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        amendment = self.object_or_404(request, object_id)
        if amendment.document is None:
            raise Http404
        try:
            return document_response(amendment.document)
        except FileNotFoundError:
            raise Http404 from None
