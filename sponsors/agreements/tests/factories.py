"""Templates and documents for tests, made through the services, so that they are always valid."""

import itertools
from datetime import date
from functools import cache
from typing import Any

from foundation.documents.rendering import render_pdf
from sponsors.agreements.models import AgreementTemplate, CommitmentDocument, DocumentVersion
from sponsors.agreements.papers import LAYOUT
from sponsors.agreements.services import (
    add_template,
    begin_document,
    send_version,
    sign_version,
    void_version,
)
from sponsors.commitments.models import Commitment
from sponsors.commitments.papers import made_at
from sponsors.commitments.tests.factories import START, colleague, signed_commitment
from sponsors.directory.models import Contact
from sponsors.directory.tests.factories import ContactFactory

BODY = """\
# What is agreed

{{ organization.legal_name }} and **{{ sponsor.legal_name }}** agree on {{ commitment.number }}, from
{{ commitment.starts_on }} to {{ commitment.ends_on }}:

{{ lines }}

1. The sponsor pays {{ commitment.cash }} as follows.

   {{ schedule }}

2. We thank the sponsor.

{{ signatures }}
"""
TODAY = START
_names = itertools.count(1)


def template(
    body: str = BODY, *, title: str = "Sponsorship agreement", language: str = "en"
) -> AgreementTemplate:
    return add_template(
        actor=colleague(), name=f"Template {next(_names)}", title=title, language=language, body=body
    )


def begun(commitment: Commitment | None = None, **more: Any) -> DocumentVersion:
    """Return the first version of an agreement, made from a template unless something else is said."""
    source = {} if "content" in more else {"template": template()}
    return begin_document(
        actor=colleague(),
        commitment=commitment or signed_commitment(),
        **{"today": TODAY, **source, **more},
    )


def somebody_at(document: CommitmentDocument) -> Contact:
    sponsor = document.commitment.sponsor
    return sponsor.contacts.present(TODAY).exclude(email="").first() or ContactFactory(sponsor=sponsor)


def sent(version: DocumentVersion | None = None, *, on: date = TODAY, **more: Any) -> DocumentVersion:
    version = version or begun()
    contact = more.pop("contact", None) or somebody_at(version.document)
    return send_version(actor=colleague(), version=version, contact=contact, today=on, **more)


def signed(version: DocumentVersion | None = None, *, on: date = TODAY) -> DocumentVersion:
    return sign_version(
        actor=colleague(),
        version=version or sent(),
        signed_on=on,
        signed_by="Ada for Acme, Bo for us",
        content=a_pdf(),
        today=on,
    )


def voided(version: DocumentVersion | None = None, *, on: date = TODAY) -> DocumentVersion:
    return void_version(
        actor=colleague(), version=version or sent(), reason="They want other terms.", today=on
    )


@cache
def a_pdf(text: str = "Signed") -> bytes:
    """Return a PDF as it comes from outside."""
    data: dict[str, Any] = {
        "title": text,
        "organization": {"name": "Scanner", "address": "", "footer": ""},
        "facts": [],
        "blocks": [],
    }
    return render_pdf(LAYOUT, data, made_at=made_at(START))
