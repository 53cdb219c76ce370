"""Documents and versions as they stand in answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from sponsors.agreements.models import CommitmentDocument, DocumentVersion
from sponsors.agreements.rules import Means, VersionState

Row = Mapping[str, Any]


class DocumentVersionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    document = serializers.IntegerField()
    number = serializers.IntegerField(help_text="Counted in its document.")
    state = serializers.ChoiceField(choices=VersionState.choices)
    template = serializers.IntegerField(
        allow_null=True, help_text="What it was made from; null for a file from outside."
    )
    template_version = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(help_text="Of the file.")
    begun_on = serializers.DateField()
    begun_by = serializers.IntegerField()
    sent_on = serializers.DateField(allow_null=True, help_text="When it was sent last.")
    sent_to = serializers.IntegerField(allow_null=True, help_text="The contact.")
    means = serializers.ChoiceField(choices=Means.choices, allow_blank=True)
    signed_on = serializers.DateField(allow_null=True)
    signed_by = serializers.CharField(allow_blank=True)
    signed_copy_sha256 = serializers.CharField(allow_null=True)
    voided_on = serializers.DateField(allow_null=True)
    void_reason = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class DocumentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    kind = serializers.ChoiceField(choices=CommitmentDocument.Kind.choices)
    title = serializers.CharField()
    amendment = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(
        help_text="The number of the last version, which is the one that counts."
    )
    state = serializers.ChoiceField(choices=VersionState.choices, help_text="Of the last version.")
    sent_on = serializers.DateField(allow_null=True, help_text="Of the last version.")
    versions = DocumentVersionSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


def document(record: CommitmentDocument) -> Row:
    """Return a row of `with_current`, with commitment and sponsor joined and versions prefetched."""
    return {
        "id": record.pk,
        "commitment": record.commitment_id,
        "commitment_number": record.commitment.number,
        "sponsor": record.commitment.sponsor_id,
        "sponsor_name": record.commitment.sponsor.name,
        "kind": record.kind,
        "title": record.title,
        "amendment": record.amendment_id,
        "version": record.version,
        "state": record.state,
        "sent_on": record.sent_on,
        "versions": versions(list(record.versions.all())),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def versions(records: Sequence[DocumentVersion]) -> list[Row]:
    """Return versions with their files joined."""
    return [
        {
            "id": record.pk,
            "document": record.document_id,
            "number": record.number,
            "state": record.state,
            "template": record.template_id,
            "template_version": record.template_version,
            "sha256": record.file.digest,
            "begun_on": record.begun_on,
            "begun_by": record.begun_by_id,
            "sent_on": record.sent_on,
            "sent_to": record.sent_to_id,
            "means": record.means,
            "signed_on": record.signed_on,
            "signed_by": record.signed_by,
            "signed_copy_sha256": record.signed_copy.digest if record.signed_copy else None,
            "voided_on": record.voided_on,
            "void_reason": record.void_reason,
            "created_at": record.created_at,
            "updated_at": record.updated_at,
        }
        for record in records
    ]
