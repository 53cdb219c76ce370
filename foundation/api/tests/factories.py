"""Tokens and callers for tests."""

from collections.abc import Iterable
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.utils import timezone
from rest_framework.test import APIClient

from foundation.api.scopes import Scope
from foundation.api.services import NewToken, create_token
from foundation.people.models import User
from foundation.people.tests.factories import give_authenticator_app


def make_token(user: User, *scopes: Scope, name: str = "test", days: int = 30) -> NewToken:
    """Return a new token of the person with the scopes; with every scope when none is named.

    The person has a second factor from then on, without which the token would be refused.
    """
    if not user.is_service and not Authenticator.objects.filter(user=user).exists():
        give_authenticator_app(user)
    now = timezone.now()
    return create_token(
        actor=user,
        owner=user,
        name=name,
        scopes=[scope.value for scope in scopes or Scope],
        expires_at=now + timedelta(days=days),
        now=now,
    )


def api_client(user: User, scopes: Iterable[Scope] = ()) -> APIClient:
    """Return a client that calls with a new token of the person."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {make_token(user, *scopes).secret}")
    return client
