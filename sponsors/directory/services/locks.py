"""The lock that comes before the locks of whatever hangs on a sponsor."""

from typing import Any

from django.db import models

from sponsors.directory.models import Sponsor


def hold_sponsor_of(model: type[models.Model], pk: Any) -> None:
    """Lock the sponsor of the row, if there is such a row, before anybody locks the row itself.

    A merge may move the row to another sponsor while this waits for it; then that one is locked too.
    """
    rows = model._base_manager.filter(pk=pk).values_list("sponsor_id", flat=True)
    held, wanted = None, rows.first()
    while wanted is not None and wanted != held:
        Sponsor.objects.select_for_update(no_key=True).values_list("pk").get(pk=wanted)
        held, wanted = wanted, rows.first()
