"""What the database refuses about documents. Raw SQL, past every service."""

import pytest

from sponsors.agreements.tests.factories import begun, sent, signed, template, voided
from sponsors.commitments.tests.amending import proposed_amendment
from sponsors.commitments.tests.factories import cash_line, signed_commitment
from sponsors.commitments.tests.raw import denied, run

pytestmark = pytest.mark.django_db


def test_templates_documents_and_versions_are_kept():
    begun(template=template())
    for table in ("agreementtemplate", "commitmentdocument", "documentversion"):
        denied("Cannot delete", f"DELETE FROM sponsors_{table}")  # noqa: S608  # words of this test


def test_a_template_counts_by_itself():
    text = template()
    run("UPDATE sponsors_agreementtemplate SET version = 9")
    text.refresh_from_db()
    assert text.version == 1
    run("UPDATE sponsors_agreementtemplate SET body = 'Other'")
    text.refresh_from_db()
    assert text.version == 2


@pytest.mark.parametrize("change", ["title = 'x'", "kind = 'other'", "commitment_id = commitment_id + 1"])
def test_a_document_stays_what_it_was_begun_as(change):
    begun()
    denied("Cannot update", f"UPDATE sponsors_commitmentdocument SET {change}")  # noqa: S608  # words of this test


def test_a_document_of_an_amendment_is_of_its_commitment():
    amendment = proposed_amendment(signed_commitment(), lines=[cash_line(200_000), cash_line(100_000)])
    denied(
        "an amendment is papered on its own commitment",
        "INSERT INTO sponsors_commitmentdocument (commitment_id, kind, title, amendment_id) VALUES (%s, 'amendment', 'x', %s)",
        signed_commitment().pk,
        amendment.pk,
    )


@pytest.mark.parametrize(
    "change", ["number = 7", "file_id = file_id + 1", "facts = '{}'", "begun_on = '2020-01-01'"]
)
def test_what_a_version_says_is_fixed(change):
    begun()
    denied("Cannot update", f"UPDATE sponsors_documentversion SET {change}")  # noqa: S608  # words of this test


def test_a_version_moves_by_the_table():
    voided()
    denied("Invalid transition", "UPDATE sponsors_documentversion SET state = 'sent'")
    begun()
    denied(
        "signed_version_has_a_signature",
        "UPDATE sponsors_documentversion SET state = 'signed' WHERE state = 'draft'",
    )
    denied(
        "sent_version_has_a_day", "UPDATE sponsors_documentversion SET state = 'sent' WHERE state = 'draft'"
    )
    denied(
        "voided_version_has_a_reason",
        "UPDATE sponsors_documentversion SET state = 'voided' WHERE state = 'draft'",
    )


def test_a_version_begins_as_a_draft_and_only_one_is_open():
    begun()
    copied = """
        INSERT INTO sponsors_documentversion (document_id, number, state, file_id, facts, begun_by_id, begun_on,
            sent_address, means, signed_by, void_reason)
        SELECT document_id, %s, %s, file_id, facts, begun_by_id, begun_on, '', '', '', '' FROM sponsors_documentversion
    """
    denied("a version begins as a draft", copied, 2, "voided")
    denied("duplicate key", copied, 2, "draft")


@pytest.mark.parametrize("change", ["signed_on = '2023-01-01'", "signed_by = 'Eve'"])
def test_a_signature_stays(change):
    signed()
    denied("a signature that was recorded stays", f"UPDATE sponsors_documentversion SET {change}")  # noqa: S608  # words of this test


def test_a_document_has_changed_when_a_version_has():
    version = begun()
    version.document.refresh_from_db()
    before = version.document.updated_at
    sent(version)
    version.document.refresh_from_db()
    assert version.document.updated_at > before
