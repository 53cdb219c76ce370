"""The organization as the rest of Bursar asks for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from django.utils import timezone

from foundation.books.models import Organization

# Set only while one page is made: many parts of it ask for the profile.
_remembered: ContextVar[dict[str, Organization] | None] = ContextVar("remembered_organization", default=None)


@contextmanager
def organization_remembered() -> Iterator[None]:
    """Read the profile at most once inside: for one request that changes nothing."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def current_organization() -> Organization:
    """Return the organization's profile; before it is filled in, one with the defaults."""
    remembered = _remembered.get()
    if remembered is not None and "profile" in remembered:
        return remembered["profile"]
    # Asked for so often that to make the statement anew took longer than the answer.
    found = Organization.objects.raw("SELECT * FROM foundation_organization WHERE id = 1")
    profile = next(iter(found), None) or Organization(pk=1, name="Your foundation")
    if remembered is not None:
        remembered["profile"] = profile
    return profile


def local_today(now: datetime | None = None) -> date:
    """Return the date it is for the foundation, in its own time zone."""
    return (now or timezone.now()).astimezone(current_organization().zone).date()
