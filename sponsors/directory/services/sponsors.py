"""Sponsors: added, changed, and the locks everything else about them relies on."""

from collections.abc import Callable, Collection
from typing import TypedDict

from django.db import connection, models
from django.db.models import Q

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import (
    DirectoryError,
    PossibleDuplicate,
    SponsorIsMerged,
    check_slug,
    comparable,
    free_slug,
    normalize_website,
    one_line,
    slug_of,
)
from sponsors.directory.services.people import may_look_after
from sponsors.directory.services.values import check_fields, clean_values, set_values, write

# One number for "names, slugs and parents of sponsors are being decided".
_DIRECTORY_LOCK = 7_310_001


class SponsorChanges(TypedDict, total=False):
    """What may be changed about a sponsor; what is left out stays as it is."""

    name: str
    legal_name: str
    website: str
    country: str
    tax_id: str
    parent: Sponsor | None
    description: str
    notes: str
    account_manager: User | None
    foundations_supported: int | None
    left_a_foundation: bool | None


SPONSOR_CLEANERS: dict[str, Callable[[str], str]] = {
    "name": one_line,
    "legal_name": one_line,
    "website": normalize_website,
    "country": lambda code: code.strip().upper(),
    "tax_id": one_line,
    "description": str.strip,
    "notes": str.strip,
}


def hold_directory() -> None:
    """Wait for whoever decides names, slugs or parents now, and keep others out until the commit.

    Whether a name is taken or a parent would close a circle depends on rows this transaction does
    not change, so row locks cannot answer it. Taken before any row lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_DIRECTORY_LOCK])


def lock_sponsor(sponsor: Sponsor, *, field: str = "sponsor") -> Sponsor:
    """Return the sponsor's row, locked, to hang something on it or change it.

    A merge locks the same row, so nothing is left behind on an absorbed sponsor. Raises
    SponsorIsMerged, naming the sponsor to use instead.
    """
    locked = Sponsor.objects.select_for_update(no_key=True).get(pk=sponsor.pk)
    _refuse_merged(locked, field)
    return locked


def lock_sponsors(keys: Collection[int]) -> None:
    """Lock many sponsors at once, as `lock_sponsor` locks one. Raises SponsorIsMerged."""
    locked = Sponsor.objects.select_for_update(no_key=True)
    for sponsor in locked.filter(pk__in=keys).order_by("pk"):
        _refuse_merged(sponsor, "sponsor")


def _refuse_merged(locked: Sponsor, field: str) -> None:
    if locked.merged_into is not None:
        raise SponsorIsMerged(
            f"{locked.name} was merged into {locked.merged_into.name}. Use that sponsor instead.",
            field=field,
        )


def same_name(name: str) -> models.QuerySet[Sponsor]:
    """Return current sponsors with this name or legal name, case and spaces aside."""
    wanted = one_line(name)
    return Sponsor.objects.current().filter(Q(name__iexact=wanted) | Q(legal_name__iexact=wanted))


def _check_name_is_new(sponsor: Sponsor) -> None:
    others = list(
        same_name(sponsor.name).exclude(pk=sponsor.pk).order_by("pk").values_list("slug", "name")[:5]
    )
    if others:
        raise PossibleDuplicate(sponsor.name, others)


def _check_parent(sponsor: Sponsor, parent: Sponsor | None) -> None:
    """Refuse a parent that was merged, or that is the sponsor itself or hangs under it."""
    if parent is None:
        return
    parent.refresh_from_db(fields=["parent", "merged_into", "name"])
    if parent.merged_into is not None:
        raise SponsorIsMerged(
            f"{parent.name} was merged into {parent.merged_into.name}. Choose that one as the parent.",
            field="parent",
        )
    if sponsor.pk in ancestry(parent):
        raise DirectoryError(
            f"{parent.name} cannot be the parent of {sponsor.name}: it is that sponsor or belongs to it. "
            "Choose an organization above it.",
            code="parent_cycle",
            field="parent",
        )


def ancestry(sponsor: Sponsor) -> list[int]:
    """Return the keys of the sponsor, its parent, the parent's parent and so on."""
    keys = [sponsor.pk]
    above = sponsor.parent_id
    while above is not None:
        keys.append(above)
        above = Sponsor.objects.values_list("parent_id", flat=True).get(pk=above)
    return keys


def _check_account_manager(person: User | None) -> None:
    if person is not None and not may_look_after(person, "sponsors.view_sponsor"):
        raise DirectoryError(
            f"{person} cannot look after a sponsor: choose a colleague who may sign in and see sponsors.",
            code="account_manager_invalid",
            field="account_manager",
        )


@action("sponsor.add")
def add_sponsor(
    *,
    actor: User,
    name: str,
    slug: str = "",
    legal_name: str = "",
    website: str = "",
    country: str = "",
    tax_id: str = "",
    parent: Sponsor | None = None,
    description: str = "",
    notes: str = "",
    account_manager: User | None = None,
    foundations_supported: int | None = None,
    left_a_foundation: bool | None = None,
    confirmed_distinct: bool = False,
) -> Sponsor:
    """Add a sponsor. Without a slug, one is made from the name; it never changes afterward.

    Raises PossibleDuplicate when a sponsor of this name exists and `confirmed_distinct` is not
    set, DirectoryError for a value that is not possible.
    """
    hold_directory()
    fields = clean_values(
        {
            "name": name,
            "legal_name": legal_name,
            "website": website,
            "country": country,
            "tax_id": tax_id,
            "description": description,
            "notes": notes,
            "foundations_supported": foundations_supported,
        },
        SPONSOR_CLEANERS,
    )
    sponsor = Sponsor(
        **fields, parent=parent, account_manager=account_manager, left_a_foundation=left_a_foundation
    )
    check_fields(sponsor, fields=set(fields))
    if not confirmed_distinct:
        _check_name_is_new(sponsor)
    sponsor.slug = _slug_for(sponsor.name, slug)
    _check_parent(sponsor, parent)
    _check_account_manager(account_manager)
    sponsor.save(force_insert=True)
    sponsor.refresh_from_db()
    return sponsor


def _slug_for(name: str, chosen: str) -> str:
    """Return the chosen slug if nobody has it, or a free one made from the name."""
    if not chosen:
        return free_slug(slug_of(name), lambda slug: Sponsor.objects.filter(slug=slug).exists())
    slug = check_slug(chosen)
    holder = Sponsor.objects.filter(slug=slug).first()
    if holder is not None:
        raise DirectoryError(
            f"The slug {slug} belongs to {holder.name}. Choose another, or leave it empty to have one made.",
            code="slug_taken",
            field="slug",
        )
    return slug


@action("sponsor.change")
def change_sponsor(
    *, actor: User, sponsor: Sponsor, changes: SponsorChanges, confirmed_distinct: bool = False
) -> Sponsor:
    """Change the fields named in `changes` and no others; the slug stays for ever.

    Raises SponsorIsMerged, PossibleDuplicate (unless `confirmed_distinct`) and DirectoryError.
    """
    hold_directory()
    locked = lock_sponsor(sponsor, field="name")
    before = comparable(locked.name)
    changed = set_values(locked, clean_values(changes, SPONSOR_CLEANERS))
    check_fields(locked, fields=changed & {*SPONSOR_CLEANERS, "foundations_supported"})
    if comparable(locked.name) != before and not confirmed_distinct:
        _check_name_is_new(locked)
    if "parent" in changed:
        _check_parent(locked, locked.parent)
    if "account_manager" in changed:
        _check_account_manager(locked.account_manager)
    write(locked, changed)
    return locked
