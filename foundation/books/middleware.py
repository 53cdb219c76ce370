"""Pages show times in the foundation's own zone; the API answers in UTC."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from foundation.books.selectors import current_organization, organization_remembered

Handler = Callable[[HttpRequest], HttpResponse]

_CHANGES_NOTHING = {"GET", "HEAD"}
_WITHOUT_PAGES = ("/api/", "/static/", "/healthz", "/readyz")


class LocalTimeMiddleware:
    """Read the organization once a page, for its time zone and for every part that asks."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in _CHANGES_NOTHING:
            with organization_remembered():
                return self._answer(request)
        return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_WITHOUT_PAGES):
            return self.get_response(request)
        organization = current_organization()
        request.organization = organization  # type: ignore[attr-defined]  # read by the context processor
        with timezone.override(organization.zone):
            return self.get_response(request)
