"""The list of documents, and the page of one: its versions, their files, and what is done to them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from import_export.fields import Field
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, DropdownFilter

from foundation.audit.admin import ObjectLink, OnlyRead
from foundation.audit.object_actions import ObjectAction
from foundation.books.selectors import local_today
from foundation.documents.services import document_response
from foundation.exports.files import ExportResource
from foundation.exports.pages import ExportingAdmin
from foundation.people.models import User
from sponsors.agreements import cells, services
from sponsors.agreements.admin.forms import AnnulForm, NewVersionForm, SendForm, SignForm, VoidForm
from sponsors.agreements.models import CommitmentDocument, DocumentVersion
from sponsors.agreements.rules import OPEN, Means, Step, VersionState, is_possible
from sponsors.agreements.selectors import outdated_facts, stopped_mail, versions
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.commitments.rules import State

if TYPE_CHECKING:
    from sponsors.agreements.querysets import DocumentQuerySet

Data = dict[str, Any]


def _new_version(actor: User, document: CommitmentDocument, data: Data) -> str:
    replaced = _open_version(document)
    version = services.begin_version(actor=actor, document=document, today=local_today(), **data)
    before = f" Version {replaced.number} is voided.{_mail_stopped(document, replaced)}" if replaced else ""
    return f"Version {version.number} is drafted. Look at the PDF, then send it.{before}"


def _send(actor: User, _document: CommitmentDocument, data: Data) -> str:
    version = services.send_version(actor=actor, today=local_today(), **data)
    if version.means == Means.BURSAR:
        return f"Version {version.number} goes to {version.sent_address}."
    return f"Version {version.number} is recorded as sent to {version.sent_to}."


def _sign(actor: User, document: CommitmentDocument, data: Data) -> str:
    version = services.sign_version(actor=actor, today=local_today(), **data)
    commitment = document.commitment
    then = (
        f" {commitment.number} itself is only proposed: choose Sign on its page."
        if commitment.state == State.PROPOSED and document.kind == CommitmentDocument.Kind.AGREEMENT
        else ""
    )
    return f"The signed copy of version {version.number} is kept.{then}"


def _void(actor: User, document: CommitmentDocument, data: Data) -> str:
    return _voided(document, services.void_version(actor=actor, today=local_today(), **data))


def _annul(actor: User, document: CommitmentDocument, data: Data) -> str:
    return _voided(document, services.annul_version(actor=actor, today=local_today(), **data))


def _voided(document: CommitmentDocument, version: DocumentVersion) -> str:
    return f"Version {version.number} is voided.{_mail_stopped(document, version)} A new one can begin at any time."


def _mail_stopped(document: CommitmentDocument, version: DocumentVersion) -> str:
    """Return sentences on the mail of a version that was voided, each with a space before it."""
    return "".join(
        f" Its mail to {mail.address} was just being sent and may arrive."
        if mail.is_leaving
        else f" Its mail to {mail.address} had not left and is not sent."
        for mail in stopped_mail(document)[version.pk]
    )


def _possible(step: Step) -> Callable[[CommitmentDocument], bool]:
    return lambda document: any(is_possible(version.state, step) for version in document.versions.all())


def _open_version(document: CommitmentDocument) -> DocumentVersion | None:
    return next((version for version in document.versions.all() if version.state in OPEN), None)


def _about_new_version(document: CommitmentDocument) -> str:
    replaced = _open_version(document)
    what = (
        "The next version is made of a template and of what the commitment says now, or it is a PDF of yours."
    )
    if replaced is None:
        return what
    return f"{what} Version {replaced.number} is voided by it: it was {replaced.get_state_display().lower()} and is not signed."


DOCUMENT_ACTIONS = (
    ObjectAction(
        name="send",
        label="Send",
        permission="sponsors.send_commitmentdocument",
        call=_send,
        form_class=SendForm,
        available=_possible(Step.SEND),
        icon="send",
        description=lambda d: f"{d.title} goes to somebody at {d.commitment.sponsor} to be signed.",
    ),
    ObjectAction(
        name="sign",
        label="Record signature",
        permission="sponsors.sign_commitment",
        call=_sign,
        form_class=SignForm,
        available=_possible(Step.SIGN),
        icon="signature",
        description=lambda d: (
            f"Keep the copy of {d.title} that both sides signed. {d.commitment.number} itself is signed on its own page."
        ),
    ),
    ObjectAction(
        name="new-version",
        label="New version",
        permission="sponsors.add_commitmentdocument",
        call=_new_version,
        form_class=NewVersionForm,
        icon="note_add",
        description=_about_new_version,
    ),
    ObjectAction(
        name="void",
        label="Void",
        permission="sponsors.send_commitmentdocument",
        call=_void,
        form_class=VoidForm,
        available=_possible(Step.VOID),
        icon="block",
        danger=True,
        description=(
            "The version no longer counts and cannot be signed. Mail of it that has not left is not sent. Its file is kept, "
            "and a new version can begin."
        ),
    ),
    ObjectAction(
        name="annul",
        label="Void what is signed",
        permission="sponsors.sign_commitment",
        call=_annul,
        form_class=AnnulForm,
        available=_possible(Step.ANNUL),
        icon="block",
        danger=True,
        rare=True,
        description=lambda d: (
            f"The signed version no longer counts. Its files are kept, a new version can begin, and {d.commitment.number} "
            "stays as it is: to end it, terminate it on its page."
        ),
    ),
)


class _Choice(DropdownFilter):
    """A list of choices; a value that is none of them narrows nothing."""

    def chosen(self) -> str:
        value = self.value()
        return str(value) if value in {str(key) for key, _label in self.lookup_choices} else ""


class StateFilter(_Choice):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        del request, model_admin
        return [(state.value, str(state.label)) for state in VersionState]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        del request
        return queryset.filter(state=self.chosen()) if self.chosen() else queryset


class Answer(_Choice):
    title = "answer"
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        del request, model_admin
        return [("late", "Sent more than 14 days ago, not signed")]

    def queryset(self, request: HttpRequest, queryset: "DocumentQuerySet") -> "DocumentQuerySet":
        del request
        return queryset.unanswered(local_today()) if self.chosen() else queryset


class DocumentResource(ExportResource):
    """Rows of `with_current`, with commitment and sponsor joined."""

    commitment = Field("commitment__number", "commitment")
    sponsor = Field("commitment__sponsor__name", "sponsor")
    kind = Field("kind", "kind")
    title = Field("title", "title")
    version = Field("version", "version")
    state = Field("state", "state")
    sent_on = Field("sent_on", "sent on")


@admin.register(CommitmentDocument)
class CommitmentDocumentAdmin(OnlyRead, FindsBySponsor, ExportingAdmin):
    """A document begins on the page of its commitment, and goes on here."""

    empty_list = (
        "Agreements and other papers of commitments, with their versions. Open a commitment and choose Make agreement "
        "to begin the first one."
    )
    export_resource = DocumentResource
    object_actions = DOCUMENT_ACTIONS
    history_children = ("versions",)
    summary_template = "admin/agreements/document.html"
    list_display = ("name", "sponsor_name", "kind", "version_number", "standing", "last_sent")
    list_filter = (
        StateFilter,
        ("kind", ChoicesDropdownFilter),
        Answer,
        ("commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("commitment__sponsor",)
    ordering = ("-pk",)
    search_fields = ("title",)
    sponsor_path = "commitment__sponsor"
    begins_with = ("commitment__number",)
    holds = ("title",)
    search_help_text = "Number of the commitment, title or sponsor"

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        documents = cast("DocumentQuerySet", super().get_queryset(request))
        return documents.with_current().select_related("commitment__sponsor", "amendment__commitment")

    @admin.display(description="Document", ordering="commitment__number")
    def name(self, document: CommitmentDocument) -> str:
        return str(document)

    @admin.display(description="Sponsor", ordering="commitment__sponsor__name")
    def sponsor_name(self, document: CommitmentDocument) -> str:
        return document.commitment.sponsor.name

    @admin.display(description="Version", ordering="version")
    def version_number(self, document: CommitmentDocument) -> int:
        return document.version

    @admin.display(description="State", ordering="state")
    def standing(self, document: CommitmentDocument) -> SafeString:
        return cells.version_badge(document.state)

    @admin.display(description="Sent on", ordering="sent_on")
    def last_sent(self, document: CommitmentDocument) -> Any:
        return document.sent_on

    # The page -------------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request, obj
        return ()  # the summary says everything

    def get_summary(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        del request
        stopped = stopped_mail(obj)
        rows = list(versions().filter(document=obj))
        for row in rows:
            row.stopped_mail = next(
                (mail for mail in stopped[row.pk] if mail.address == row.sent_address), None
            )
        waiting = next((row for row in rows if row.state in OPEN), None)
        outdated: list[str] = []
        if waiting is not None:
            waiting.document = obj
            outdated = outdated_facts(waiting, local_today())
        return {"versions": rows, "outdated": outdated, "waiting": waiting}

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        return [ObjectLink(obj.commitment.number, self.url_of(obj.commitment), "handshake")]

    def get_urls(self) -> list[URLPattern]:
        pdf = path(
            "<path:object_id>/versions/<int:number>/<str:which>/",
            self.admin_site.admin_view(self.pdf_view),
            name=self._url_name("pdf"),
        )
        return [pdf, *super().get_urls()]

    def pdf_view(self, request: HttpRequest, object_id: str, number: int, which: str) -> HttpResponseBase:
        """Hand out the file of a version, or its signed copy."""
        document = self.object_or_404(request, object_id)
        version = document.versions.select_related("file", "signed_copy").filter(number=number).first()
        kept = {"file": version.file, "signed": version.signed_copy}.get(which) if version else None
        if kept is None:
            raise Http404
        try:
            return document_response(kept)
        except FileNotFoundError as error:
            raise Http404 from error
