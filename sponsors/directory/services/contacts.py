"""People at a sponsor: added, changed, left."""

from collections.abc import Iterable
from datetime import date
from typing import TypedDict

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.directory.models import Contact, Sponsor
from sponsors.directory.rules import DirectoryError, one_line
from sponsors.directory.services.sponsors import lock_sponsor
from sponsors.directory.services.values import Cleaners, check_fields, clean_values, set_values, write


class ContactChanges(TypedDict, total=False):
    """What may be changed about a contact; what is left out stays as it is."""

    name: str
    email: str
    phone: str
    title: str
    roles: Iterable[str]
    notes: str


# Addresses are kept in lower case, so that one person is not listed twice.
CONTACT_CLEANERS: Cleaners = {
    "name": one_line,
    "email": lambda address: address.strip().lower(),
    "phone": one_line,
    "title": one_line,
    "notes": str.strip,
}


def in_order(roles: Iterable[str]) -> list[str]:
    """Return the roles without repetitions, in the order of the list of roles. Raises DirectoryError."""
    wanted = set(roles)
    unknown = wanted - set(Contact.Role.values)
    if unknown:
        raise DirectoryError(
            f"{', '.join(sorted(unknown))} is no role of a contact. "
            f"Choose from {', '.join(Contact.Role.values)}.",
            code="role_unknown",
            field="roles",
        )
    return [role for role in Contact.Role.values if role in wanted]


def _check_address_is_new(contact: Contact) -> None:
    if not contact.email:
        return
    there = (
        Contact.objects.filter(sponsor=contact.sponsor_id, email=contact.email).exclude(pk=contact.pk).first()
    )
    if there is not None:
        left = " (left)" if there.left_on else ""
        raise DirectoryError(
            f"{there.name}{left} has the address {contact.email} at this sponsor already. "
            "Change that contact, or give another address.",
            code="contact_exists",
            field="email",
        )


@action("contact.add")
def add_contact(
    *,
    actor: User,
    sponsor: Sponsor,
    name: str,
    email: str = "",
    phone: str = "",
    title: str = "",
    roles: Iterable[str] = (),
    notes: str = "",
) -> Contact:
    """Add a person at a sponsor. Raises SponsorIsMerged and DirectoryError."""
    texts = {"name": name, "email": email, "phone": phone, "title": title, "notes": notes}
    fields = clean_values(texts, CONTACT_CLEANERS)
    contact = Contact(sponsor=lock_sponsor(sponsor), roles=in_order(roles), **fields)
    check_fields(contact, fields=set(fields))
    _check_address_is_new(contact)
    contact.save(force_insert=True)
    contact.refresh_from_db()
    return contact


def lock_contact(contact: Contact) -> Contact:
    """Return the contact's row, locked after its sponsor's. Raises SponsorIsMerged."""
    lock_sponsor(contact.sponsor)
    return Contact.objects.select_for_update(of=("self",)).select_related("sponsor").get(pk=contact.pk)


@action("contact.change")
def change_contact(*, actor: User, contact: Contact, changes: ContactChanges) -> Contact:
    """Change the fields named in `changes` and no others. Raises SponsorIsMerged and DirectoryError."""
    locked = lock_contact(contact)
    values = clean_values(changes, CONTACT_CLEANERS)
    if "roles" in values:
        values["roles"] = in_order(values["roles"])
    changed = set_values(locked, values)
    check_fields(locked, fields=changed & set(CONTACT_CLEANERS))
    if "email" in changed:
        _check_address_is_new(locked)
    write(locked, changed)
    return locked


@action("contact.leave")
def mark_contact_left(*, actor: User, contact: Contact, left_on: date, today: date) -> Contact:
    """Record the day a person left the sponsor; they stay in the history and get no more mail.

    The day may be ahead by up to a year: a departure is often announced.
    """
    if left_on > date.fromordinal(today.toordinal() + 366):
        raise DirectoryError(
            "The day this person left is more than a year ahead. Choose an earlier day.",
            code="left_too_late",
            field="left_on",
        )
    locked = lock_contact(contact)
    write(locked, set_values(locked, {"left_on": left_on}))
    return locked


@action("contact.return")
def mark_contact_returned(*, actor: User, contact: Contact) -> Contact:
    """Take back that a person left. Nothing happens when they are there."""
    locked = lock_contact(contact)
    write(locked, set_values(locked, {"left_on": None}))
    return locked
