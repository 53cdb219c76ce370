"""How far the asking of providers is, for the pages that show it."""

from sponsors.inkind.models import UsagePull


def pull_problems() -> list[UsagePull]:
    """Return, by service, what keeps its usage from being asked for. One query."""
    return list(UsagePull.objects.exclude(problem="").select_related("service").order_by("service__name"))
