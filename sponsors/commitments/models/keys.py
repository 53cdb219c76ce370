"""What other systems call commitments."""

from django.db import models

from foundation.audit.models import AppendOnly, Record, tracked
from sponsors.commitments.models.commitments import Commitment

LONGEST_KEY = 100


@tracked()
class ExternalKey(Record):
    """The key under which a commitment was imported, so that the same file finds it again."""

    key = models.CharField(max_length=LONGEST_KEY, unique=True)
    commitment = models.OneToOneField(Commitment, models.PROTECT, related_name="external_key")
    digest = models.CharField(
        max_length=64, help_text="SHA-256 of the imported values: the same rows again change nothing."
    )

    class Meta(Record.Meta):
        default_permissions = ()
        triggers = [AppendOnly()]

    def __str__(self) -> str:
        return self.key
