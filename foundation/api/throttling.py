"""How often one may call: so many requests in a minute of the clock, per user or per address."""

import math
import time
from typing import TYPE_CHECKING

from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from foundation.api.models import CallCount

if TYPE_CHECKING:
    from rest_framework.views import APIView

WINDOW_SECONDS = 60


class TokenThrottle(BaseThrottle):
    """600 requests a minute for all tokens of a user together; 60 for an address without a token.

    Counted in PostgreSQL by one statement, so that every web process sees the same exact count.
    """

    a_user = 600
    an_address = 60

    def allow_request(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002  # REST framework's signature
        window = int(time.time()) // WINDOW_SECONDS
        if request.user.is_authenticated:
            return CallCount.objects.count_call(f"user {request.user.pk}", window) <= self.a_user
        # Addresses are personal data: what is kept cannot be turned back into one.
        address = salted_hmac("foundation.api.throttling", self.get_ident(request)).hexdigest()
        return CallCount.objects.count_call(f"address {address}", window) <= self.an_address

    def wait(self) -> float:
        """Return the seconds until the next window."""
        return math.ceil(WINDOW_SECONDS - time.time() % WINDOW_SECONDS)
