"""Second factor, where sessions are used from, and the admin's content policy."""

from collections.abc import Callable
from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from foundation.people.rules import SECOND_FACTORS

Handler = Callable[[HttpRequest], HttpResponse]

# Where somebody without a second factor may still go: to set it up, or to leave.
_OPEN_PATHS = ("/accounts/", "/static/", "/healthz", "/readyz")
# The API never looks at a browser's session: a token's scopes and owner decide there.
_NOT_BY_SESSION = ("/api/",)

_NOTED_AGAIN_AFTER = timedelta(minutes=1)
# Written out, because every page asks: to make it took Django four times as long as PostgreSQL to answer.
_NOTED = """
    SELECT EXISTS (
        SELECT FROM usersessions_usersession
        WHERE session_key = %(session)s AND user_id = %(user)s AND ip = %(address)s::inet
            AND user_agent = %(browser)s AND last_seen_at > %(since)s
    )
"""


class AdminContentPolicyMiddleware:
    """Loosen the content policy under /admin/ only: its theme needs inline scripts and Alpine's eval."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_update = {  # type: ignore[attr-defined]  # how django-csp is told
                "script-src": [UNSAFE_INLINE, UNSAFE_EVAL],
                "style-src": [UNSAFE_INLINE],
            }
        return response


class SessionActivityMiddleware:
    """Note when and from where a session is used, for its owner: at once from a new place, else to the minute.

    allauth's own writes a row at every page.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.session.session_key and not _noted(request):
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _noted(request: HttpRequest) -> bool:
    longest = UserSession._meta.get_field("user_agent").max_length
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTED,
            {
                "session": request.session.session_key,
                "user": request.user.pk,
                "address": get_adapter().get_client_ip(request),
                "browser": request.headers.get("User-Agent", "")[:longest],
                "since": timezone.now() - _NOTED_AGAIN_AFTER,
            },
        )
        (noted,) = cursor.fetchone()
    return bool(noted)


class SecondFactorMiddleware:
    """Send people who see private data to set up a second factor before anything else."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            settings.REQUIRE_SECOND_FACTOR
            and user.is_authenticated
            and not request.path.startswith((*_OPEN_PATHS, *_NOT_BY_SESSION))
            and user.needs_second_factor
            and not is_mfa_enabled(user, types=SECOND_FACTORS)
        ):
            messages.info(request, "Set up a second factor first: it protects what sponsors entrust to us.")
            return redirect(reverse("mfa_index"))
        return self.get_response(request)
