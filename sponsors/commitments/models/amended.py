"""What every row of a schedule has, so that each version of the schedule stays readable."""

from django.db import models

from foundation.audit.models import Record


class AmendedRecord(Record):
    """A row that amendments add and remove; a removed one stays, and stood until the amendment's day."""

    added_by = models.ForeignKey(
        "sponsors.Amendment", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    removed_by = models.ForeignKey(
        "sponsors.Amendment", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta(Record.Meta):
        abstract = True
