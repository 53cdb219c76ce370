"""What is metered, and in which buckets of time."""

from django.db.models import IntegerChoices, TextChoices


class Granularity(IntegerChoices):
    """The length of a bucket in seconds."""

    MINUTE = 60, "Minute"
    HOUR = 3600, "Hour"
    DAY = 86400, "Day"


# What a bucket may count, each a whole number or unknown. Billable is what the provider would charge for, delivered
# what reached users, origin what was fetched from our own servers.
METRICS = (
    "billable_bytes",
    "delivered_bytes",
    "origin_bytes",
    "requests",
    "hits",
    "misses",
    "passes",
    "errors",
)


class UsageFormat(TextChoices):
    """In which of the shapes that Bursar understands usage came."""

    FASTLY_STATS = "fastly_stats", "Fastly statistics"
    FASTLY_USAGE = "fastly_usage", "Fastly usage by region"
    CLOUDFLARE = "cloudflare", "Cloudflare GraphQL"
    CLOUDFRONT = "cloudfront", "CloudFront usage report"
    CSV = "csv", "Bursar's own CSV"
    JSON = "json", "Rows of JSON"
    NDJSON = "ndjson", "A row of JSON a line"


class UsageSource(TextChoices):
    """By which way usage came in."""

    COMMAND = "command", "Command"
    UPLOAD = "upload", "Upload"
    API = "api", "API"
    PULL = "pull", "Asked from the provider"


class ImportState(TextChoices):
    """Where an import of usage stands."""

    WAITING = "waiting", "Waiting"
    READING = "reading", "Reading"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"


class AsideProblem(TextChoices):
    """Why a row of usage is kept aside."""

    UNKNOWN_SERVICE = "unknown_service", "Unknown service"
    UNKNOWN_REGION = "unknown_region", "Unknown region"
