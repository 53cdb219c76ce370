"""`/api/v1/renewal-letters/`: drafts of letters about renewals, and those that were sent by a person."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.http import HttpResponse
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.files import PDF_ANSWER, pdf_answer, pdf_of
from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput, StrictInput, VisibleRecord
from foundation.api.views import RecordViewSet
from foundation.books.selectors import local_today
from sponsors.commitments.models import Commitment
from sponsors.directory.models import Contact
from sponsors.directory.services import hold_sponsor_of
from sponsors.renewals.api import answers
from sponsors.renewals.models import RenewalCase, RenewalLetter
from sponsors.renewals.rules.states import LetterState
from sponsors.renewals.services import letters
from sponsors.renewals.services.cases import lock_case


class DraftLetterInput(StrictInput):
    case = VisibleRecord(queryset=RenewalCase.objects.all(), help_text="A draft that waits is found again.")


class LetterInput(StrictInput):
    contact = VisibleRecord(
        queryset=Contact.objects.all(), allow_null=True, required=False, help_text="Somebody at the sponsor."
    )
    recipient = serializers.CharField(
        max_length=254, allow_blank=True, required=False, help_text="An email address."
    )
    subject = serializers.CharField(max_length=letters.LONGEST_SUBJECT, required=False)
    body = serializers.CharField(max_length=letters.LONGEST_BODY, required=False)


class RenewalLetterFilters(ListFilters):
    state = filters.MultipleChoiceFilter(choices=LetterState.choices)
    case = IdFilter()
    commitment = IdFilter("case__commitment")
    sponsor = IdFilter("case__commitment__sponsor")
    sent_from = filters.DateFilter("sent_on", lookup_expr="gte")
    sent_to = filters.DateFilter("sent_on", lookup_expr="lte")


class RenewalLetterViewSet(RecordViewSet[RenewalLetter]):
    """Letters about renewals. Bursar drafts them from facts; nothing but a call of `send` by a person mails one."""

    queryset = RenewalLetter.objects.select_related("case__commitment__sponsor", "contact", "document")
    serializer_class = answers.RenewalLetterSerializer
    filterset_class = RenewalLetterFilters
    required_scopes = {"read": Scope.RENEWALS_READ, "write": Scope.RENEWALS_WRITE}
    action_permissions = {
        "send": "sponsors.send_renewalletter",
        "discard": "sponsors.change_renewalletter",
        "pdf": "sponsors.view_renewalletter",
    }
    inputs = {
        "create": DraftLetterInput,
        "partial_update": LetterInput,
        "send": NoInput,
        "discard": NoInput,
    }
    ordering_fields = ("created_at", "sent_on")
    ordering = ("-created_at",)
    csv_columns = tuple(name for name in map(str, answers.RenewalLetterSerializer().fields) if name != "body")

    def represent(self, records: Sequence[RenewalLetter]) -> Sequence[Mapping[str, Any]]:
        return [answers.letter_row(record) for record in records]

    def lock_first(self) -> None:
        """Lock the sponsor and the case where the letter is sent, before the letter."""
        if self.action != "send":
            return
        for case in RenewalCase.objects.filter(letters=self.kwargs["pk"]):
            hold_sponsor_of(Commitment, case.commitment_id)
            lock_case(case)

    def add(self, data: dict[str, Any]) -> RenewalLetter:
        """Draft a letter about a renewal case."""
        return letters.draft_letter(actor=self.caller, case=data["case"], today=local_today()).letter

    def change(self, record: RenewalLetter, data: dict[str, Any]) -> RenewalLetter:
        changes = cast("letters.LetterChanges", data)
        return letters.revise_letter(actor=self.caller, letter=record, changes=changes)

    @extend_schema(responses=PDF_ANSWER)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the letter as it was sent; of a draft, as it would be sent today."""
        letter = self.get_object()
        if letter.document is not None:
            return pdf_answer(letter.document)
        return pdf_of(letters.preview_letter(letter, today=local_today()), name=f"letter-{letter.pk}.pdf")

    @action(detail=True, methods=["post"])
    @idempotent
    def send(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Mail it with its PDF to its address."""
        with self.locked() as record:
            letters.send_letter(actor=self.caller, letter=record, today=local_today(), now=timezone.now())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def discard(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Give the draft up."""
        with self.locked() as record:
            letters.discard_letter(actor=self.caller, letter=record)
            return self.answer(record.pk)
