"""What a template can ask for, by name, with the words that explain it."""

# Text of the commitment's data; put where the name stands.
PLACEHOLDERS: dict[str, str] = {
    "sponsor.name": "the sponsor's name",
    "sponsor.legal_name": "the sponsor's legal name, else its name",
    "sponsor.country": "the sponsor's country",
    "sponsor.tax_id": "the sponsor's tax ID",
    "sponsor.website": "the sponsor's website",
    "contact.name": "the name of the sponsor's legal contact, else of the primary one",
    "contact.title": "that contact's title",
    "contact.email": "that contact's email",
    "organization.name": "our name",
    "organization.legal_name": "our legal name, else our name",
    "organization.address": "our address",
    "organization.tax_id": "our tax ID",
    "organization.website": "our website",
    "organization.contact_email": "our contact email",
    "commitment.number": "the number of the commitment",
    "commitment.title": "the title of the commitment",
    "commitment.starts_on": "the first day of the commitment",
    "commitment.ends_on": "the last day of the commitment, included",
    "commitment.cash": "the cash promised",
    "commitment.in_kind": "the estimated value of what is promised in kind",
    "today": "the day on which the document is made",
}

# Whole pieces, which stand alone in a paragraph.
INSERTS: dict[str, str] = {
    "lines": "a table of what is promised",
    "schedule": "a table of the installments",
    "conditions": "a table of the conditions, or the word None",
    "restrictions": "a table of what cash may only be used for, or the word None",
    "charges": "a table of what is asked for beside the installments, or the word None",
    "signatures": "room for both sides to sign",
}


def written(name: str) -> str:
    """Return the name as it is written in a template."""
    return f"{{{{ {name} }}}}"
