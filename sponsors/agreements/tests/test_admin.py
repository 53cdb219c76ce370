"""Templates and documents in the admin site, as Fundraising uses them."""

import html
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation.audit.history import history_page
from foundation.books.selectors import local_today
from foundation.documents.tests.pdf import text_of as words_of
from foundation.notices.models import Notice
from sponsors.agreements.models import AgreementTemplate, CommitmentDocument
from sponsors.agreements.rules import VersionState
from sponsors.agreements.services import begin_version
from sponsors.agreements.tests.factories import (
    BODY,
    a_pdf,
    begun,
    sent,
    signed,
    somebody_at,
    template,
    voided,
)
from sponsors.commitments.tests.amending import proposed_amendment
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    drafted_commitment,
    proposed_commitment,
    signed_commitment,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in, fundraiser):
    return signed_in(fundraiser)


def page(model, name, *args):
    return reverse(f"admin:sponsors_{model}_{name}", args=args)


def shown(browser, obj):
    return text_of(browser.get(page(obj._meta.model_name, "change", obj.pk)))


def do(browser, obj, name, data=None):
    """Post an action's form and return the page that it leads to, or the form with its errors."""
    return text_of(browser.post(page(obj._meta.model_name, "do", obj.pk, name), data or {}, follow=True))


def text_of(response):
    words = re.sub(r"<(script|style)\b.*?</\1>", "", response.content.decode(), flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", words)))


def pdf_file(content=None):
    return SimpleUploadedFile("signed.pdf", a_pdf() if content is None else content)


# Templates -------------------------------------------------------------------------------------


def test_a_template_is_written_changed_and_its_versions_counted(browser):
    written = {"name": "Standard", "title": "Agreement", "language": "en", "body": BODY}
    answer = browser.post(page("agreementtemplate", "add"), written)
    kept = AgreementTemplate.objects.get()
    assert answer.url == page("agreementtemplate", "change", kept.pk)
    browser.post(answer.url, written | {"body": "Less", "is_active": "on"})
    kept.refresh_from_db()
    assert (kept.body, kept.version, kept.is_active) == ("Less", 2, True)
    entries, _page = history_page(kept)
    assert len(entries) == 2


def test_a_template_that_cannot_be_read_is_shown_again_with_the_sentence_and_the_text(browser):
    answer = browser.post(
        page("agreementtemplate", "add"),
        {"name": "Standard", "title": "Agreement", "language": "en", "body": "I pay {{ sponsor.nam }} all"},
    )
    said = text_of(answer)
    assert "Line 1: {{ sponsor.nam }} is not known. Did you mean {{ sponsor.name }}?" in said
    assert "I pay {{ sponsor.nam }} all" in said
    # At the top too: the text is long, and the sentence beside it is far below.
    assert "Nothing was saved. Correct this: Text : Line 1: {{ sponsor.nam }} is not known." in said
    assert '<a class="underline" href="#id_body">Text</a>' in answer.content.decode()
    assert not AgreementTemplate.objects.exists()


def test_the_page_of_a_template_explains_every_name(browser):
    said = shown(browser, template())
    assert "{{ commitment.cash }} the cash promised" in said
    assert "{{ schedule }} a table of the installments" in said


def test_a_preview_shows_the_pdf_or_says_what_is_missing(browser):
    commitment = signed_commitment()
    url = page("agreementtemplate", "preview", template().pk)
    assert "Show the PDF" in text_of(browser.get(url))
    answer = browser.post(url, {"commitment": commitment.pk})
    assert answer["Content-Type"] == "application/pdf"
    assert commitment.number in words_of(answer.content)
    missing = page("agreementtemplate", "preview", template("{{ sponsor.tax_id }}").pk)
    assert "the sponsor's tax ID, and there is none" in text_of(
        browser.post(missing, {"commitment": commitment.pk})
    )
    assert not CommitmentDocument.objects.exists()


def test_a_preview_needs_sight_of_commitments(signed_in, fundraiser):
    from django.contrib.auth.models import Group, Permission

    group = Group.objects.get(name="Grants officer")
    group.permissions.add(Permission.objects.get(codename="view_agreementtemplate"))
    fundraiser.groups.set([group])
    browser, text = signed_in(fundraiser), template()
    assert browser.get(page("agreementtemplate", "preview", text.pk)).status_code == 403
    assert "Preview" not in shown(browser, text)


# Beginning -------------------------------------------------------------------------------------


def test_an_agreement_is_made_on_the_page_of_its_commitment(browser):
    commitment = signed_commitment()
    assert "is signed, and no signed agreement is kept for it. Make one" in shown(browser, commitment)
    said = do(browser, commitment, "make-agreement", {"template": template().pk, "title": "Our agreement"})
    document = CommitmentDocument.objects.get()
    assert f"{commitment.number} Our agreement version 1 is drafted" in said
    assert (document.kind, document.title) == ("agreement", "Our agreement")
    page_of_commitment = shown(browser, commitment)
    assert "Our agreement 1 Draft" in page_of_commitment
    assert "Make agreement" not in page_of_commitment
    signed(sent(document.versions.get()))
    assert "no signed agreement" not in shown(browser, commitment)
    assert "signed copy" in shown(browser, commitment)


def test_a_commitment_that_is_not_firm_lacks_nothing(browser):
    assert "No paper of it is kept here yet" in shown(browser, drafted_commitment())


def test_after_a_voided_agreement_another_can_be_made(browser):
    version = voided()
    assert "Make agreement" in shown(browser, version.document.commitment)
    assert "The last version is voided. Begin a new version to go on." in shown(browser, version.document)


def test_another_document_is_added_as_a_pdf(browser):
    commitment = signed_commitment()
    said = do(
        browser,
        commitment,
        "add-document",
        {"kind": "other", "title": "Data sheet", "content": pdf_file()},
    )
    assert "Data sheet version 1 is drafted" in said
    for wrong, sentence in (
        ({"content": pdf_file(b"hello")}, "not a whole PDF"),
        ({"content": pdf_file(b"")}, "empty"),
        ({}, "one of the two"),
        ({"kind": "amendment", "content": pdf_file()}, "Choose which amendment"),
    ):
        again = do(browser, commitment, "add-document", {"kind": "other", "title": "Sheet", **wrong})
        assert sentence in again


def test_a_pdf_that_is_too_large_is_refused_at_its_field(browser, monkeypatch):
    monkeypatch.setattr("foundation.uploads.forms.LARGEST_PDF", 100)
    data = {"kind": "other", "title": "Sheet", "content": pdf_file()}
    assert "At most 0 MB" in do(browser, signed_commitment(), "add-document", data)


# What is done to a document ------------------------------------------------------------------------


def test_sent_signed_and_begun_anew(browser):
    version = begun()
    document = version.document
    contact = somebody_at(document)
    assert f"{contact.name}, {contact.email}" in text_of(
        browser.get(page("commitmentdocument", "do", document.pk, "send"))
    )
    said = do(browser, document, "send", {"version": version.pk, "contact": contact.pk, "means": "bursar"})
    assert f"Version 1 goes to {contact.email}." in said
    assert Notice.objects.get().recipient == contact.email
    said = do(
        browser,
        document,
        "sign",
        {
            "version": version.pk,
            "signed_on": local_today(),
            "signed_by": "Ada for Acme",
            "content": pdf_file(),
        },
    )
    assert "The signed copy of version 1 is kept." in said
    assert "signed by Ada for Acme" in said
    said = do(browser, document, "new-version", {"template": template().pk})
    assert "Version 2 is drafted" in said
    assert [v.state for v in document.versions.order_by("number")] == ["signed", "draft"]
    said = do(browser, document, "annul", {"version": version.pk, "reason": "Wrong page"})
    assert "Version 1 is voided" in said
    assert "voided by Fred Fundraiser: Wrong page" in said


def test_by_other_means_and_voided(browser):
    version = begun()
    document, contact = version.document, somebody_at(version.document)
    said = do(browser, document, "send", {"version": version.pk, "contact": contact.pk, "means": "post"})
    assert f"Version 1 is recorded as sent to {contact.name}." in said
    about = text_of(browser.get(page("commitmentdocument", "do", document.pk, "new-version")))
    assert "Version 1 is voided by it: it was sent and is not signed." in about
    said = do(browser, document, "void", {"version": version.pk, "reason": "Other terms"})
    assert "Version 1 is voided. A new one can begin at any time." in said


def test_what_was_begun_meanwhile_is_not_sent_unseen(browser):
    version = begun()
    document = version.document
    begin_version(actor=colleague(), document=document, today=local_today(), template=template())
    contact = somebody_at(document)
    said = do(browser, document, "send", {"version": version.pk, "contact": contact.pk, "means": "bursar"})
    assert "Select a valid choice" in said
    assert not Notice.objects.exists()


def test_signing_for_a_proposed_commitment_says_what_is_next(browser):
    version = begun(proposed_commitment())
    data = {"version": version.pk, "signed_on": local_today(), "signed_by": "Ada", "content": pdf_file()}
    said = do(browser, version.document, "sign", data)
    assert "itself is only proposed: choose Sign on its page" in said


def test_without_contacts_the_form_says_where_to_add_one(browser):
    document = begun().document
    said = text_of(browser.get(page("commitmentdocument", "do", document.pk, "send")))
    assert "Nobody is known at" in said


def test_an_outdated_agreement_is_told_before_it_is_sent(browser, fundraiser):
    from sponsors.directory.services import change_sponsor

    document = begun().document
    sponsor = document.commitment.sponsor
    change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"legal_name": "New, Inc."})
    assert "Version 1 no longer says what holds: the sponsor's legal name" in shown(browser, document)


# Files -----------------------------------------------------------------------------------------


def test_files_are_handed_out_with_safe_headers_to_those_who_may(browser, signed_in, infrastructure):
    version = signed()
    for which in ("file", "signed"):
        url = page("commitmentdocument", "pdf", version.document.pk, 1, which)
        answer = browser.get(url)
        assert b"".join(answer.streaming_content).startswith(b"%PDF-")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert signed_in(infrastructure).get(url).status_code == 404
    for number, which in ((2, "file"), (1, "other")):
        url = page("commitmentdocument", "pdf", version.document.pk, number, which)
        assert browser.get(url).status_code == 404


def test_a_file_that_is_gone_is_not_found(browser):
    from django.core.files.storage import default_storage

    version = begun()
    default_storage.delete(str(version.file.file.name))
    assert browser.get(page("commitmentdocument", "pdf", version.document.pk, 1, "file")).status_code == 404


def test_documents_are_hidden_from_those_who_may_not_see_them(signed_in, infrastructure):
    commitment = begun().document.commitment
    browser = signed_in(infrastructure)
    assert "Documents" not in shown(browser, commitment)
    assert "Document sent" not in text_of(browser.get(page("commitment", "timeline", commitment.pk)))


# List, first page, timeline --------------------------------------------------------------------


def test_the_list_is_narrowed_to_state_kind_and_what_waits(browser):
    late = local_today() - timedelta(days=15)
    waiting = sent(begun(today=late), on=late).document
    fresh = sent(begun(), on=local_today()).document
    other = begun(content=a_pdf(), title="Sheet", kind="other").document

    def listed(query):
        found = browser.get(f"{page('commitmentdocument', 'changelist')}?{query}").context["cl"].result_list
        return {row.pk for row in found}

    assert listed("") == {waiting.pk, fresh.pk, other.pk}
    assert listed("state=sent") == {waiting.pk, fresh.pk}
    assert listed("state=nonsense") == {waiting.pk, fresh.pk, other.pk}
    assert listed("kind=other") == {other.pk}
    assert listed("answer=late") == {waiting.pk}
    assert listed(f"q={waiting.commitment.number}") == {waiting.pk}
    assert listed("q=sheet") == {other.pk}
    assert listed(f"q={fresh.commitment.sponsor.name}") == {fresh.pk}


def test_the_first_page_names_what_is_unsigned_for_two_weeks(browser, signed_in, infrastructure):
    late = local_today() - timedelta(days=15)
    document = sent(begun(today=late), on=late).document
    said = text_of(browser.get(reverse("admin:index")))
    assert "Sent more than 14 days ago, not signed" in said
    assert str(document) in said
    assert "Sent more than 14 days ago" not in text_of(signed_in(infrastructure).get(reverse("admin:index")))


def test_timelines_tell_what_was_sent_signed_and_voided(browser):
    version = signed()
    document = version.document
    begin_version(actor=colleague(), document=document, today=local_today(), template=template())
    voided(document.versions.get(number=2))
    for url in (
        page("commitment", "timeline", document.commitment_id),
        page("sponsor", "timeline", document.commitment.sponsor_id),
    ):
        said = text_of(browser.get(url))
        assert f"Sponsorship agreement, version 1, to {version.sent_to}" in said
        assert "version 1, by Ada for Acme, Bo for us" in said
        assert "version 2: They want other terms." in said


def test_documents_are_exported(browser):
    document = sent().document
    url = page("commitmentdocument", "export")
    answer = browser.post(url, {"columns": ["commitment", "state"], "file_format": "csv"})
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert document.commitment.number in content.decode()
    assert "sent" in content.decode()


# Amendments ------------------------------------------------------------------------------------


def test_the_signed_copy_of_an_amendment_is_kept_afterwards(browser):
    amendment = proposed_amendment(signed_commitment(), lines=[cash_line(200_000), cash_line(100_000)])
    said = do(browser, amendment, "keep-signed-copy", {"content": pdf_file()})
    assert f"The signed copy of {amendment} is kept." in said
    assert "Signed copy" in shown(browser, amendment.commitment)
    amendment.refresh_from_db()
    assert amendment.document is not None
    assert "keep-signed-copy" not in browser.get(page("amendment", "change", amendment.pk)).content.decode()


def test_a_document_of_an_amendment_leads_to_it(browser):
    amendment = proposed_amendment(signed_commitment(), lines=[cash_line(200_000), cash_line(100_000)])
    version = begun(amendment.commitment, kind="amendment", amendment=amendment, title="Amendment")
    assert str(amendment) in shown(browser, version.document)
    assert version.state == VersionState.DRAFT
