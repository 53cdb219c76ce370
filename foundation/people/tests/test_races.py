"""Two people at once, with real threads and real transactions."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from foundation.errors import RuleViolation
from foundation.people import services
from foundation.people.models import Invitation, User
from foundation.people.roles import Role
from foundation.people.tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr("foundation.notices.tasks.wake_sender", lambda: None)


def at_once(*calls):
    """Run the calls at the same moment and return their results or refusals, in order."""
    start = threading.Barrier(len(calls))
    outcomes: list[object] = [None] * len(calls)

    def run(place, call):
        start.wait()
        try:
            outcomes[place] = call()
        except RuleViolation as refused:
            outcomes[place] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def refusals(outcomes):
    return [outcome.code for outcome in outcomes if isinstance(outcome, RuleViolation)]


def test_two_administrators_cannot_remove_each_other():
    ada = make_user("Ada A", Role.ADMINISTRATOR)
    bob = make_user("Bob B", Role.ADMINISTRATOR)
    outcomes = at_once(
        lambda: services.set_roles(actor=ada, user=bob, roles=[Role.FINANCE]),
        lambda: services.deactivate_user(actor=bob, user=ada),
    )
    assert refusals(outcomes) == ["last_administrator"]
    assert User.objects.active().with_role(Role.ADMINISTRATOR).count() == 1


def test_one_link_opened_twice_at_once_makes_one_account():
    ada = make_user("Ada A", Role.ADMINISTRATOR)
    link = services.invite_colleague(
        actor=ada, email="new@foundation.example", name="Nia", roles=[Role.FINANCE], now=timezone.now()
    ).link

    def accept():
        return services.accept_invitation(
            actor=None,
            token=link.rstrip("/").rpartition("/")[2],
            name="Nia",
            password=PASSWORD,
            now=timezone.now(),
        )

    assert refusals(at_once(accept, accept, accept)) == ["invitation_closed"] * 2
    assert User.objects.filter(email="new@foundation.example").count() == 1


def test_one_address_invited_twice_at_once_gets_one_invitation():
    ada = make_user("Ada A", Role.ADMINISTRATOR)

    def invite():
        return services.invite_colleague(
            actor=ada, email="new@foundation.example", name="Nia", roles=[Role.FINANCE], now=timezone.now()
        )

    assert refusals(at_once(invite, invite)) == ["already_invited"]
    assert Invitation.objects.count() == 1
