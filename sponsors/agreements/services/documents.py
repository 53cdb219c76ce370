"""Documents of a commitment: begun, sent, signed, voided; and always begun anew."""

from datetime import date
from hashlib import sha256

from foundation.audit.actions import action
from foundation.books.selectors import current_organization
from foundation.documents.services import keep_document
from foundation.notices.services import queue_notice, stop_notices
from foundation.people.models import User
from foundation.uploads.pdf import check_pdf
from sponsors.agreements.models import AgreementTemplate, CommitmentDocument, DocumentVersion
from sponsors.agreements.papers import agreement_pdf
from sponsors.agreements.rules import OPEN, DocumentRefused, Means, Step, next_version_state
from sponsors.agreements.selectors import MAIL, mail_of, outdated_facts
from sponsors.agreements.services.templates import wording_of
from sponsors.commitments.models import Amendment, Commitment
from sponsors.commitments.rules import NotAllowedNow
from sponsors.commitments.services import name_signed_copy, withdraw_signed_copy
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.values import check_length, check_text
from sponsors.directory.models import Contact
from sponsors.directory.rules import EARLIEST_DAY
from sponsors.directory.services import hold_sponsor_of

_Kind = CommitmentDocument.Kind


@action("commitmentdocument.begin")
def begin_document(
    *,
    actor: User,
    commitment: Commitment,
    today: date,
    kind: str = _Kind.AGREEMENT,
    title: str = "",
    amendment: Amendment | None = None,
    template: AgreementTemplate | None = None,
    content: bytes | None = None,
) -> DocumentVersion:
    """Begin a document with its first version: made from the template, or the PDF given.

    Without a title it has the template's. Raises DocumentRefused and CommitmentError naming the field,
    TemplateRefused when the template asks for what is not known, and UploadRefused.
    """
    locked = _lock(commitment)
    if kind not in _Kind.values:
        msg = f"This kind is not known. Choose one of {', '.join(_Kind.values)}."
        raise DocumentRefused(msg, code="unknown_choice", field="kind")
    if (kind == _Kind.AMENDMENT) != (amendment is not None):
        msg = (
            "Choose which amendment the document puts in writing."
            if amendment is None
            else "Only a document of the kind amendment belongs to one. Change the kind, or leave the amendment out."
        )
        raise DocumentRefused(msg, code="amendment_and_kind", field="amendment")
    if amendment is not None and amendment.commitment_id != locked.pk:
        msg = f"{amendment} is of another commitment. Choose one of {locked.number}."
        raise DocumentRefused(msg, code="other_commitment", field="amendment")
    _check_source(template, content)
    document = CommitmentDocument.objects.create(
        commitment=locked,
        kind=kind,
        title=check_text(title or (template.title if template else ""), "title", "title", longest=200),
        amendment=amendment,
    )
    return _add_version(actor, document, today, template, content)


@action("documentversion.begin")
def begin_version(
    *,
    actor: User,
    document: CommitmentDocument,
    today: date,
    template: AgreementTemplate | None = None,
    content: bytes | None = None,
) -> DocumentVersion:
    """Begin the next version, whatever became of the last one: a voided document is no dead end.

    An unsigned version before it is voided, with its mail; a signed one stays. Raises as begin_document.
    """
    locked = _lock(document.commitment)
    kept = CommitmentDocument.objects.get(pk=document.pk)
    kept.commitment = locked
    _check_source(template, content)
    last = kept.versions.select_for_update().order_by("number").last()
    if last is not None and last.state in OPEN:
        _void(actor, last, Step.VOID, f"Replaced by version {last.number + 1}.", today)
    return _add_version(actor, kept, today, template, content)


@action("documentversion.send")
def send_version(
    *,
    actor: User,
    version: DocumentVersion,
    contact: Contact,
    today: date,
    means: str = Means.BURSAR,
    message: str = "",
) -> DocumentVersion:
    """Record that the version went to somebody at the sponsor; mailed by Bursar, it leaves with its PDF.

    Sent again, the last day and contact stand; mail to one address leaves once a day. Raises NotAllowedNow
    for a signed or voided version, and for one whose commitment has changed since it was made;
    DocumentRefused for a contact of another sponsor, who left, or without an address.
    """
    locked = _lock_version(version)
    locked.state = next_version_state(locked.state, Step.SEND)
    _check_contact(contact, locked.document.commitment, today)
    if means not in Means.values:
        msg = f"This way of sending is not known. Choose one of {', '.join(Means.values)}."
        raise DocumentRefused(msg, code="unknown_choice", field="means")
    changed = outdated_facts(locked, today)
    if changed:
        msg = (
            f"{locked.document.commitment.number} has changed since version {locked.number} was made: "
            f"{'; '.join(changed)}. Begin a new version, which says what holds now."
        )
        raise NotAllowedNow(msg, code="version_outdated", field="version")
    message = check_length(message.strip(), "message", "message", longest=1000)
    locked.sent_on, locked.sent_to, locked.sent_by, locked.means = today, contact, actor, means
    locked.sent_address = ""
    if means == Means.BURSAR:
        if not contact.email:
            msg = (
                f"{contact} has no email address. Enter it on the contact's page, or send it by other means."
            )
            raise DocumentRefused(msg, code="required", field="contact")
        locked.sent_address = contact.email
        _mail(actor, locked, contact, message, today)
    locked.save(update_fields=["state", "sent_on", "sent_to", "sent_by", "means", "sent_address"])
    locked.refresh_from_db()
    return locked


@action("documentversion.sign")
def sign_version(
    *, actor: User, version: DocumentVersion, signed_on: date, signed_by: str, content: bytes, today: date
) -> DocumentVersion:
    """Keep the PDF that both sides signed. The commitment's own state is not touched.

    Raises NotAllowedNow for a signed or voided version, DocumentRefused and CommitmentError naming the
    field, and UploadRefused.
    """
    locked = _lock_version(version)
    locked.state = next_version_state(locked.state, Step.SIGN)
    if not EARLIEST_DAY <= signed_on <= today:
        msg = f"The day {signed_on} must be today, {today}, or before, and not before {EARLIEST_DAY}. Correct it."
        raise DocumentRefused(msg, code="date_out_of_reach", field="signed_on")
    locked.signed_on, locked.recorded_by = signed_on, actor
    locked.signed_by = check_text(signed_by, "names of those who signed", "signed_by", longest=300)
    locked.signed_copy = keep_document(actor=actor, title=f"{locked} signed", content=check_pdf(content))
    locked.save(update_fields=["state", "signed_on", "signed_by", "signed_copy", "recorded_by"])
    if locked.document.amendment is not None:
        name_signed_copy(actor=actor, amendment=locked.document.amendment, document=locked.signed_copy)
    locked.refresh_from_db()
    return locked


@action("documentversion.void")
def void_version(*, actor: User, version: DocumentVersion, reason: str, today: date) -> DocumentVersion:
    """Say that an unsigned version no longer counts, and why. Its file is kept, and a new version can begin.

    Mail of it that has not left is not sent any more.
    """
    return _close(actor, version, Step.VOID, reason, today)


@action("documentversion.annul")
def annul_version(*, actor: User, version: DocumentVersion, reason: str, today: date) -> DocumentVersion:
    """Say that a signed version no longer counts, and why.

    Files are kept; the commitment stays as it is. It is not the signed copy of its amendment any more.
    """
    annulled = _close(actor, version, Step.ANNUL, reason, today)
    amendment, copy = annulled.document.amendment, annulled.signed_copy
    if amendment is not None and copy is not None:
        withdraw_signed_copy(actor=actor, amendment=amendment, document=copy)
    return annulled


def _close(actor: User, version: DocumentVersion, step: Step, reason: str, today: date) -> DocumentVersion:
    locked = _lock_version(version)
    next_version_state(locked.state, step)
    return _void(actor, locked, step, check_text(reason, "reason", "reason", longest=300), today)


def _void(actor: User, locked: DocumentVersion, step: Step, reason: str, today: date) -> DocumentVersion:
    locked.state = next_version_state(locked.state, step)
    locked.voided_on, locked.voided_by, locked.void_reason = today, actor, reason
    locked.save(update_fields=["state", "voided_on", "voided_by", "void_reason"])
    stop_notices(actor=actor, notices=mail_of(locked))
    locked.refresh_from_db()
    return locked


def _add_version(
    actor: User,
    document: CommitmentDocument,
    today: date,
    template: AgreementTemplate | None,
    content: bytes | None,
) -> DocumentVersion:
    last = document.versions.order_by("number").last()
    number = last.number + 1 if last else 1
    facts: dict[str, object] = {}
    if template is not None:
        # Held, so that the number kept is of the text that was read.
        template = AgreementTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
        wording = wording_of(template, title=document.title, version=number)
        content, said = agreement_pdf(current_organization(), document.commitment, wording, today)
        facts = {"language": template.language, "said": said}
    assert content is not None  # the source was checked
    version = DocumentVersion.objects.create(
        document=document,
        number=number,
        file=keep_document(
            actor=actor,
            title=f"{document} version {number}",
            content=content if template else check_pdf(content),
        ),
        template=template,
        template_version=template.version if template else None,
        facts=facts,
        begun_by=actor,
        begun_on=today,
    )
    version.refresh_from_db()
    return version


def _check_source(template: AgreementTemplate | None, content: bytes | None) -> None:
    if (template is None) == (content is None):
        msg = "Choose a template to make the document from, or a PDF: one of the two."
        raise DocumentRefused(msg, code="one_source", field="template")
    if template is not None and not template.is_active:
        msg = f"The template “{template}” is not in use any more. Choose another."
        raise DocumentRefused(msg, code="template_not_in_use", field="template")


def _check_contact(contact: Contact, commitment: Commitment, today: date) -> None:
    if contact.sponsor_id != commitment.sponsor_id:
        msg = f"{contact} is a contact of another sponsor. Choose one of {commitment.sponsor}."
        raise DocumentRefused(msg, code="other_sponsor", field="contact")
    if contact.left_on is not None and contact.left_on <= today:
        msg = f"{contact} left {commitment.sponsor} on {contact.left_on}. Choose somebody who is there."
        raise DocumentRefused(msg, code="contact_left", field="contact")


def _lock(commitment: Commitment) -> Commitment:
    hold_sponsor_of(Commitment, commitment.pk)
    return lock_commitment(commitment)


def _lock_version(version: DocumentVersion) -> DocumentVersion:
    commitment = _lock(version.document.commitment)
    locked = (
        DocumentVersion.objects.select_for_update(of=("self",))
        .select_related("document__amendment")
        .get(pk=version.pk)
    )
    locked.document.commitment = commitment
    return locked


def _mail(actor: User, version: DocumentVersion, contact: Contact, message: str, today: date) -> None:
    document = version.document
    owner = document.commitment.owner
    queue_notice(
        actor=actor,
        kind=MAIL,
        # Once a day to an address, so that a button pressed twice mails once.
        key=f"document:{version.pk}:{sha256(contact.email.encode()).hexdigest()[:16]}:{today}",
        recipient=contact.email,
        reply_to=owner.email if owner else "",
        subject=f"{document.title} for you to sign ({document.commitment.number})",
        template="document",
        context={
            "document": document,
            "commitment": document.commitment,
            "version": version,
            "contact": contact,
            "message": message,
        },
        about=document,
        attachment=version.file,
    )
