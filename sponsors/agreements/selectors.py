"""Reads about documents: what a page shows of them, and what waits for an answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from foundation.books.selectors import current_organization
from foundation.notices.models import Notice
from foundation.notices.querysets import NoticeQuerySet
from foundation.notices.rules import NoticeState
from foundation.people.models import User
from sponsors.agreements.models import CommitmentDocument, DocumentVersion
from sponsors.agreements.papers import known_facts, outdated
from sponsors.agreements.querysets import VersionQuerySet
from sponsors.agreements.rules import INSERTS, OPEN, PLACEHOLDERS, Language, VersionState
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import FIRM
from sponsors.commitments.selectors import AttentionCard, AttentionRow, Event, EventKind
from sponsors.directory.models import Sponsor

FIRST_ROWS = 5
# The kind of notice by which a version goes to the sponsor.
MAIL = "document"


@dataclass(frozen=True, slots=True)
class CommitmentPapers:
    """The documents of a commitment, and whether it is firm without a signed agreement kept for it."""

    documents: Sequence[CommitmentDocument]
    lacks_agreement: bool


def papers_of(commitment: Commitment) -> CommitmentPapers:
    """Return the documents with all their versions, the newest first. Two queries."""
    documents = list(
        commitment.documents.with_current().order_by("pk").prefetch_related(Prefetch("versions", versions()))
    )
    signed = any(
        version.state == VersionState.SIGNED
        for document in documents
        if document.kind == CommitmentDocument.Kind.AGREEMENT
        for version in document.versions.all()
    )
    return CommitmentPapers(documents, lacks_agreement=commitment.state in FIRM and not signed)


def versions() -> VersionQuerySet:
    """Return versions, the newest first, with what a page says about each."""
    return DocumentVersion.objects.select_related(
        "file", "signed_copy", "template", "begun_by", "sent_to", "sent_by", "recorded_by", "voided_by"
    ).order_by("-number")


def mail_of(version: DocumentVersion) -> NoticeQuerySet:
    """Return the mail with which the version went to the sponsor."""
    return Notice.objects.about(version.document).filter(kind=MAIL, attachment=version.file_id)


@dataclass(frozen=True, slots=True)
class StoppedMail:
    """Mail that was stopped before it left; `is_leaving`: while it was being sent, so that it may arrive."""

    address: str
    is_leaving: bool


def stopped_mail(document: CommitmentDocument) -> dict[int, list[StoppedMail]]:
    """Return, by version, to whom the last mail was stopped. Two queries."""
    last: dict[int | None, dict[str, StoppedMail | None]] = {}
    for notice in Notice.objects.about(document).filter(kind=MAIL).order_by("pk"):
        stopped = notice.state == NoticeState.CANCELED
        last.setdefault(notice.attachment_id, {})[notice.recipient] = (
            StoppedMail(notice.recipient, notice.leased_until is not None) if stopped else None
        )
    return {
        version: [mail for mail in last.get(file, {}).values() if mail]
        for version, file in document.versions.values_list("pk", "file")
    }


def can_make_agreement(commitment: Commitment) -> bool:
    """Whether no agreement of it is on its way or signed; of one that is, a new version begins on its own page."""
    agreements = commitment.documents.filter(kind=CommitmentDocument.Kind.AGREEMENT)
    return not agreements.filter(versions__state__in=[*OPEN, VersionState.SIGNED]).exists()


def outdated_facts(version: DocumentVersion, today: date) -> list[str]:
    """Return in words what a version made from a template says that no longer holds."""
    if not version.facts:
        return []
    language = Language(version.facts["language"])
    now = known_facts(current_organization(), version.document.commitment, language, today)
    return [PLACEHOLDERS.get(name) or INSERTS[name] for name in outdated(version.facts["said"], now)]


def commitment_events(commitment: Commitment) -> list[Event]:
    """Return what happened to the documents of a commitment, for its timeline. One query."""
    return list(_events(DocumentVersion.objects.filter(document__commitment=commitment)))


def sponsor_events(sponsor: Sponsor) -> list[Event]:
    """Return what happened to the documents of all commitments of a sponsor. One query."""
    return list(_events(DocumentVersion.objects.filter(document__commitment__sponsor=sponsor)))


def _events(found: VersionQuerySet) -> Iterator[Event]:
    for version in found.select_related("document__commitment", "sent_to").order_by("document", "number"):
        number = version.document.commitment.number
        name = f"{version.document.title}, version {version.number}"
        if version.sent_on is not None:
            yield Event(version.sent_on, EventKind.DOCUMENT_SENT, number, f"{name}, to {version.sent_to}")
        if version.signed_on is not None:
            yield Event(
                version.signed_on, EventKind.DOCUMENT_SIGNED, number, f"{name}, by {version.signed_by}"
            )
        if version.voided_on is not None:
            yield Event(
                version.voided_on, EventKind.DOCUMENT_VOIDED, number, f"{name}: {version.void_reason}"
            )


def documents_attention(user: User, today: date) -> tuple[AttentionCard, ...]:
    """Return the card of what was sent long ago and is neither signed nor voided, if the user may see it."""
    if not user.has_perm("sponsors.view_commitmentdocument"):
        return ()
    waiting = CommitmentDocument.objects.visible_to(user).unanswered(today)
    rows = waiting.select_related("commitment__sponsor")[:FIRST_ROWS]
    card = AttentionCard(
        key="documents_unanswered",
        title="Sent more than 14 days ago, not signed",
        model="sponsors.commitmentdocument",
        count=waiting.count(),
        totals=(),
        rows=tuple(AttentionRow(row.pk, str(row), row.commitment.sponsor.name, row.sent_on) for row in rows),
    )
    return (card,)
