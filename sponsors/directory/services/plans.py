"""What the rows of an import would change: decided against the sponsors there are, written nowhere.

The same plan is made for the preview and again, under lock, when the import is applied. It takes the
same number of queries for any number of rows.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from foundation.people.models import User
from sponsors.directory.imports import Problem, Row
from sponsors.directory.models import Contact, Sponsor
from sponsors.directory.rules import DirectoryError, check_slug, comparable, free_slug, slug_of
from sponsors.directory.services.contacts import CONTACT_CLEANERS, in_order
from sponsors.directory.services.sponsors import SPONSOR_CLEANERS
from sponsors.directory.services.values import check_fields

_TEXTS = ("name", "legal_name", "website", "country", "tax_id", "description", "notes")
ADD, CHANGE, SAME = "add", "change", "same"


@dataclass(slots=True)
class Step:
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
            return ADD
        return CHANGE if self.changed or self.contact_added or self.contact_changed else SAME

    def as_json(self) -> dict[str, Any]:
        """Return the row with what it would do, for the preview."""
        contact = self.contact and {
            "name": self.contact.name,
            "added": self.contact_added,
            "changed": {name: list(pair) for name, pair in self.contact_changed.items()},
        }
        return {
            **self.row.as_json(),
            "outcome": self.outcome,
            "slug": self.sponsor.slug,
            "changed": {name: list(pair) for name, pair in self.changed.items()},
            "contact": contact,
        }


class Planner:
    """Reads what the rows need to know, then decides row by row."""

    def __init__(self, rows: list[Row], *, faulty: frozenset[int] = frozenset()) -> None:
        """Take all the rows; those on faulty lines are known of and not planned."""
        self.rows = rows
        self._faulty = faulty
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self._sponsors = {sponsor.slug: sponsor for sponsor in Sponsor.objects.select_related("merged_into")}
        self._parents = {sponsor.pk: sponsor.parent_id for sponsor in self._sponsors.values()}
        self._slug_of_pk = {sponsor.pk: slug for slug, sponsor in self._sponsors.items()}
        self._by_name: dict[str, list[Sponsor]] = defaultdict(list)
        for sponsor in self._sponsors.values():
            if sponsor.merged_into_id is None:
                self._by_name[comparable(sponsor.name)].append(sponsor)
        self._people = self._colleagues()
        self._taken = set(self._sponsors) | {row.values.get("slug", "") for row in rows}
        self._lines_of_slug: dict[str, int] = {}
        self._lines_of_name: dict[str, int] = {}

    def _colleagues(self) -> dict[str, User]:
        addresses = {row.values.get("account_manager", "").lower() for row in self.rows} - {""}
        people = User.objects.colleagues().filter(email__in=addresses)
        return {person.email: person for person in people if person.has_perm("sponsors.view_sponsor")}

    def plan(self) -> None:
        for row in self.rows:
            if row.line in self._faulty:
                continue
            try:
                self._plan_row(row)
            except DirectoryError as error:
                self._problem(row, error.field or "", error.message)
        self._plan_parents()
        self._plan_contacts()

    def _problem(self, row: Row, column: str, sentence: str) -> None:
        self.problems.append(Problem(row.line, column, sentence))

    # Sponsors -------------------------------------------------------------------------------

    def _plan_row(self, row: Row) -> None:
        sponsor = self._find(row)
        step = Step(row, sponsor or Sponsor(slug=self._new_slug(row)), added=sponsor is None)
        self._refuse_second_line(step)
        for name in _TEXTS:
            typed = row.values.get(name, "")
            # An empty cell says nothing: what is known stays.
            if typed:
                self._set(step, name, SPONSOR_CLEANERS[name](typed))
        check_fields(step.sponsor, fields=set(_TEXTS))
        manager = row.values.get("account_manager", "").lower()
        if manager:
            self._set_manager(step, manager)
        step.parent_slug = row.values.get("parent_slug", "")
        self.steps.append(step)

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

    def _refuse_second_line(self, step: Step) -> None:
        """One line a sponsor, and no two new ones of one name unless both have a slug of their own."""
        line = self._lines_of_slug.setdefault(step.sponsor.slug, step.row.line)
        if line != step.row.line:
            raise DirectoryError(
                f"Line {line} is about the same sponsor ({step.sponsor.slug}). Make one line of the two.",
                field="slug" if step.row.values.get("slug") else "name",
            )
        name = comparable(step.row.values["name"])
        line = self._lines_of_name.setdefault(name, step.row.line)
        if line != step.row.line and not step.row.values.get("slug"):
            raise DirectoryError(
                f"Line {line} has the same name. Give both lines a slug if they are two organizations, "
                "or make one line of the two.",
                field="name",
            )

    def _set(self, step: Step, name: str, value: str) -> None:
        old = getattr(step.sponsor, name)
        if old != value:
            if not step.added:
                step.changed[name] = (old, value)
            setattr(step.sponsor, name, value)

    def _set_manager(self, step: Step, address: str) -> None:
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
                self._problem(
                    step.row,
                    "parent_slug",
                    f"There is no sponsor with the slug {parent}. Correct or empty it.",
                )
            elif above.get(slug, "") != parent:
                if not step.added:
                    step.changed["parent"] = (above.get(slug, ""), parent)
                above[slug] = parent
        for step in self.steps:
            if step.parent_slug and _is_circle(step.sponsor.slug, above):
                self._problem(
                    step.row,
                    "parent_slug",
                    f"{step.parent_slug} is this sponsor or belongs to it. Choose an organization above it.",
                )

    # Contacts -------------------------------------------------------------------------------

    def _plan_contacts(self) -> None:
        with_contact = [step for step in self.steps if step.row.values.get("contact_name")]
        there = _contacts_at([step.sponsor.pk for step in with_contact if not step.added])
        for step in with_contact:
            try:
                self._plan_contact(step, there.get(step.sponsor.pk, []))
            except DirectoryError as error:
                self._problem(step.row, f"contact_{error.field}", error.message)

    def _plan_contact(self, step: Step, there: list[Contact]) -> None:
        typed = {name: step.row.values.get(f"contact_{name}", "") for name in ("name", "email", "roles")}
        values: dict[str, Any] = {
            name: CONTACT_CLEANERS[name](typed[name]) for name in ("name", "email") if typed[name]
        }
        if typed["roles"]:
            values["roles"] = in_order(role.strip().lower() for role in typed["roles"].split(","))
        contact = _same_person(values, there)
        step.contact_added = contact is None
        step.contact = contact or Contact(roles=[])
        for name, value in values.items():
            old = getattr(step.contact, name)
            if old != value:
                if contact:
                    step.contact_changed[name] = (_shown(old), _shown(value))
                setattr(step.contact, name, value)
        check_fields(step.contact, fields={"name", "email"})


def _contacts_at(sponsors: list[int]) -> dict[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    for contact in Contact.objects.filter(sponsor__in=sponsors).order_by("pk"):
        found[contact.sponsor_id].append(contact)
    return found


def _same_person(values: dict[str, Any], there: list[Contact]) -> Contact | None:
    """Return the contact with the address; without one, the first of the same name."""
    if values.get("email"):
        return next((contact for contact in there if contact.email == values["email"]), None)
    name = comparable(values["name"])
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


def count(steps: Iterable[Step], outcome: str) -> int:
    return sum(step.outcome == outcome for step in steps)
