"""Templates, documents and versions over the REST API."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.api.scopes import Scope
from foundation.api.tests.factories import api_client
from foundation.books.selectors import local_today
from foundation.documents.tests.pdf import text_of
from sponsors.agreements.api.answers import DocumentSerializer
from sponsors.agreements.models import CommitmentDocument, DocumentVersion
from sponsors.agreements.tests.factories import BODY, a_pdf, begun, sent, signed, somebody_at, template
from sponsors.commitments.tests.amending import proposed_amendment
from sponsors.commitments.tests.calls import assert_shape, errors
from sponsors.commitments.tests.factories import cash_line, signed_commitment

pytestmark = pytest.mark.django_db
DOCUMENTS, VERSIONS, TEMPLATES = (
    "/api/v1/documents/",
    "/api/v1/document-versions/",
    "/api/v1/agreement-templates/",
)


@pytest.fixture
def client(fundraiser):
    return api_client(fundraiser)


def pdf(content=None):
    return SimpleUploadedFile("signed.pdf", content or a_pdf(), content_type="application/pdf")


def upload(client, url, **body):
    return client.post(url, body, format="multipart")


def test_a_template_is_written_changed_and_previewed(client):
    made = client.post(TEMPLATES, {"name": "Standard", "title": "Agreement", "body": BODY})
    assert (made.status_code, made.json()["language"], made.json()["version"]) == (201, "en", 1)
    url = made["Location"]
    changed = client.patch(url, {"body": "For {{ sponsor.name }}"}, headers={"If-Match": made["ETag"]})
    assert (changed.json()["version"], changed.json()["title"]) == (2, "Agreement")
    wrong = client.patch(url, {"body": "For {{ sponsor }}"})
    assert (wrong.status_code, errors(wrong)) == (400, {("body", "placeholder_unknown")})
    commitment = signed_commitment()
    shown = client.get(f"{url}preview/?commitment={commitment.pk}")
    assert shown["Content-Type"] == "application/pdf"
    assert commitment.sponsor.name in text_of(shown.content)
    for query in ("", "?commitment=0", "?commitment=x", f"?commitment={commitment.pk},2"):
        assert client.get(f"{url}preview/{query}").status_code == 400


def test_from_template_to_signature(client):
    commitment = signed_commitment()
    made = client.post(DOCUMENTS, {"commitment": commitment.pk, "template": template().pk})
    assert made.status_code == 201
    assert_shape(made.json(), DocumentSerializer)
    assert (made.json()["state"], made.json()["title"]) == ("draft", "Sponsorship agreement")
    version = made.json()["versions"][0]
    url = f"{VERSIONS}{version['id']}/"
    contact = somebody_at(CommitmentDocument.objects.get())
    gone = client.post(f"{url}send/", {"contact": contact.pk, "message": "Hello"})
    assert (gone.json()["state"], gone.json()["sent_to"]) == ("sent", contact.pk)
    kept = upload(client, f"{url}sign/", signed_on=local_today(), signed_by="Ada", file=pdf())
    assert (kept.status_code, kept.json()["state"]) == (200, "signed")
    assert client.get(f"{url}signed-copy/").content == a_pdf()
    assert commitment.number in text_of(client.get(f"{url}pdf/").content)
    assert client.post(f"{url}void/", {"reason": "x"}).status_code == 409
    voided = client.post(f"{url}annul/", {"reason": "Wrong page"})
    assert (voided.json()["state"], voided.json()["void_reason"]) == ("voided", "Wrong page")
    anew = client.post(f"{made['Location']}new-version/", {"template": template().pk})
    assert [row["state"] for row in anew.json()["versions"]] == ["draft", "voided"]
    assert client.get(f"{VERSIONS}?document={anew.json()['id']}").json()["results"][0]["number"] == 2


def test_a_stale_version_is_refused(client):
    document = begun().document
    url = f"{DOCUMENTS}{document.pk}/"
    before = client.get(url)["ETag"]
    sent(document.versions.get())
    stale = client.post(f"{url}new-version/", {"template": template().pk}, headers={"If-Match": before})
    assert stale.status_code == 412


def test_a_pdf_from_outside_is_a_document_and_a_version(client):
    commitment = signed_commitment()
    made = upload(
        client, f"{DOCUMENTS}upload/", commitment=commitment.number, kind="other", title="Sheet", file=pdf()
    )
    assert (made.status_code, made.json()["versions"][0]["template"]) == (201, None)
    url = f"{DOCUMENTS}{made.json()['id']}/"
    again = upload(client, f"{url}upload-version/", file=pdf())
    assert [row["state"] for row in again.json()["versions"]] == ["draft", "voided"]
    wrong = upload(client, f"{url}upload-version/", file=pdf(b"hello"))
    assert (wrong.status_code, errors(wrong)) == (400, {("file", "not_a_pdf")})
    assert DocumentVersion.objects.count() == 2


def test_an_upload_names_its_amendment_by_number(client):
    amendment = proposed_amendment(signed_commitment(), lines=[cash_line(200_000), cash_line(100_000)])
    body = {"commitment": amendment.commitment.number, "kind": "amendment", "title": "Amendment"}
    made = upload(client, f"{DOCUMENTS}upload/", **body, amendment="1", file=pdf())
    assert made.json()["amendment"] == amendment.pk
    for wrong in ("2", "x"):
        answer = upload(client, f"{DOCUMENTS}upload/", **body, amendment=wrong, file=pdf())
        assert (answer.status_code, errors(answer)) == (400, {("amendment", "invalid")})


def test_documents_are_found_by_what_became_of_them(client):
    late = local_today() - timedelta(days=15)
    waiting = sent(begun(today=late), on=late).document
    done = signed().document

    def found(query):
        return {row["id"] for row in client.get(f"{DOCUMENTS}?{query}").json()["results"]}

    assert found("") == {waiting.pk, done.pk}
    assert found("unanswered=true") == {waiting.pk}
    assert found("unanswered=false") == {done.pk}
    assert found("state=signed") == {done.pk}
    assert found(f"sponsor={waiting.commitment.sponsor_id}") == {waiting.pk}


def test_without_a_signed_copy_there_is_none(client):
    version = begun()
    assert client.get(f"{VERSIONS}{version.pk}/signed-copy/").status_code == 404


def test_timelines_tell_documents_only_to_who_may_see_them(fundraiser):
    version = sent()
    url = f"/api/v1/commitments/{version.document.commitment_id}/timeline/"

    def kinds(*scopes):
        return {event["kind"] for event in api_client(fundraiser, scopes).get(url).json()["events"]}

    assert "document_sent" in kinds(Scope.COMMITMENTS_READ, Scope.DOCUMENTS_READ)
    assert "document_sent" not in kinds(Scope.COMMITMENTS_READ)


def test_the_signed_copy_of_an_amendment_is_kept_and_read(client):
    amendment = proposed_amendment(signed_commitment(), lines=[cash_line(200_000), cash_line(100_000)])
    url = f"/api/v1/amendments/{amendment.pk}/"
    assert client.get(f"{url}signed-copy/").status_code == 404
    kept = upload(client, f"{url}keep-signed-copy/", file=pdf())
    assert (kept.status_code, kept.json()["has_signed_copy"]) == (200, True)
    assert client.get(f"{url}signed-copy/").content == a_pdf()
    again = upload(client, f"{url}keep-signed-copy/", file=pdf())
    assert (again.status_code, errors(again)) == (409, {("file", "signed_copy_kept")})
