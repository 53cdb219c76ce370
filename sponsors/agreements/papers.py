"""What a template is filled with, and the PDF that comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from foundation.books.models import Organization
from foundation.documents.rendering import Value, render_pdf
from sponsors.agreements.rules import (
    INSERTS,
    PLACEHOLDERS,
    WORDS,
    Language,
    TemplateRefused,
    amount_in,
    country_in,
    day_in,
    fill,
    names_in,
    read_template,
    written,
)
from sponsors.agreements.tables import sum_of_kind, tables_of
from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.papers import letterhead, made_at
from sponsors.directory.models import Contact

LAYOUT = Path(__file__).parent / "layouts" / "agreement.typ"
# What changes from day to day says nothing about whether the paper still fits the commitment.
_PASSING = frozenset({"today"})

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The text of a template, and what else stands on the paper; without a version it is a preview."""

    title: str
    language: Language
    body: str
    version: int | None = None


def agreement_pdf(
    organization: Organization, commitment: Commitment, wording: Wording, today: date
) -> tuple[bytes, Facts]:
    """Return the PDF, and the facts it states, by name.

    Raises TemplateRefused when the template asks for something that is not known of this commitment, and
    TextNotPrintable.
    """
    blocks = read_template(wording.body)
    facts = facts_of(organization, commitment, names_in(blocks), wording.language, today)
    words = WORDS[wording.language]
    data: dict[str, Value] = {
        "title": wording.title,
        "language": str(wording.language),
        "page": words.page,
        "organization": letterhead(organization),
        "facts": [
            [words.commitment, commitment.number],
            [words.date, day_in(wording.language, today)],
            [words.version, str(wording.version) if wording.version else "—"],
        ],
        "words": {"signing": [words.name, words.title, words.date, words.signature]},
        "blocks": fill(blocks, {name: fact for name, fact in facts.items() if name in PLACEHOLDERS}),
        **{name: fact for name, fact in facts.items() if name in INSERTS},
    }
    return render_pdf(LAYOUT, data, made_at=made_at(today), archival=True), facts


def facts_of(
    organization: Organization, commitment: Commitment, names: Sequence[str], language: Language, today: date
) -> Facts:
    """Return what the names stand for now. Raises TemplateRefused for those that stand for nothing."""
    known = known_facts(organization, commitment, language, today)
    for name in names:
        if not known[name]:
            what = PLACEHOLDERS.get(name) or INSERTS[name]
            msg = (
                f"The template asks for {written(name)}, {what}, and there is none for {commitment.number}. Enter it, "
                "or choose a template without it."
            )
            raise TemplateRefused(msg, code="fact_missing", field="template")
    return {name: known[name] for name in names}


def outdated(then: Facts, now: Facts) -> list[str]:
    """Return the names of the facts that are not what they were, in the order of the list of names."""
    said = [name for name in (*PLACEHOLDERS, *INSERTS) if name in then and name not in _PASSING]
    return [name for name in said if then[name] != now[name]]


def known_facts(organization: Organization, commitment: Commitment, language: Language, today: date) -> Facts:
    """Return what every name stands for now; empty where there is nothing."""
    sponsor = commitment.sponsor
    lines = list(commitment.lines.order_by("position"))
    cash = sum_of_kind(lines, CommitmentLine.Kind.CASH)
    in_kind = sum_of_kind(lines, CommitmentLine.Kind.IN_KIND)
    contact = _signatory(commitment, today)
    us = organization.legal_name or organization.name
    them = sponsor.legal_name or sponsor.name

    def amount(value: Decimal) -> str:
        return amount_in(language, value, commitment.currency) if value else ""

    return {
        "sponsor.name": sponsor.name,
        "sponsor.legal_name": them,
        "sponsor.country": country_in(language, sponsor.country) if sponsor.country else "",
        "sponsor.tax_id": sponsor.tax_id,
        "sponsor.website": sponsor.website,
        "contact.name": contact.name if contact else "",
        "contact.title": contact.title if contact else "",
        "contact.email": contact.email if contact else "",
        "organization.name": organization.name,
        "organization.legal_name": us,
        "organization.address": organization.address,
        "organization.tax_id": organization.tax_id,
        "organization.website": organization.website,
        "organization.contact_email": organization.contact_email,
        "commitment.number": commitment.number,
        "commitment.title": commitment.title,
        "commitment.starts_on": day_in(language, commitment.starts_on),
        "commitment.ends_on": day_in(language, commitment.ends_on),
        "commitment.cash": amount(cash),
        "commitment.in_kind": amount(in_kind),
        "today": day_in(language, today),
        **tables_of(commitment, lines, language),
        "signatures": [us, them],
    }


def _signatory(commitment: Commitment, today: date) -> Contact | None:
    """Return who is asked for the sponsor: a legal contact, else a primary one."""
    there = commitment.sponsor.contacts.present(today).order_by("pk")
    return there.with_role(Contact.Role.LEGAL).first() or there.with_role(Contact.Role.PRIMARY).first()
