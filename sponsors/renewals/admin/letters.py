"""Renewal letters: a draft is read and changed here, looked at as PDF, and sent by a person or discarded."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminTextareaWidget

from foundation.audit.admin import BursarAdmin, ObjectLink, actor_of
from foundation.audit.forms import ServiceForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.selectors import local_today
from foundation.documents.services import document_response
from foundation.errors import RuleViolation
from foundation.people.models import User
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.renewals import cells
from sponsors.renewals.models import RenewalLetter
from sponsors.renewals.rules.states import LetterAction, LetterState, letter_may
from sponsors.renewals.services import letters as services

Data = dict[str, Any]
_JOINED = ("case__commitment__sponsor", "contact", "document", "written_by", "sent_by")


def _send(actor: User, letter: RenewalLetter, _data: Data) -> Outcome:
    sent = services.send_letter(actor=actor, letter=letter, today=local_today(), now=timezone.now())
    return Outcome(message=f"The letter goes to {sent.recipient}, and its PDF is kept.", go_to=sent.case)


def _discard(actor: User, letter: RenewalLetter, _data: Data) -> Outcome:
    discarded = services.discard_letter(actor=actor, letter=letter)
    return Outcome(message="The draft is discarded.", go_to=discarded.case)


def _may(step: LetterAction) -> Any:
    return lambda letter: letter_may(letter.state, step)


class LetterForm(ServiceForm):
    class Meta:
        model = RenewalLetter
        fields = ("contact", "recipient", "subject", "body")
        widgets = {"body": UnfoldAdminTextareaWidget(attrs={"rows": 24})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("contact")
        if isinstance(field, forms.ModelChoiceField):
            sponsor = self.instance.case.commitment.sponsor
            field.queryset = sponsor.contacts.present(local_today())


@admin.register(RenewalLetter)
class RenewalLetterAdmin(FindsBySponsor, BursarAdmin):
    """A letter begins on the page of a renewal case. Nothing sends one by itself."""

    empty_list = "Letters to sponsors about renewals. Open a renewal case and choose Draft letter to begin the first one."
    object_actions = (
        ObjectAction(
            name="send",
            label="Send letter",
            permission="sponsors.send_renewalletter",
            call=_send,
            available=_may(LetterAction.SEND),
            icon="send",
            description=lambda letter: (
                f"The letter is mailed to {letter.recipient or 'nobody yet: enter the address first'}, with its PDF attached; "
                "answers go to the owner of the commitment. It is kept as it is now, and noted with the sponsor."
            ),
        ),
        ObjectAction(
            name="discard",
            label="Discard",
            permission="sponsors.change_renewalletter",
            call=_discard,
            available=_may(LetterAction.DISCARD),
            icon="delete",
            danger=True,
            description="The draft is given up and stays in the list as discarded. Another one can be begun.",
        ),
    )
    summary_template = "admin/renewals/letter.html"
    list_display = ("about", "sponsor_name", "recipient", "standing", "sent_on", "written_by")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("case__commitment__sponsor", AutocompleteSelectFilter),
    )
    ordering = ("-pk",)
    search_fields = ("subject",)
    sponsor_path = "case__commitment__sponsor"
    begins_with = ("case__commitment__number",)
    holds = ("subject", "recipient")
    search_help_text = "Number of the commitment, subject, address or sponsor"
    form = LetterForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (
            obj is None or letter_may(obj.state, LetterAction.REVISE)
        )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*_JOINED)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        return ((None, {"fields": (("contact", "recipient"), "subject", "body")}),)

    def save_through(
        self, request: HttpRequest, obj: Any, form: "forms.ModelForm[Any]", *, change: bool
    ) -> RenewalLetter:
        del change
        data = form.cleaned_data
        changes: services.LetterChanges = {name: data[name] for name in form.changed_data}  # type: ignore[assignment]  # the form's fields are its names
        return services.revise_letter(actor=actor_of(request), letter=obj, changes=changes)

    def get_urls(self) -> list[URLPattern]:
        pdf = path(
            "<path:object_id>/pdf/", self.admin_site.admin_view(self.pdf_view), name=self._url_name("pdf")
        )
        return [pdf, *super().get_urls()]

    def pdf_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Hand out the letter as it was sent; of a draft, as it would be sent today."""
        letter = self.object_or_404(request, object_id)
        if not self.has_view_permission(request, letter):
            raise PermissionDenied
        if letter.document is not None:
            return document_response(letter.document)
        try:
            content = services.preview_letter(letter, today=local_today())
        except RuleViolation as violation:
            messages.error(request, violation.message)
            return HttpResponseRedirect(self.url_of(letter))
        response = HttpResponse(content, content_type="application/pdf")
        response["Content-Disposition"] = 'inline; filename="letter.pdf"'
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        return [
            ObjectLink("PDF", self._url("pdf", obj.pk), "picture_as_pdf"),
            ObjectLink(str(obj.case), self.url_of(obj.case), "autorenew"),
        ]

    @admin.display(description="Subject", ordering="subject")
    def about(self, letter: RenewalLetter) -> str:
        return letter.subject

    @admin.display(description="Sponsor", ordering="case__commitment__sponsor__name")
    def sponsor_name(self, letter: RenewalLetter) -> str:
        return letter.case.commitment.sponsor.name

    @admin.display(description="State", ordering="state")
    def standing(self, letter: RenewalLetter) -> SafeString:
        return cells.letter_badge(LetterState(letter.state))
