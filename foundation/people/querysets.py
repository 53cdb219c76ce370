"""Reads on users and invitations."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import BaseUserManager, Permission
from django.db import models

from foundation.people.roles import Role
from foundation.people.rules import InvitationState

if TYPE_CHECKING:
    from foundation.people.models import Invitation, User


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_user") else self.filter(pk=user.pk)

    def active(self) -> Self:
        return self.filter(is_active=True)

    def people(self) -> Self:
        """Leave service accounts out."""
        return self.filter(is_service=False)

    def colleagues(self) -> Self:
        """Who can be asked, told and made responsible: `User.may_sign_in` in SQL."""
        return self.active().people()

    def with_permission(self, permission: str) -> Self:
        """Return who holds it, as `User.has_perm` says of each active one, in one query for all."""
        app, _, codename = permission.partition(".")
        wanted = Permission.objects.filter(content_type__app_label=app, codename=codename)
        holds = (
            models.Q(is_superuser=True)
            | models.Q(user_permissions__in=wanted)
            | models.Q(groups__permissions__in=wanted)
        )
        return self.filter(holds).distinct()

    def with_role(self, *roles: Role) -> Self:
        return self.filter(groups__name__in=[role.label for role in roles]).distinct()


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # a class made at run time
    """Creates users; addresses are kept in lower case so that one person is one row."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user: User = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(email=(username or "").strip().lower())
        return user


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_invitation") else self.none()

    def in_state(self, state: InvitationState, now: datetime) -> Self:
        """The same states as `rules.invitation_state`, in SQL; a test holds the two together."""
        waiting = models.Q(accepted_at=None, revoked_at=None)
        conditions = {
            InvitationState.OPEN: waiting & models.Q(expires_at__gt=now),
            InvitationState.EXPIRED: waiting & models.Q(expires_at__lte=now),
            InvitationState.ACCEPTED: models.Q(accepted_at__isnull=False),
            InvitationState.REVOKED: models.Q(accepted_at=None, revoked_at__isnull=False),
        }
        return self.filter(conditions[state])
