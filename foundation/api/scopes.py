"""What an API token may be used for."""

from collections.abc import Iterable

from django.db import models


class Scope(models.TextChoices):
    """`subject:read` lets a token see, `subject:write` also change; neither exceeds its owner."""

    SPONSORS_READ = "sponsors:read", "See sponsors and their descriptions"
    SPONSORS_WRITE = "sponsors:write", "Add and change sponsors"
    CONTACTS_READ = "contacts:read", "See contacts and interactions, which are personal data"
    CONTACTS_WRITE = "contacts:write", "Add and change contacts and interactions"
    COMMITMENTS_READ = "commitments:read", "See commitments, schedules and funds"
    COMMITMENTS_WRITE = "commitments:write", "Draft, propose, sign and close commitments"
    DOCUMENTS_READ = "documents:read", "See documents of commitments, their files and templates"
    DOCUMENTS_WRITE = "documents:write", "Make, send, sign and void documents; write templates"
    RECEIPTS_READ = "receipts:read", "See money received and what it paid"
    RECEIPTS_WRITE = "receipts:write", "Record, allocate and reverse money received"
    INVOICES_READ = "invoices:read", "See invoices, credit notes, statements of account and write-offs"
    INVOICES_WRITE = "invoices:write", "Issue and credit invoices, decide on write-offs"
    BANKING_READ = "banking:read", "See bank statements, their lines and what they may be"
    BANKING_WRITE = "banking:write", "Import bank statements and confirm what their lines are"
    SERVICES_READ = "services:read", "See services that gifts in kind keep running, and their anomalies"
    SERVICES_WRITE = "services:write", "Add and change services, explain anomalies"
    USAGE_READ = "usage:read", "See metered use of services and its imports"
    USAGE_WRITE = "usage:write", "Send metered use, and say which service and region it is of"
    VALUATIONS_READ = "valuations:read", "See rate cards and what gifts in kind are worth"
    VALUATIONS_WRITE = "valuations:write", "Change rate cards; draft, submit, approve and reverse valuations"
    RENEWALS_READ = (
        "renewals:read",
        "See renewal risk and what is at stake, reserves, reminders, renewal cases and letters",
    )
    RENEWALS_WRITE = (
        "renewals:write",
        "Answer reminders, move and renew cases, write letters, change policies and settings",
    )
    BOOKS_READ = "books:read", "See closings of the books and exchange rates"
    BOOKS_WRITE = "books:write", "Close the books"
    IMPORTS_READ = "imports:read", "See imports, their faults and what they would change"
    IMPORTS_WRITE = "imports:write", "Import files"
    TOKENS_READ = "tokens:read", "See one's own tokens"
    TOKENS_WRITE = "tokens:write", "Revoke one's own tokens"


def in_words(scopes: Iterable[str]) -> list[tuple[str, str]]:
    """Return (what it lets do, scope) for each; a scope that no longer is has no words."""
    words = dict(Scope.choices)
    return [(str(words.get(scope, "")), scope) for scope in scopes]


def implied_by(scopes: frozenset[str]) -> frozenset[str]:
    """Return the scopes with those that follow from them: who may write may also read."""
    return scopes | {scope.replace(":write", ":read") for scope in scopes}
