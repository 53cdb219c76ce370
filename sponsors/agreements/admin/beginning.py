"""Beginning a document: buttons on the page of its commitment."""

from typing import Any

from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.selectors import local_today
from foundation.people.models import User
from sponsors.agreements import services
from sponsors.agreements.admin.forms import AddDocumentForm, MakeForm
from sponsors.agreements.selectors import can_make_agreement
from sponsors.commitments.models import Commitment


def _begin(actor: User, commitment: Commitment, data: dict[str, Any]) -> Outcome:
    version = services.begin_document(actor=actor, commitment=commitment, today=local_today(), **data)
    return Outcome(message=f"{version} is drafted. Look at the PDF, then send it.", go_to=version.document)


MAKE_AGREEMENT = ObjectAction(
    name="make-agreement",
    label="Make agreement",
    permission="sponsors.add_commitmentdocument",
    call=_begin,
    form_class=MakeForm,
    available=can_make_agreement,
    icon="contract",
    description=lambda c: (
        f"A PDF is made of a template and of what {c.number} says now. It is a draft until it is sent."
    ),
)

ADD_DOCUMENT = ObjectAction(
    name="add-document",
    label="Add document",
    permission="sponsors.add_commitmentdocument",
    call=_begin,
    form_class=AddDocumentForm,
    icon="note_add",
    rare=True,
    description=lambda c: (
        f"Keep another paper of {c.number}: one that came from the sponsor, an amendment in writing, or one made from "
        "a template. Like an agreement it has versions that are sent, signed and voided."
    ),
)
