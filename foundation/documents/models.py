"""Documents that were sent or received, kept as they were."""

from django.conf import settings
from django.db import models

from foundation.audit.models import AppendOnly, Record, tracked


@tracked()
class Document(Record):
    """A PDF as it left the house or came in. It is never changed; a later version is another row.

    Who may see it is decided by what it belongs to: an invoice, an agreement, an amendment.
    """

    title = models.CharField(max_length=200)
    file = models.FileField(max_length=200)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file, in hexadecimal.")
    size = models.PositiveIntegerField(help_text="In bytes.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="None: Bursar itself.",
    )

    class Meta(Record.Meta):
        ordering = ["-pk"]
        default_permissions = ()
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return self.title
