"""A plan for a file of sponsors, and how it is written."""

from collections.abc import Sequence

from foundation.imports.kinds import Plan, Tell
from foundation.imports.rules import Row
from sponsors.directory.models import Contact, Sponsor
from sponsors.directory.services.plans import Planner, SponsorStep

_AT_ONCE = 500


def plan_sponsors(rows: Sequence[Row], tell: Tell) -> "SponsorPlan":
    """Decide what the rows would change; write nothing."""
    planner = Planner(rows, tell)
    planner.plan()
    return SponsorPlan(planner)


class SponsorPlan(Plan):
    """What the rows of a file of sponsors would do."""

    def __init__(self, planner: Planner) -> None:
        self.work = planner.steps
        super().__init__(steps=[step.told() for step in self.work], faults=planner.faults)

    def write(self, tell: Tell) -> None:
        added = [step.sponsor for step in self.work if step.added]
        Sponsor.objects.bulk_create(added, batch_size=_AT_ONCE)
        keys = dict(Sponsor.objects.values_list("slug", "pk"))
        for step in self.work:
            if step.parent_slug:
                step.sponsor.parent_id = keys[step.parent_slug]
        children = [step.sponsor for step in self.work if step.added and step.parent_slug]
        Sponsor.objects.bulk_update(children, ["parent"], batch_size=_AT_ONCE)
        for done, step in enumerate(self.work, start=1):
            _change(step)
            tell(done)
        new = [step.contact for step in self.work if step.contact is not None and step.contact_added]
        Contact.objects.bulk_create(new, batch_size=_AT_ONCE)


def _change(step: SponsorStep) -> None:
    if step.changed:
        step.sponsor.save(update_fields=sorted(step.changed))
    if step.contact is None:
        return
    step.contact.sponsor = step.sponsor
    if step.contact_changed:
        step.contact.save(update_fields=sorted(step.contact_changed))
