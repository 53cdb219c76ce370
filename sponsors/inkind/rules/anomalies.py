"""What the watch over services looks for."""

from django.db.models import TextChoices


class AnomalyKind(TextChoices):
    """Which signal left its own range."""

    HIT_RATIO = "hit_ratio", "Hit ratio fell"
    REQUESTS = "requests", "Requests above expectation"
    BYTES = "bytes", "Bytes above expectation"
    ERRORS = "errors", "Error share above expectation"
