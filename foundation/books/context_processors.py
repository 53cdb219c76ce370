"""What every page knows about the foundation and how it is run."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from config.environment import Mode
from foundation.books.selectors import current_organization


def organization_of(request: HttpRequest) -> object:
    """Return the organization read for this request already, or one read when first needed."""
    known: object = getattr(request, "organization", None)
    return known or SimpleLazyObject(current_organization)


def organization(request: HttpRequest) -> dict[str, object]:
    return {
        "organization": organization_of(request),
        "is_demo": settings.MODE is Mode.DEMO,
        "second_factor_required": settings.REQUIRE_SECOND_FACTOR,
    }
