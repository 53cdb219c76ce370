"""Letters to sponsors about a renewal: drafted by Bursar, and sent by nobody but a person.

Rows are locked in the order of services/cases.py, the letter last.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from foundation.audit.actions import action
from foundation.documents.services import keep_document
from foundation.notices.services import queue_notice
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.directory.models import Contact, Interaction
from sponsors.directory.services import hold_sponsor_of, log_interaction
from sponsors.renewals.models import RenewalCase, RenewalLetter
from sponsors.renewals.papers import letter_pdf
from sponsors.renewals.rules.letter_text import letter_body, letter_subject
from sponsors.renewals.rules.refusals import NotAllowedNow, RenewalError
from sponsors.renewals.rules.states import CaseState, LetterAction, LetterState, next_letter_state
from sponsors.renewals.selectors.letter_facts import addressee, letter_facts
from sponsors.renewals.services.cases import lock_case, move_case
from sponsors.renewals.services.texts import required_text

LONGEST_SUBJECT = 200
LONGEST_BODY = 20_000
_LONGEST_ADDRESS = 254


class LetterChanges(TypedDict, total=False):
    """What may be changed of a draft; what is left out stays as it is."""

    contact: Contact | None
    recipient: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Drafted:
    """The draft of a letter; `is_new` says whether this made it, or one was begun already."""

    letter: RenewalLetter
    is_new: bool


@action("renewalletter.draft")
def draft_letter(*, actor: User, case: RenewalCase, today: date) -> Drafted:
    """Write a letter to the primary contact from what is known of the commitment; a draft that waits is found again.

    Raises NotAllowedNow for a closed case.
    """
    locked = lock_case(case)
    _check_open(locked)
    waiting = locked.letters.filter(state=LetterState.DRAFT).first()
    if waiting is not None:
        return Drafted(waiting, is_new=False)
    contact = addressee(locked.commitment, today)
    facts = letter_facts(locked, contact, today)
    letter = RenewalLetter.objects.create(
        case=locked,
        contact=contact,
        recipient=contact.email if contact else "",
        subject=letter_subject(facts)[:LONGEST_SUBJECT],
        body=letter_body(facts, today),
        written_by=actor,
    )
    letter.refresh_from_db()
    return Drafted(letter, is_new=True)


@action("renewalletter.revise")
def revise_letter(*, actor: User, letter: RenewalLetter, changes: LetterChanges) -> RenewalLetter:
    """Change what `changes` names of a draft. Another contact without another address brings its own.

    Raises RenewalError naming the field, and NotAllowedNow for a letter that left the house.
    """
    locked = _lock_letter(letter)
    locked.state = next_letter_state(locked.state, LetterAction.REVISE)
    if "contact" in changes:
        contact = changes["contact"]
        sponsor = locked.case.commitment.sponsor
        if contact is not None and contact.sponsor_id != sponsor.pk:
            msg = f"{contact} is no contact of {sponsor}. Choose somebody there."
            raise RenewalError(msg, code="contact_of_another_sponsor", field="contact")
        if contact is not None and contact != locked.contact and "recipient" not in changes:
            locked.recipient = contact.email
        locked.contact = contact
    if "recipient" in changes:
        address = changes["recipient"].strip()
        locked.recipient = _check_address(address) if address else ""
    if "subject" in changes:
        line = " ".join(changes["subject"].split())
        locked.subject = required_text(line, "subject", "subject", longest=LONGEST_SUBJECT)
    if "body" in changes:
        text = changes["body"].replace("\r\n", "\n")
        locked.body = required_text(text, "text of the letter", "body", longest=LONGEST_BODY)
    locked.save(update_fields=["contact", "recipient", "subject", "body"])
    locked.refresh_from_db()
    return locked


@action("renewalletter.send")
def send_letter(*, actor: User, letter: RenewalLetter, today: date, now: datetime) -> RenewalLetter:
    """Mail the letter with its PDF, keep that, and note it with the sponsor; answers go to the commitment's owner.

    A card that was due is contacted then. Raises RenewalError without an address and for a service account,
    TextNotPrintable, and NotAllowedNow for what is no draft any more, or when the case is closed.
    """
    if actor.is_service:
        msg = "A letter about a renewal is sent by a person, and this is a service account. Ask a colleague to send it."
        raise RenewalError(msg, code="sent_by_a_person", field="state")
    hold_sponsor_of(Commitment, letter.case.commitment_id)
    case = lock_case(letter.case)
    locked = _lock_letter(letter)
    locked.state = next_letter_state(locked.state, LetterAction.SEND)
    _check_open(case)
    if not locked.recipient:
        msg = "The letter has no address. Enter to whom it goes first."
        raise RenewalError(msg, code="required", field="recipient")
    commitment = locked.case.commitment
    locked.document = keep_document(
        actor=actor, title=f"Letter about {commitment.number} of {today}", content=letter_pdf(locked, today)
    )
    owner = commitment.owner if commitment.owner is not None and commitment.owner.may_sign_in else actor
    locked.notice = queue_notice(
        actor=actor,
        kind="renewal_letter",
        key=f"renewal_letter:{locked.pk}",
        recipient=locked.recipient,
        subject=locked.subject,
        template="renewal_letter",
        context={"letter": locked, "sponsor": commitment.sponsor},
        about=locked,
        reply_to=owner.email,
        attachment=locked.document,
    )
    locked.sent_by, locked.sent_on = actor, today
    locked.save(update_fields=["state", "document", "notice", "sent_by", "sent_on"])
    there = locked.contact
    log_interaction(
        actor=actor,
        sponsor=commitment.sponsor,
        kind=Interaction.Kind.LETTER,
        occurred_at=now,
        summary=f"Letter about the renewal of {commitment.number}, sent to {locked.recipient}: {locked.subject}",
        now=now,
        contacts=[there] if there is not None and there.sponsor_id == commitment.sponsor_id else [],
    )
    if case.state == CaseState.DUE:
        move_case(
            actor=actor, case=case, state=CaseState.CONTACTED, note="A renewal letter was sent.", today=today
        )
    locked.refresh_from_db()
    return locked


@action("renewalletter.discard")
def discard_letter(*, actor: User, letter: RenewalLetter) -> RenewalLetter:
    """Give a draft up; another can be begun. Raises NotAllowedNow for what is no draft any more."""
    locked = _lock_letter(letter)
    locked.state = next_letter_state(locked.state, LetterAction.DISCARD)
    locked.save(update_fields=["state"])
    locked.refresh_from_db()
    return locked


def preview_letter(letter: RenewalLetter, *, today: date) -> bytes:
    """Return the PDF as it would be sent today; nothing is written. Raises TextNotPrintable."""
    return letter_pdf(letter, today)


def _lock_letter(letter: RenewalLetter) -> RenewalLetter:
    return (
        RenewalLetter.objects.select_for_update(of=("self",))
        .select_related("case__commitment__sponsor", "case__commitment__owner", "contact")
        .get(pk=letter.pk)
    )


def _check_open(case: RenewalCase) -> None:
    if case.closed_on is not None:
        msg = f"This renewal was closed as {case.get_closed_as_display().lower()}, so no letter asks for it."
        raise NotAllowedNow(msg, code="case_is_closed", field="state")


def _check_address(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        msg = "This is no email address. Correct it, such as ada@example.org."
        raise RenewalError(msg, code="email_invalid", field="recipient") from None
    if len(address) > _LONGEST_ADDRESS:
        msg = f"The address has {len(address)} characters; at most {_LONGEST_ADDRESS} fit. Shorten it."
        raise RenewalError(msg, code="too_long", field="recipient")
    return address
