"""What gifts in kind are counted in, and how much of one was promised."""

from django.db.models import TextChoices


class Provider(TextChoices):
    """Whose statistics and names of regions are meant; it decides which formats are understood."""

    FASTLY = "fastly", "Fastly"
    CLOUDFLARE = "cloudflare", "Cloudflare"
    CLOUDFRONT = "cloudfront", "Amazon CloudFront"
    BUNNY = "bunny", "Bunny"
    OTHER = "other", "Another provider"


class Criticality(TextChoices):
    """What happens when the service is gone."""

    CRITICAL = "critical", "Critical: nothing works without it"
    HIGH = "high", "High: users notice at once"
    MEDIUM = "medium", "Medium: work slows down"
    LOW = "low", "Low: it can wait"


class GiftUnit(TextChoices):
    """What a gift is counted in. Bytes are counted in decimal units: 1 TB is 10^12 bytes."""

    TERABYTE = "terabyte", "TB (10^12 bytes)"
    REQUEST = "request", "Requests"
    CREDIT = "credit", "Credits, in the commitment's currency"
    MINUTE = "minute", "Minutes"
    SEAT = "seat", "Seats or licenses"
    HOUR = "hour", "Hours"
    DAY = "day", "Days"
    PIECE = "piece", "Pieces"


class Per(TextChoices):
    """Over which time the promised quantity counts."""

    MONTH = "month", "A month"
    YEAR = "year", "A year"
    WHOLE = "whole", "The whole period"
    AS_USED = "as_used", "Whatever is used"
