"""What rate cards are made of."""

from django.db.models import IntegerChoices, TextChoices


class Metric(TextChoices):
    """What a rate is for."""

    BANDWIDTH = "bandwidth", "Bandwidth"
    REQUESTS = "requests", "Requests"


class Gigabyte(IntegerChoices):
    """How many bytes a provider means by a gigabyte. The two never mix."""

    DECIMAL = 1_000_000_000, "Decimal: 10^9 bytes"
    BINARY = 1_073_741_824, "Binary: 2^30 bytes"


class Confidence(TextChoices):
    """How far figures from outside can be trusted."""

    HIGH = "high", "High: the vendor's own"
    MEDIUM = "medium", "Medium: from a second hand, or one snapshot"
    LOW = "low", "Low: inferred"


class Estimate(TextChoices):
    """The three figures of a range; base is the one that is recognized."""

    LOW = "low", "Low"
    BASE = "base", "Base"
    HIGH = "high", "High"


class Method(TextChoices):
    """How the value of a gift is found."""

    METERED = "metered", "Metered use at a rate card's prices"
    QUANTITY = "quantity", "Quantity times unit value"
