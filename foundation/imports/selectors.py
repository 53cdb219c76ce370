"""What others want to know about imports."""

from django.db import connection
from django.utils import timezone

from foundation.errors import name_long_work
from foundation.imports.kinds import label_of
from foundation.imports.models import ImportProgress


@name_long_work
def being_imported() -> str:
    """Return which import is being written, as the beginning of a sentence; nothing when there is none."""
    if connection.needs_rollback:
        return ""
    now = ImportProgress.objects.being_written(timezone.now()).order_by("pk")
    kind = now.values_list("run__kind", flat=True).first()
    return f"{label_of(kind)} are being imported" if kind else ""
