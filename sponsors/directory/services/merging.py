"""Two rows that are the same sponsor become one."""

from collections import Counter

from django.db.models import ForeignKey

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.directory.models import Contact, Sponsor, SponsorMerge
from sponsors.directory.rules import DirectoryError, MergeRefused, one_line
from sponsors.directory.services.references import Reference, move_all
from sponsors.directory.services.sponsors import ancestry, hold_directory
from sponsors.directory.services.values import check_fields, set_values, write

_FILLED = (
    "legal_name",
    "website",
    "country",
    "tax_id",
    "description",
    "logo",
    "logo_on_dark",
    "account_manager",
    "foundations_supported",
    "left_a_foundation",
)


def _field(model: type[Sponsor | SponsorMerge], name: str) -> Reference:
    field = model._meta.get_field(name)
    assert isinstance(field, ForeignKey)
    return field


# What a merge says about the two stays as it was said; parents need care against circles.
LEFT_AS_THEY_ARE = frozenset(
    {_field(SponsorMerge, "kept"), _field(SponsorMerge, "absorbed"), _field(Sponsor, "parent")}
)


@action("sponsor.merge")
def merge_sponsors(*, actor: User, kept: Sponsor, absorbed: Sponsor, reason: str) -> SponsorMerge:
    """Move everything that hangs on `absorbed` to `kept`, and remember where it went.

    Blank fields of the kept sponsor are filled from the absorbed one; contacts with the same
    address become one. The absorbed row stays, under its slug, and leads to the kept one. Merging
    the same two again gives the merge made before. Raises MergeRefused and DirectoryError.
    """
    hold_directory()
    rows = {
        row.pk: row
        for row in Sponsor.objects.select_for_update().filter(pk__in=[kept.pk, absorbed.pk]).order_by("pk")
    }
    kept, absorbed = rows[kept.pk], rows[absorbed.pk]
    if absorbed.merged_into_id is not None and absorbed.merged_into_id == kept.pk:
        return SponsorMerge.objects.get(absorbed=absorbed)
    _check(kept, absorbed)
    merge = SponsorMerge(kept=kept, absorbed=absorbed, merged_by=actor, reason=one_line(reason), moved={})
    check_fields(merge, fields={"reason"})

    moved = _join_contacts(kept, absorbed)
    moved += _move_parents(kept, absorbed)
    moved += move_all(absorbed, kept, leave=LEFT_AS_THEY_ARE)
    _fill_blanks(kept, absorbed)
    write(absorbed, set_values(absorbed, {"merged_into": kept}))
    merge.moved = dict(moved)
    merge.save(force_insert=True)
    merge.refresh_from_db()
    return merge


def _check(kept: Sponsor, absorbed: Sponsor) -> None:
    if kept.pk == absorbed.pk:
        raise DirectoryError(
            f"{kept.name} cannot be merged into itself. Choose another sponsor.",
            code="merge_with_itself",
            field="kept",
        )
    for sponsor, field in ((absorbed, "absorbed"), (kept, "kept")):
        if sponsor.merged_into is not None:
            raise MergeRefused(
                f"{sponsor.name} was merged into {sponsor.merged_into.name} already. Use that one.",
                field=field,
            )
    above = ancestry(kept)
    if absorbed.pk in above and kept.parent_id != absorbed.pk:
        raise MergeRefused(
            f"{kept.name} belongs to {absorbed.name} through another organization, which would then belong to "
            f"itself. Change the parent of {kept.name} first.",
            field="kept",
        )


def _join_contacts(kept: Sponsor, absorbed: Sponsor) -> Counter[str]:
    """Make one contact of two with the same address: what one lacks comes from the other."""
    there = {contact.email: contact for contact in kept.contacts.select_for_update().exclude(email="")}
    joined: Counter[str] = Counter()
    for double in absorbed.contacts.select_for_update().filter(email__in=there):
        contact = there[double.email]
        values = {
            name: getattr(contact, name) or getattr(double, name) for name in ("phone", "title", "notes")
        }
        roles = {*contact.roles, *double.roles}
        values["roles"] = [role for role in Contact.Role.values if role in roles]
        # Whoever is still at one of the two is still there.
        values["left_on"] = contact.left_on and double.left_on and max(contact.left_on, double.left_on)
        write(contact, set_values(contact, values))
        move_all(double, contact)
        double.delete()
        joined["contacts joined"] += 1
    return joined


def _move_parents(kept: Sponsor, absorbed: Sponsor) -> Counter[str]:
    """Take over the absorbed sponsor's place in the tree without making a circle."""
    above = absorbed.parent
    write(absorbed, set_values(absorbed, {"parent": None}))
    if above is not None and kept.pk in ancestry(above):
        above = None
    if kept.parent_id in (None, absorbed.pk):
        write(kept, set_values(kept, {"parent": above}))
    return +Counter({"subsidiaries": Sponsor.objects.filter(parent=absorbed).update(parent=kept)})


def _is_blank(value: object) -> bool:
    """Whether nobody knows: none and no are known."""
    return not value and not isinstance(value, int)


def _fill_blanks(kept: Sponsor, absorbed: Sponsor) -> None:
    values = {
        name: getattr(absorbed, name)
        for name in _FILLED
        if _is_blank(getattr(kept, name)) and not _is_blank(getattr(absorbed, name))
    }
    if absorbed.notes and absorbed.notes != kept.notes:
        values["notes"] = f"{kept.notes}\n\n{absorbed.notes}".strip()
    write(kept, set_values(kept, values))
    # A file belongs to one row: removing the kept sponsor's logo must not leave the other pointing nowhere.
    write(absorbed, set_values(absorbed, {name: "" for name in values if name.startswith("logo")}))
