"""What files of commitments, schedules and receipts would do: decided first, written whole or not at all.

The same plan is made for the preview and again, under lock, when the import is applied. It takes the
same number of queries for any number of rows.
"""

from sponsors.commitments.services.importing.commitments import plan_commitments
from sponsors.commitments.services.importing.receipts import plan_receipts
from sponsors.commitments.services.importing.schedules import plan_schedules

__all__ = ["plan_commitments", "plan_receipts", "plan_schedules"]
