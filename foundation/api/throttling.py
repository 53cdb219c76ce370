"""How often one may call: so many requests in a minute of the clock, per user or per address."""

import math
import time
from typing import TYPE_CHECKING

from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from foundation.api.models import CallCount

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.views import APIView

WINDOW_SECONDS = 60


def calls_in_this_minute(caller: str) -> int:
    """Count one call more of the caller and return how many there were in this minute of the clock.

    Counted in PostgreSQL by one statement, so that every web process sees the same exact count.
    """
    return CallCount.objects.count_call(caller, int(time.time()) // WINDOW_SECONDS)


def seconds_to_wait() -> int:
    """Return the seconds until the next window."""
    return math.ceil(WINDOW_SECONDS - time.time() % WINDOW_SECONDS)


def caller_at(request: "Request | HttpRequest") -> str:
    """Return what an address is counted by. Addresses are personal data: it cannot be turned back into one."""
    ident = BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # it reads what Django's requests have as well
    return f"address {salted_hmac('foundation.api.throttling', ident).hexdigest()}"


class TokenThrottle(BaseThrottle):
    """600 requests a minute for all tokens of a user together; 60 for an address without a token."""

    a_user = 600
    an_address = 60

    def allow_request(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002  # REST framework's signature
        if request.user.is_authenticated:
            return calls_in_this_minute(f"user {request.user.pk}") <= self.a_user
        return calls_in_this_minute(caller_at(request)) <= self.an_address

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return seconds_to_wait()
