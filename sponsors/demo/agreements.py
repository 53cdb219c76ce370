"""Papers of a few commitments: a template, a signed agreement, one that nobody answered, one voided with its successor."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from foundation.books.selectors import current_organization
from sponsors.agreements import services
from sponsors.agreements.models import AgreementTemplate, DocumentVersion
from sponsors.agreements.papers import agreement_pdf
from sponsors.agreements.rules import Means
from sponsors.agreements.services.templates import wording_of
from sponsors.agreements.starter import STARTER
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import State
from sponsors.directory.models import Contact

if TYPE_CHECKING:
    from sponsors.demo.load import World

UNANSWERED = timedelta(days=20)


def play(world: "World") -> None:
    """Write what happened to the papers of commitments in cash."""
    template = services.add_template(
        actor=world.fundraiser,
        name="Sponsorship agreement, standard",
        title="Sponsorship agreement",
        language="en",
        body=STARTER,
    )
    in_cash = Commitment.objects.filter(lines__kind="cash").exclude(sponsor__contacts=None).distinct()
    signed = list(
        in_cash.filter(state=State.SIGNED, signed_on__isnull=False).order_by("-signed_on", "pk")[:2]
    )
    proposed = list(in_cash.filter(state=State.PROPOSED).order_by("pk")[:1])
    attached = Q(conditions__isnull=False) | Q(restrictions__isnull=False)
    for commitment in in_cash.filter(attached).exclude(pk__in=[row.pk for row in [*signed, *proposed]]):
        _begin(world, commitment, template, world.as_of)
    for commitment in signed[:1]:
        _signed(world, commitment, template)
    for commitment in signed[1:]:
        _voided_and_made_again(world, commitment, template)
    for commitment in proposed:
        _unanswered(world, commitment, template)


def _begin(world: "World", commitment: Commitment, template: AgreementTemplate, day: date) -> DocumentVersion:
    return services.begin_document(
        actor=world.fundraiser, commitment=commitment, template=template, today=day
    )


def _send(world: "World", version: DocumentVersion, day: date, means: str = Means.EMAIL) -> DocumentVersion:
    sponsor = version.document.commitment.sponsor
    contact: Contact = sponsor.contacts.with_role(Contact.Role.PRIMARY).order_by("pk")[0]
    return services.send_version(
        actor=world.fundraiser, version=version, contact=contact, means=means, today=day
    )


def _signed(world: "World", commitment: Commitment, template: AgreementTemplate) -> None:
    assert commitment.proposed_on is not None  # it is signed
    assert commitment.signed_on is not None
    version = _send(
        world, _begin(world, commitment, template, commitment.proposed_on), commitment.proposed_on
    )
    # What comes back from a scanner, for the demonstration: the same text, set once more.
    scan, _facts = agreement_pdf(
        current_organization(), commitment, wording_of(template, version=version.number), commitment.signed_on
    )
    services.sign_version(
        actor=world.fundraiser,
        version=version,
        signed_on=commitment.signed_on,
        signed_by=f"{version.sent_to} for {commitment.sponsor}, {world.fundraiser} for the Foundation",
        content=scan,
        today=commitment.signed_on,
    )


def _voided_and_made_again(world: "World", commitment: Commitment, template: AgreementTemplate) -> None:
    begun = world.as_of - timedelta(days=9)
    version = _send(world, _begin(world, commitment, template, begun), begun)
    services.void_version(
        actor=world.fundraiser,
        version=version,
        reason="Their counsel asked for the legal name of the new entity.",
        today=begun + timedelta(days=4),
    )
    again = services.begin_version(
        actor=world.fundraiser, document=version.document, template=template, today=world.as_of
    )
    _send(world, again, world.as_of, Means.BURSAR)


def _unanswered(world: "World", commitment: Commitment, template: AgreementTemplate) -> None:
    day = max(world.as_of - UNANSWERED, commitment.proposed_on or world.as_of)
    _send(world, _begin(world, commitment, template, day), day)
