"""What may be told to other programs, what may happen to such a message, and where it may go."""

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from django.db import models

from foundation.errors import Conflict, RuleViolation


class EventKind(models.TextChoices):
    """What an endpoint may listen to. The value is the `type` of the message and never changes."""

    STEP_TOLD = "renewal.step_told", "A step of a renewal's reminders was told to somebody"
    CASE_MOVED = "renewal.case_moved", "A renewal case moved on its board"
    RENEWAL_CLOSED = "renewal.closed", "A renewal is closed: renewed, declined or lapsed"
    JOB_LATE = "job.late", "A periodic job is late"


# Nobody subscribes to it: it goes to the one endpoint that is tried.
TEST_EVENT = "webhook.test"


class DeliveryState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Being sent"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"
    CANCELED = "canceled", "Canceled"


class DeliveryAction(StrEnum):
    CLAIM = "claim"
    DELIVER = "deliver"
    DEFER = "defer"
    FAIL = "fail"
    RETRY = "retry"
    CANCEL = "cancel"


TRANSITIONS: dict[tuple[DeliveryState, DeliveryAction], DeliveryState] = {
    (DeliveryState.QUEUED, DeliveryAction.CLAIM): DeliveryState.SENDING,
    # The lease ran out: whoever held it died, so somebody else takes the message.
    (DeliveryState.SENDING, DeliveryAction.CLAIM): DeliveryState.SENDING,
    (DeliveryState.SENDING, DeliveryAction.DELIVER): DeliveryState.DELIVERED,
    (DeliveryState.SENDING, DeliveryAction.DEFER): DeliveryState.QUEUED,
    (DeliveryState.SENDING, DeliveryAction.FAIL): DeliveryState.FAILED,
    (DeliveryState.FAILED, DeliveryAction.RETRY): DeliveryState.QUEUED,
    (DeliveryState.QUEUED, DeliveryAction.CANCEL): DeliveryState.CANCELED,
}

_REFUSALS = {
    DeliveryAction.RETRY: "Only a failed message can be sent again; this one is {state}.",
    DeliveryAction.CANCEL: "Only a waiting message can be canceled; this one is {state}.",
}

# How long receivers may go on checking with the secret before a rotation.
BOTH_SECRETS = timedelta(days=1)
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# Addresses of IPv6 that lead to one of IPv4 through a translator (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class DeliveryNotReady(Conflict):
    """The message's state does not allow the action."""

    code = "webhook_delivery_not_ready"


class EndpointRefused(RuleViolation):
    """An endpoint cannot be like this."""

    code = "webhook_endpoint_refused"


def next_state(state: str, action: DeliveryAction) -> DeliveryState:
    """Return the state after the action. Raises DeliveryNotReady when the table does not have it."""
    current = DeliveryState(state)
    try:
        return TRANSITIONS[current, action]
    except KeyError:
        sentence = _REFUSALS.get(action, "This message is {state}.")
        raise DeliveryNotReady(sentence.format(state=current.label.lower())) from None


def may(state: str, action: DeliveryAction) -> bool:
    return (DeliveryState(state), action) in TRANSITIONS


def check_url(url: str, *, loopback: bool) -> str:
    """Return the address without spaces around it. Raises EndpointRefused unless messages may be sent there.

    `loopback`: whether this computer itself may be meant, without TLS too, as while a receiver is written.
    """
    url = url.strip()
    parts = _split(url)
    plain_allowed = loopback and parts.hostname in _LOOPBACK_NAMES
    if parts.scheme != "https" and not (parts.scheme == "http" and plain_allowed):
        raise EndpointRefused("The address must begin with https://.", field="url")
    if not parts.hostname or not url.isascii() or any(sign.isspace() for sign in url):
        msg = "Give a whole web address in plain letters, such as https://chat.example.org/hooks/abc."
        raise EndpointRefused(msg, field="url")
    if parts.username is not None or parts.fragment:
        msg = "Leave out a user name, a password and what follows a #: neither would be sent."
        raise EndpointRefused(msg, field="url")
    return url


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        msg = "This is not a web address. One looks like https://chat.example.org/hooks/abc."
        raise EndpointRefused(msg, field="url")
    return parts


def check_kinds(kinds: Iterable[str]) -> list[str]:
    """Return the kinds in the order of their list. Raises EndpointRefused for none and for unknown ones."""
    chosen = set(kinds)
    unknown = sorted(chosen - set(EventKind.values))
    if unknown:
        msg = f"Unknown event {unknown[0]}. Choose from {', '.join(EventKind.values)}."
        raise EndpointRefused(msg, field="kinds")
    if not chosen:
        raise EndpointRefused("Choose at least one event: this would be told nothing.", field="kinds")
    return [kind.value for kind in EventKind if kind in chosen]


def may_connect(address: str, *, private: bool, loopback: bool) -> bool:
    """Whether a message may go to the IP address: a public one, or of what else was allowed.

    An endpoint is typed in by a person, and its name is resolved by somebody else's server: without this
    a message would be a way to reach what stands beside Bursar behind the firewall.
    """
    meant = _meant(ipaddress.ip_address(address))
    if meant.is_multicast or meant.is_unspecified:
        return False
    return meant.is_global or private or (loopback and meant.is_loopback)


def _meant(address: _IPAddress) -> _IPAddress:
    """Return the address of IPv4 that one of IPv6 only wraps."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return inner
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def secret_is_good(until: datetime | None, now: datetime) -> bool:
    """Whether the secret before the last rotation still signs."""
    return until is not None and now < until
