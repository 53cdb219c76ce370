"""`/api/v1/contacts/`: people at sponsors. Personal data, with scopes of its own."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput
from foundation.api.views import RecordViewSet
from foundation.books.selectors import local_today
from sponsors.directory import services
from sponsors.directory.api.filters import ContactFilters
from sponsors.directory.api.inputs import ContactChangeInput, ContactInput, LeaveInput
from sponsors.directory.models import Contact


class ContactSerializer(serializers.ModelSerializer[Contact]):
    sponsor_name = serializers.CharField(source="sponsor.name")
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Contact.Role.choices))

    class Meta:
        model = Contact
        fields = (
            "id",
            "sponsor",
            "sponsor_name",
            "name",
            "email",
            "phone",
            "title",
            "roles",
            "left_on",
            "notes",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class ContactViewSet(RecordViewSet[Contact]):
    """People at sponsors."""

    queryset = Contact.objects.select_related("sponsor")
    serializer_class = ContactSerializer
    filterset_class = ContactFilters
    required_scopes = {"read": Scope.CONTACTS_READ, "write": Scope.CONTACTS_WRITE}
    action_permissions = {"leave": "sponsors.change_contact", "come_back": "sponsors.change_contact"}
    inputs = {
        "create": ContactInput,
        "partial_update": ContactChangeInput,
        "leave": LeaveInput,
        "come_back": NoInput,
    }
    ordering_fields = ("name", "email", "created_at", "updated_at")
    ordering = ("name",)
    csv_columns = (
        "id",
        "sponsor",
        "sponsor_name",
        "name",
        "email",
        "phone",
        "title",
        "roles",
        "left_on",
        "created_at",
        "updated_at",
    )

    def lock_first(self) -> None:
        services.hold_sponsor_of(Contact, self.kwargs["pk"])

    def add(self, data: dict[str, Any]) -> Contact:
        return services.add_contact(actor=self.caller, **data)

    def change(self, record: Contact, data: dict[str, Any]) -> Contact:
        changes: services.ContactChanges = {**data}  # type: ignore[typeddict-item]  # the input has these fields
        return services.change_contact(actor=self.caller, contact=record, changes=changes)

    @action(detail=True, methods=["post"])
    @idempotent
    def leave(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Record the day this person left the sponsor. They stay in the history and get no more mail."""
        with self.locked() as contact:
            services.mark_contact_left(
                actor=self.caller, contact=contact, left_on=self.input()["left_on"], today=local_today()
            )
            return self.answer(contact.pk)

    @action(detail=True, methods=["post"], url_path="return")
    @idempotent
    def come_back(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Take back that this person left."""
        with self.locked() as contact:
            services.mark_contact_returned(actor=self.caller, contact=contact)
            return self.answer(contact.pk)
