"""A plan for a file of sponsors, and how it is written."""

from collections.abc import Mapping, Sequence
from datetime import date

from foundation.imports.kinds import Plan, Tell
from foundation.imports.rules import Row
from foundation.people.models import User
from sponsors.directory.models import Contact, Sponsor
from sponsors.directory.services.plans import Planner, SponsorStep

_AT_ONCE = 500


def plan_sponsors(rows: Sequence[Row], _today: date, tell: Tell) -> "SponsorPlan":
    """Decide what the rows would change; write nothing."""
    planner = Planner(rows, tell)
    planner.plan()
    return SponsorPlan(planner)


class SponsorPlan(Plan):
    """What the rows of a file of sponsors would do."""

    def __init__(self, planner: Planner) -> None:
        self.work = planner.steps
        super().__init__(steps=[step.told() for step in self.work], faults=planner.faults)

    def write(self, *, actor: User, today: date, tell: Tell) -> None:
        """Add all sponsors, then what may point to any of them. Each pass takes about half of the time."""
        del actor, today  # sponsors name neither; the history names the actor
        batches = [self.work[start : start + _AT_ONCE] for start in range(0, len(self.work), _AT_ONCE)]
        done = 0
        for batch in batches:
            Sponsor.objects.bulk_create([step.sponsor for step in batch if step.added])
            done += len(batch)
            tell(done // 2)
        keys = dict(Sponsor.objects.values_list("slug", "pk"))
        for batch in batches:
            _write_links(batch, keys)
            done += len(batch)
            tell(done // 2)


def _write_links(batch: Sequence[SponsorStep], keys: Mapping[str, int]) -> None:
    """Write what the rows change, and their parents and contacts."""
    for step in batch:
        if step.parent_slug:
            step.sponsor.parent_id = keys[step.parent_slug]
    children = [step.sponsor for step in batch if step.added and step.parent_slug]
    Sponsor.objects.bulk_update(children, ["parent"])
    for step in batch:
        _change(step)
    Contact.objects.bulk_create(
        [step.contact for step in batch if step.contact is not None and step.contact_added]
    )


def _change(step: SponsorStep) -> None:
    if step.changed:
        step.sponsor.save(update_fields=sorted(step.changed))
    if step.contact is None:
        return
    step.contact.sponsor = step.sponsor
    if step.contact_changed:
        step.contact.save(update_fields=sorted(step.contact_changed))
