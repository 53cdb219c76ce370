"""To whom money matters are written, and what stands on an invoice about them."""

from collections.abc import Collection
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from sponsors.commitments.papers import Billing
from sponsors.commitments.rules import CommitmentError
from sponsors.commitments.services.values import check_length, check_text
from sponsors.directory.models import Contact, Sponsor


def payment_contacts(sponsors: Collection[int], today: date) -> dict[int, Contact]:
    """Return of each sponsor the billing contact, else the primary one; none where neither has an address. One query."""
    billing, primary = Contact.Role.BILLING, Contact.Role.PRIMARY
    reachable = Contact.objects.present(today).filter(sponsor__in=sponsors).exclude(email="")
    found: dict[int, Contact] = {}
    for contact in reachable.filter(roles__overlap=[billing, primary]).order_by("name", "pk"):
        kept = found.setdefault(contact.sponsor_id, contact)
        if billing in contact.roles and billing not in kept.roles:
            found[contact.sponsor_id] = contact
    return found


def payment_contact(sponsor: Sponsor, today: date) -> Contact | None:
    """Return the billing contact, else the primary one; None when neither has an address."""
    return payment_contacts([sponsor.pk], today).get(sponsor.pk)


def billing_of(sponsor: Sponsor, today: date) -> Billing:
    """Return what is known: the legal name, who is written to, and the country."""
    contact = payment_contact(sponsor, today)
    address = [contact.name if contact else "", sponsor.get_country_display() if sponsor.country else ""]
    return Billing(
        name=sponsor.legal_name or sponsor.name,
        address="\n".join(str(line) for line in address if line),
        email=contact.email if contact else "",
    )


def check_billing(billing: Billing) -> Billing:
    """Return it without surrounding space. Raises CommitmentError naming the field."""
    address = "\n".join(line.strip() for line in billing.address.strip().splitlines())
    return Billing(
        name=check_text(billing.name, "name to bill", "billing_name", longest=200),
        address=check_length(address, "billing address", "billing_address", longest=500),
        email=check_email(billing.email.strip(), field="billing_email") if billing.email.strip() else "",
    )


def check_email(address: str, *, field: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        msg = "This is no email address. Correct it, such as billing@example.org."
        raise CommitmentError(msg, code="email_invalid", field=field) from None
    return check_length(address, "email address", field, longest=254)
