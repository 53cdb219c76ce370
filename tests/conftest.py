"""A cast that the tables of roles call upon hundreds of times, written once for all tests of a module."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from foundation.api.models import ApiToken
from foundation.api.tests.factories import make_token
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user

NOBODY = "nobody"  # somebody who may sign in and has no role


@pytest.fixture(scope="module")
def _until_the_module_ends(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Begin a transaction inside which each test has its own, and take it back after the last of them."""
    atomic = transaction.atomic()
    with django_db_blocker.unblock():
        atomic.__enter__()
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)


@pytest.fixture(scope="module")
def _refusals_unlogged() -> Iterator[None]:
    """Let Django log failures alone: of thousands of refusals pytest would write down where each came from, twice."""
    logger = logging.getLogger("django.request")
    usual = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(usual)


@pytest.fixture(scope="module")
def cast(_until_the_module_ends, _refusals_unlogged, django_db_blocker) -> dict[str, User]:
    """Return somebody with each role alone, and somebody without any."""
    with django_db_blocker.unblock():
        return {role.value: make_user(f"{role.value} of Ours", role) for role in Role} | {
            NOBODY: make_user("Otto Outsider")
        }


@pytest.fixture(scope="module")
def tokens(cast, django_db_blocker) -> dict[str, str]:
    """Return a token of each of the cast, for everything, whose use need not be noted any more."""
    with django_db_blocker.unblock():
        secrets = {name: make_token(user).secret for name, user in cast.items()}
        ApiToken.objects.update(last_used_at=timezone.now() + timedelta(days=1))
    return secrets


@pytest.fixture(scope="module")
def sessions(cast, django_db_blocker) -> dict[str, str]:
    """Return the session of each of the cast, who have opened a page before; its use need not be noted any more."""
    keys = {}
    with django_db_blocker.unblock(), override_settings(REQUIRE_SECOND_FACTOR=False):
        for name, user in cast.items():
            client = Client()
            client.force_login(user)
            client.get("/admin/")
            assert UserSession.objects.filter(user=user).exists()
            keys[name] = client.cookies["sessionid"].value
        UserSession.objects.update(last_seen_at=timezone.now() + timedelta(days=1))
    return keys


@pytest.fixture
def visitors(db, sessions, settings) -> dict[str, Client]:
    """Return a client of each of the cast, signed in past the second factor."""
    settings.REQUIRE_SECOND_FACTOR = False
    clients = {name: Client() for name in sessions}
    for name, client in clients.items():
        client.cookies["sessionid"] = sessions[name]
    return clients
