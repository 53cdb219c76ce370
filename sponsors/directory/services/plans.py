"""What the rows of an import would change: decided against the sponsors there are, written nowhere.

Every fault of every row is found, also of rows whose cells are wrong on their own, so that a file is
corrected once. The same plan is made for the preview and again, under lock, when the import is
applied. It takes the same number of queries for any number of rows.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from foundation.imports import kinds
from foundation.imports.rules import Fault, Row
from foundation.people.models import User
from sponsors.directory.models import Contact, Sponsor
from sponsors.directory.rules import DirectoryError, check_slug, comparable, free_slug, slug_of
from sponsors.directory.services.contacts import CONTACT_CLEANERS, in_order
from sponsors.directory.services.sponsors import SPONSOR_CLEANERS
from sponsors.directory.services.values import field_faults

_TEXTS = ("name", "legal_name", "website", "country", "tax_id", "description", "notes")
_SHOWN_WITH_NEW = (*_TEXTS[1:], "parent_slug", "account_manager")


@dataclass(slots=True)
class SponsorStep:
    """What one row does: a sponsor added or changed, and perhaps a contact there."""

    row: Row
    sponsor: Sponsor
    added: bool
    changed: dict[str, tuple[str, str]] = field(default_factory=dict)
    parent_slug: str = ""
    contact: Contact | None = None
    contact_added: bool = False
    contact_changed: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        if self.added:
            return kinds.ADD
        return kinds.CHANGE if self.changed or self.contact_added or self.contact_changed else kinds.SAME

    def told(self) -> kinds.Step:
        """Return the step as the preview shows it."""
        values = self.row.values
        if self.added:
            changes = [(name, "", values[name]) for name in _SHOWN_WITH_NEW if values.get(name)]
        else:
            changes = [(name, old, new) for name, (old, new) in self.changed.items()]
        if self.contact is not None:
            if self.contact_added:
                changes.append(("contact", "", f"{self.contact.name} (new)"))
            changes += [
                (f"contact {self.contact.name}: {name}", old, new)
                for name, (old, new) in self.contact_changed.items()
            ]
        return kinds.Step(self.row.line, self.outcome, self.sponsor.name, self.sponsor.slug, tuple(changes))


class Planner:
    """Reads what the rows need to know, then decides row by row."""

    def __init__(self, rows: Sequence[Row], tell: kinds.Tell) -> None:
        self.rows = rows
        self.steps: list[SponsorStep] = []
        self.faults: list[Fault] = []
        self._tell = tell
        self._sponsors = {sponsor.slug: sponsor for sponsor in Sponsor.objects.select_related("merged_into")}
        self._parents = {sponsor.pk: sponsor.parent_id for sponsor in self._sponsors.values()}
        self._slug_of_pk = {sponsor.pk: slug for slug, sponsor in self._sponsors.items()}
        self._by_name: dict[str, list[Sponsor]] = defaultdict(list)
        for sponsor in self._sponsors.values():
            if sponsor.merged_into_id is None:
                self._by_name[comparable(sponsor.name)].append(sponsor)
        self._people = self._colleagues()
        self._taken = set(self._sponsors) | {row.values.get("slug", "") for row in rows}
        self._lines_of_typed_slug: dict[str, int] = {}
        self._lines_of_slug: dict[str, int] = {}
        self._lines_of_name: dict[str, int] = {}

    def _colleagues(self) -> dict[str, User]:
        addresses = {row.values.get("account_manager", "").lower() for row in self.rows} - {""}
        people = User.objects.colleagues().with_permission("sponsors.view_sponsor")
        return {person.email: person for person in people.filter(email__in=addresses)}

    def plan(self) -> None:
        for done, row in enumerate(self.rows, start=1):
            self._plan_row(row)
            self._tell(done)
        self._plan_parents()
        self._plan_contacts()

    def _fault(self, row: Row, column: str, sentence: str) -> None:
        self.faults.append(Fault(row.line, column, sentence, row.values.get(column, "")))

    def _try(self, row: Row, column: str, decide: Callable[[], Any]) -> Any:
        """Return what is decided; a refusal becomes a fault of the row and decides nothing."""
        try:
            return decide()
        except DirectoryError as error:
            self._fault(row, error.field or column, error.message)
            return None

    # Sponsors -------------------------------------------------------------------------------

    def _plan_row(self, row: Row) -> None:
        step = self._step(row)
        self._refuse_second_line(step)
        for name in _TEXTS:
            typed = row.values.get(name, "")
            # An empty cell says nothing: what is known stays.
            if typed and name not in row.faulty:
                cleaned = self._try(row, name, partial(SPONSOR_CLEANERS[name], typed))
                if cleaned is not None:
                    self._set(step, name, cleaned)
        told = {name for name in _TEXTS if row.values.get(name) and name not in row.faulty}
        for error in field_faults(step.sponsor, fields=told):
            self._fault(row, error.field or "", error.message)
        manager = row.values.get("account_manager", "").lower()
        if manager:
            self._try(row, "account_manager", lambda: self._set_manager(step, manager))
        step.parent_slug = row.values.get("parent_slug", "")
        self.steps.append(step)

    def _step(self, row: Row) -> SponsorStep:
        """Return the row's step, about the sponsor it names or a new one.

        A row that names none is given one that is nobody, so that its other cells are looked at too;
        it has a fault, and with a fault nothing is written.
        """
        # What a faulty cell held is not known: the row may be about any sponsor.
        unknown = row.faulty & {"name", "slug"} and not (row.values.get("slug") and "slug" not in row.faulty)
        if unknown:
            return SponsorStep(row, Sponsor(), added=True)
        faults = len(self.faults)
        sponsor = self._try(row, "slug", lambda: self._find(row))
        if sponsor is not None:
            return SponsorStep(row, sponsor, added=False)
        slug = self._try(row, "slug", lambda: self._new_slug(row)) if len(self.faults) == faults else None
        return SponsorStep(row, Sponsor(slug=slug or ""), added=True)

    def _find(self, row: Row) -> Sponsor | None:
        """Return the sponsor the row is about: the one with its slug, else the only one of its name."""
        slug = row.values.get("slug", "")
        if slug:
            sponsor = self._sponsors.get(slug)
            if sponsor and sponsor.merged_into:
                sentence = (
                    f"{sponsor.name} was merged into {sponsor.merged_into.name}. "
                    f"Use the slug {sponsor.merged_into.slug}."
                )
                raise DirectoryError(sentence, field="slug")
            return sponsor
        named = self._by_name[comparable(row.values["name"])]
        if len(named) > 1:
            slugs = ", ".join(sorted(sponsor.slug for sponsor in named))
            raise DirectoryError(
                f"There are {len(named)} sponsors of this name. Give the slug of the one that is meant: {slugs}.",
                field="slug",
            )
        return named[0] if named else None

    def _new_slug(self, row: Row) -> str:
        slug = row.values.get("slug", "")
        if slug:
            return check_slug(slug)
        slug = free_slug(slug_of(row.values["name"]), self._taken.__contains__)
        self._taken.add(slug)
        return slug

    def _refuse_second_line(self, step: SponsorStep) -> None:
        """One line a sponsor, and no two new ones of one name unless both have a slug of their own."""
        row = step.row
        typed, name = row.values.get("slug", ""), comparable(row.values.get("name", ""))
        line = self._lines_of_typed_slug.setdefault(typed, row.line) if typed else row.line
        if line != row.line:
            self._fault(row, "slug", f"The slug {typed} is on line {line} too. One line is one sponsor.")
        slug = step.sponsor.slug
        same = self._lines_of_slug.setdefault(slug, row.line) if slug else row.line
        if same not in {row.line, line}:
            self._fault(
                row,
                "slug" if typed else "name",
                f"Line {same} is about the same sponsor ({slug}). Make one line of the two.",
            )
        line = self._lines_of_name.setdefault(name, row.line) if name else row.line
        if line not in {row.line, same} and not typed:
            self._fault(
                row,
                "name",
                f"Line {line} has the same name. Give both lines a slug if they are two organizations, "
                "or make one line of the two.",
            )

    def _set(self, step: SponsorStep, name: str, value: str) -> None:
        old = getattr(step.sponsor, name)
        if old != value:
            if not step.added:
                step.changed[name] = (old, value)
            setattr(step.sponsor, name, value)

    def _set_manager(self, step: SponsorStep, address: str) -> None:
        person = self._people.get(address)
        if person is None:
            raise DirectoryError(
                f"{address} is no colleague who may sign in and see sponsors. Correct or empty it.",
                field="account_manager",
            )
        if step.sponsor.account_manager_id != person.pk:
            if not step.added:
                step.changed["account_manager"] = ("", person.email)
            step.sponsor.account_manager = person

    # Parents --------------------------------------------------------------------------------

    def _plan_parents(self) -> None:
        """Check that every parent exists, here or in the file, and that nothing belongs to itself."""
        above = {
            self._slug_of_pk[pk]: self._slug_of_pk[parent] for pk, parent in self._parents.items() if parent
        }
        # A row with a fault of its own counts: one fault is told once.
        coming = {step.sponsor.slug for step in self.steps} | {row.values.get("slug") for row in self.rows}
        for step in self.steps:
            slug, parent = step.sponsor.slug, step.parent_slug
            if not parent:
                continue
            known = self._sponsors.get(parent)
            if parent not in coming and (known is None or known.merged_into_id is not None):
                self._fault(
                    step.row,
                    "parent_slug",
                    f"There is no sponsor with the slug {parent}. Correct or empty it.",
                )
            elif slug and above.get(slug, "") != parent:
                if not step.added:
                    step.changed["parent"] = (above.get(slug, ""), parent)
                above[slug] = parent
        for step in self.steps:
            if step.parent_slug and _is_circle(step.sponsor.slug, above):
                self._fault(
                    step.row,
                    "parent_slug",
                    f"{step.parent_slug} is this sponsor or belongs to it. Choose an organization above it.",
                )

    # Contacts -------------------------------------------------------------------------------

    def _plan_contacts(self) -> None:
        there = _contacts_at([step.sponsor.pk for step in self.steps if not step.added])
        for step in self.steps:
            typed = {name: step.row.values.get(f"contact_{name}", "") for name in ("name", "email", "roles")}
            if any(typed.values()):
                self._plan_contact(step, typed, there.get(step.sponsor.pk, []))

    def _plan_contact(self, step: SponsorStep, typed: dict[str, str], there: list[Contact]) -> None:
        row = step.row
        if not typed["name"] and "contact_name" not in row.faulty:
            sentence = "The contact has no name. Give it, or leave all three contact columns empty."
            self._fault(row, "contact_name", sentence)
        values: dict[str, Any] = {
            name: CONTACT_CLEANERS[name](typed[name]) for name in ("name", "email") if typed[name]
        }
        if typed["roles"]:
            roles = [role.strip().lower() for role in typed["roles"].split(",")]
            known = self._try(row, "contact_roles", lambda: _known_roles(roles))
            if known is not None:
                values["roles"] = known
        contact = _same_person(values, there)
        step.contact_added = contact is None
        step.contact = contact or Contact(roles=[])
        for name, value in values.items():
            old = getattr(step.contact, name)
            if old != value:
                if contact:
                    step.contact_changed[name] = (_shown(old), _shown(value))
                setattr(step.contact, name, value)
        told = {name for name in ("name", "email") if typed[name] and f"contact_{name}" not in row.faulty}
        for error in field_faults(step.contact, fields=told):
            self._fault(row, f"contact_{error.field}", error.message)


def _known_roles(roles: list[str]) -> list[str]:
    try:
        return in_order(roles)
    except DirectoryError as error:
        raise DirectoryError(error.message, code=error.code, field="contact_roles") from error


def _contacts_at(sponsors: list[int]) -> dict[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(sponsor__in=sponsors).order_by("pk"):
        found[contact.sponsor_id].append(contact)
    return found


def _same_person(values: dict[str, Any], there: list[Contact]) -> Contact | None:
    """Return the contact with the address; without one, the first of the same name."""
    if values.get("email"):
        return next((contact for contact in there if contact.email == values["email"]), None)
    name = comparable(values.get("name", ""))
    return next((contact for contact in there if comparable(contact.name) == name), None)


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _is_circle(slug: str, above: dict[str, str]) -> bool:
    seen = set()
    while slug in above:
        if slug in seen:
            return True
        seen.add(slug)
        slug = above[slug]
    return False
