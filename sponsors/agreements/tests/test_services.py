"""Documents begun, sent, signed and voided; and that none of it is ever a dead end."""

from datetime import date, timedelta
from typing import Any

import pytest

from foundation.documents.services import content_of
from foundation.notices.models import Notice
from foundation.uploads.rules import UploadRefused
from sponsors.agreements.models import DocumentVersion
from sponsors.agreements.rules import Means, VersionState
from sponsors.agreements.services import (
    add_template,
    annul_version,
    begin_document,
    begin_version,
    change_template,
    void_version,
)
from sponsors.agreements.tests.factories import (
    BODY,
    TODAY,
    a_pdf,
    begun,
    sent,
    signed,
    somebody_at,
    template,
    voided,
)
from sponsors.commitments.rules import NotAllowedNow
from sponsors.commitments.services import keep_signed_copy
from sponsors.commitments.tests.amending import proposed_amendment
from sponsors.commitments.tests.factories import cash_line, colleague, drafted_commitment, signed_commitment
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.services import change_sponsor
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=20)


def anew(version, **source):
    source = source or {"template": template()}
    return begin_version(actor=colleague(), document=version.document, today=LATER, **source)


# Templates -------------------------------------------------------------------------------------


def test_a_template_counts_the_changes_of_what_is_printed(fundraiser):
    first = template()
    assert first.version == 1
    values: dict[str, Any] = {
        "name": first.name,
        "title": first.title,
        "language": "en",
        "body": BODY,
        "is_active": True,
    }
    renamed = change_template(actor=fundraiser, template=first, **{**values, "name": "Other name"})
    assert renamed.version == 1
    changed = change_template(actor=fundraiser, template=first, **{**values, "body": "Other text"})
    assert (changed.version, changed.body) == (2, "Other text")


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"body": "{{ nobody }}"}, "body", "is not known"),
        ({"body": " "}, "body", "The text is missing"),
        ({"name": ""}, "name", "The name is missing"),
        ({"title": "x" * 201}, "title", "at most 200"),
        ({"language": "tlh"}, "language", "This language is not known here"),
        ({"name": "Taken"}, "name", "a template with this name already"),
    ],
)
def test_a_template_that_cannot_be_read_is_refused(fundraiser, change, field, sentence):
    values = {"name": "New", "title": "Agreement", "language": "en", "body": BODY}
    taken = add_template(actor=fundraiser, **{**values, "name": "Taken"})
    with refused(sentence, field=field):
        add_template(actor=fundraiser, **values | change)
    other = template()
    with refused(sentence, field=field):
        change_template(actor=fundraiser, template=other, **{**values, "is_active": True} | change)
    assert change_template(actor=fundraiser, template=taken, **values | {"name": "Taken"}, is_active=False)


# Beginning -------------------------------------------------------------------------------------


def test_a_document_keeps_which_version_of_the_template_made_it(fundraiser):
    text = template()
    version = begun(template=text)
    change_template(
        actor=fundraiser,
        template=text,
        name=text.name,
        title="Another title",
        language="en",
        body="Another text",
        is_active=True,
    )
    version.refresh_from_db()
    assert (version.template_id, version.template_version) == (text.pk, 1)
    assert str(version) == f"{version.document.commitment.number} Sponsorship agreement version 1"
    again = anew(version, template=text)
    assert (again.number, again.template_version) == (2, 2)


def test_a_document_may_begin_with_a_pdf_from_outside():
    version = begun(content=a_pdf(), title="Their own paper", kind="other")
    assert (version.template_id, version.facts, version.state) == (None, {}, VersionState.DRAFT)
    assert content_of(version.file) == a_pdf()


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"template": None}, "template", "one of the two"),
        ({"content": b"x", "template": 1}, "template", "one of the two"),
        ({"kind": "poem"}, "kind", "This kind is not known"),
        ({"kind": "amendment"}, "amendment", "Choose which amendment"),
        ({"content": b"hello", "title": "Scan"}, "file", "not a whole PDF"),
        ({"content": b"hello"}, "title", "The title is missing"),
        ({"title": "x" * 201}, "title", "at most 200"),
    ],
)
def test_a_document_that_cannot_begin_is_refused(given, field, sentence):
    given = dict(given)
    if given.get("template") == 1 or ("template" not in given and "content" not in given):
        given["template"] = template()
    with refused(sentence, field=field):
        begin_document(actor=colleague(), commitment=signed_commitment(), today=TODAY, **given)
    assert not DocumentVersion.objects.exists()


def test_a_template_out_of_use_makes_nothing_more(fundraiser):
    text = template()
    change_template(
        actor=fundraiser,
        template=text,
        name=text.name,
        title=text.title,
        language="en",
        body=text.body,
        is_active=False,
    )
    text.refresh_from_db()
    with refused("is not in use any more", field="template"):
        begun(template=text)


# Versions: nothing is a dead end ------------------------------------------------------------------


@pytest.mark.parametrize("make", [begun, sent, signed, voided])
def test_from_every_state_a_new_version_begins_and_is_signed(make):
    first = make()
    second = anew(first)
    assert (second.number, second.state) == (2, VersionState.DRAFT)
    first.refresh_from_db()
    expected = {
        begun: (VersionState.VOIDED, "Replaced by version 2."),
        sent: (VersionState.VOIDED, "Replaced by version 2."),
        signed: (VersionState.SIGNED, ""),
        voided: (VersionState.VOIDED, "They want other terms."),
    }
    assert (first.state, first.void_reason) == expected[make]
    assert signed(sent(second, on=LATER), on=LATER).state == VersionState.SIGNED


def test_a_voided_agreement_is_no_dead_end_however_often_it_is_voided():
    version = voided()
    for number in range(2, 5):
        version = anew(version)
        assert version.number == number
        version = voided(sent(version, on=LATER), on=LATER)
    version = anew(version)
    annulled = annul_version(
        actor=colleague(), version=signed(version, on=LATER), reason="Wrong name", today=LATER
    )
    assert (annulled.state, annulled.signed_by) == (VersionState.VOIDED, "Ada for Acme, Bo for us")
    assert signed(anew(annulled), on=LATER).state == VersionState.SIGNED
    for kept in DocumentVersion.objects.all():
        assert content_of(kept.file)


def test_steps_that_the_table_does_not_know_are_refused():
    version = voided()
    for step in (sent, signed):
        with refused("Begin a new version", field="state", kind=NotAllowedNow):
            step(version)
    with refused("voided as signed", field="state", kind=NotAllowedNow):
        void_version(actor=colleague(), version=signed(), reason="x", today=TODAY)
    with refused("The reason is missing", field="reason"):
        void_version(actor=colleague(), version=begun(), reason=" ", today=TODAY)


# Sending ---------------------------------------------------------------------------------------


def test_sending_mails_the_pdf_to_the_contact(fundraiser):
    commitment = signed_commitment(owner=fundraiser)
    version = sent(begun(commitment), message="See you in May.")
    assert version.sent_to is not None
    notice = Notice.objects.get()
    assert (notice.recipient, notice.attachment, notice.reply_to) == (
        version.sent_to.email,
        version.file,
        fundraiser.email,
    )
    assert "See you in May." in notice.body_text
    assert version.sent_to.name in notice.body_html
    assert (version.state, version.sent_on, version.sent_address) == (
        VersionState.SENT,
        TODAY,
        version.sent_to.email,
    )


def test_sending_twice_mails_once_a_day():
    version = sent()
    sent(version)
    assert Notice.objects.count() == 1
    again = sent(version, on=LATER)
    assert (Notice.objects.count(), again.sent_on) == (2, LATER)


def test_sent_by_other_means_is_recorded_and_mails_nothing():
    version = begun()
    contact = ContactFactory(sponsor=version.document.commitment.sponsor, email="")
    assert sent(version, contact=contact, means=Means.POST).means == Means.POST
    assert not Notice.objects.exists()
    with refused("has no email address", field="contact"):
        sent(version, contact=contact)


def test_only_somebody_there_at_the_sponsor_is_written_to():
    version = begun()
    sponsor = version.document.commitment.sponsor
    with refused("is a contact of another sponsor", field="contact"):
        sent(version, contact=ContactFactory())
    with refused("left", field="contact"):
        sent(version, contact=ContactFactory(sponsor=sponsor, left_on=TODAY))
    with refused("way of sending is not known", field="means"):
        sent(version, means="pigeon")
    with refused("at most 1000", field="message"):
        sent(version, message="x" * 1001)
    assert version.state == VersionState.DRAFT


def test_an_agreement_that_no_longer_says_what_holds_is_not_sent(fundraiser):
    version = begun()
    sponsor = version.document.commitment.sponsor
    change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"legal_name": "New Name, Inc."})
    with refused(
        "has changed since version 1 was made: the sponsor's legal name, else its name; room for both sides to sign",
        field="version",
        kind=NotAllowedNow,
    ):
        sent(version)
    assert sent(anew(version), on=LATER).state == VersionState.SENT


def test_that_days_pass_does_not_make_an_agreement_wrong():
    version = begun(template=template("Made on {{ today }} for {{ sponsor.name }}."))
    assert sent(version, on=LATER).state == VersionState.SENT


# Signing ---------------------------------------------------------------------------------------


def test_the_signed_copy_is_kept_beside_what_was_sent():
    version = signed()
    assert version.signed_copy is not None
    assert content_of(version.signed_copy) == a_pdf()
    assert version.signed_copy != version.file
    assert (version.signed_on, version.recorded_by) == (TODAY, colleague())
    assert version.document.commitment.state == "signed"


def test_signing_a_document_leaves_the_commitment_as_it_is():
    commitment = drafted_commitment()
    signed(sent(begun(commitment)))
    commitment.refresh_from_db()
    assert commitment.state == "draft"


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"signed_on": LATER}, "signed_on", "must be today"),
        ({"signed_on": date(1989, 12, 31)}, "signed_on", "not before 1990-01-01"),
        ({"signed_by": " "}, "signed_by", "names of those who signed is missing"),
        ({"content": b"hello"}, "file", "not a whole PDF"),
    ],
)
def test_a_signature_that_cannot_be_is_refused(given, field, sentence):
    from sponsors.agreements.services import sign_version

    version = sent()
    values = {"signed_on": TODAY, "signed_by": "Ada", "content": a_pdf()} | given
    with refused(sentence, field=field):
        sign_version(actor=colleague(), version=version, today=TODAY, **values)
    version.refresh_from_db()
    assert version.state == VersionState.SENT


# Amendments ------------------------------------------------------------------------------------


@pytest.fixture
def amendment():
    commitment = signed_commitment()
    return proposed_amendment(commitment, lines=[cash_line(200_000), cash_line(100_000)])


def test_the_signed_document_of_an_amendment_is_the_amendments_signed_copy(amendment):
    version = begun(amendment.commitment, kind="amendment", amendment=amendment, title="First amendment")
    first = signed(version)
    amendment.refresh_from_db()
    assert amendment.document == first.signed_copy
    annul_version(actor=colleague(), version=first, reason="A page was missing", today=TODAY)
    second = signed(anew(first), on=LATER)
    amendment.refresh_from_db()
    assert amendment.document == second.signed_copy


def test_an_annulled_paper_is_the_amendments_signed_copy_no_more(amendment, finance):
    version = signed(begun(amendment.commitment, kind="amendment", amendment=amendment, title="First"))
    annul_version(actor=finance, version=version, reason="The wrong name", today=TODAY)
    amendment.refresh_from_db()
    assert amendment.document is None
    kept = keep_signed_copy(actor=finance, amendment=amendment, content=a_pdf())
    assert kept.document not in {None, version.signed_copy}


def test_a_document_belongs_to_an_amendment_of_its_own_commitment_and_says_so(amendment):
    with refused("is of another commitment", field="amendment"):
        begun(kind="amendment", amendment=amendment)
    with refused("Only a document of the kind amendment", field="amendment"):
        begun(amendment.commitment, kind="other", amendment=amendment)


def test_the_signed_copy_of_an_amendment_is_kept_once(amendment, finance):
    kept = keep_signed_copy(actor=finance, amendment=amendment, content=a_pdf())
    assert kept.document is not None
    assert content_of(kept.document) == a_pdf()
    with refused("A signed copy of", field="file", kind=NotAllowedNow):
        keep_signed_copy(actor=finance, amendment=amendment, content=a_pdf())


def test_a_signed_copy_that_is_no_pdf_is_refused(amendment, finance):
    with pytest.raises(UploadRefused):
        keep_signed_copy(actor=finance, amendment=amendment, content=b"x")


def test_somebody_at_the_sponsor_follows_a_merge(fundraiser):
    from sponsors.directory.services import merge_sponsors

    version = sent(begun(signed_commitment(SponsorFactory())))
    assert version.sent_to is not None
    kept = SponsorFactory()
    twin = ContactFactory(sponsor=kept, email=version.sent_to.email)
    merge_sponsors(
        actor=fundraiser, kept=kept, absorbed=version.document.commitment.sponsor, reason="The same."
    )
    version = DocumentVersion.objects.get()
    assert version.sent_to == twin
    assert somebody_at(version.document) == twin
