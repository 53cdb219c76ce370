"""Addresses of calendars for tests."""

from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.renewals.models import CalendarFeed
from sponsors.renewals.services.calendars import NewFeed, make_feed


def new_feed(person: User, name: str = "Phone") -> NewFeed:
    return make_feed(actor=person, name=name)


def a_feed(number: int) -> CalendarFeed:
    return new_feed(make_user(f"Planner{number}", Role.FINANCE), f"Phone {number}").feed
