"""Users, sign-in by email, and invitations."""

from datetime import datetime
from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.functional import cached_property

from foundation.audit.models import Record, tracked
from foundation.people.querysets import InvitationQuerySet, UserManager
from foundation.people.roles import STAFF_ROLES, Role, roles_named
from foundation.people.rules import InvitationState, invitation_state


@tracked(exclude=("password", "last_login"))
class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, or a service that calls the API. Roles, which are Django groups, say what for."""

    email = models.EmailField("email", unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(
        "may sign in",
        default=True,
        help_text="Clear this instead of deleting a person: what they did stays theirs.",
    )
    is_service = models.BooleanField(
        "service account",
        default=False,
        editable=False,
        help_text="A program that works with API tokens only. It never signs in and gets no mail.",
    )
    answerable = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="services_answered_for",
        verbose_name="person answerable",
        help_text="Answers for this service account, and gets the mail about its tokens.",
    )
    second_factor_reset_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When an administrator last removed a lost second factor.",
    )
    date_joined = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        ordering = ["name", "pk"]
        permissions = [("invite_user", "Can invite a colleague and give roles")]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_is_lower_case"),
            models.CheckConstraint(
                condition=models.Q(is_service=False, answerable=None)
                | models.Q(is_service=True, answerable__isnull=False, is_superuser=False),
                name="service_has_somebody_answerable",
            ),
            # Whatever path a password came by, it cannot become a way for a service to sign in.
            models.CheckConstraint(
                condition=models.Q(is_service=False)
                | models.Q(password__startswith=UNUSABLE_PASSWORD_PREFIX),
                name="service_has_no_password",
            ),
        ]

    def __str__(self) -> str:
        name = self.name or self.email
        return f"{name} (service account)" if self.is_service else name

    def get_full_name(self) -> str:
        """Return what the admin site calls the person."""
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @cached_property
    def roles(self) -> frozenset[Role]:
        return roles_named(group.name for group in self.groups.all())

    @property
    def may_sign_in(self) -> bool:
        """Whether this is a colleague: somebody who can be asked, told and made responsible."""
        return self.is_active and not self.is_service

    @property
    def mail_address(self) -> str:
        """Where mail about the account and its tokens goes: a service's, to the person answerable."""
        return self.answerable.email if self.answerable else self.email

    @property
    def is_staff(self) -> bool:
        """Whether the admin site opens for this person."""
        return self.may_sign_in and (self.is_superuser or not self.roles.isdisjoint(STAFF_ROLES))

    @property
    def sees_private_data(self) -> bool:
        """Whether a person with this account must have a second factor."""
        return self.is_superuser or bool(self.roles)

    @property
    def needs_second_factor(self) -> bool:
        """Whether this account must have one. A service has nobody who could hold it."""
        return not self.is_service and self.sees_private_data


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.DeleteEvent(),
    meta={"default_permissions": ()},
)
class UserRole(User.groups.through):  # type: ignore[name-defined]  # Django makes this class
    """The table behind `User.groups`, named so that giving and taking a role is kept as history."""

    class Meta:
        proxy = True
        verbose_name = "role"
        default_permissions = ()


# History pages follow relations, and the relation leads to the class that Django made.
User.groups.through.pgh_event_model = UserRole.pgh_event_model  # type: ignore[attr-defined]  # set by pghistory.track


@tracked(exclude=("token_digest",))
class Invitation(Record):
    """An offer to a colleague, by mail, to open an account with given roles."""

    email = models.EmailField("email")
    name = models.CharField(max_length=120)
    roles = ArrayField(models.CharField(max_length=20, choices=Role.choices))
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="invitations_sent",
        help_text="Empty when the command line made the first administrator.",
    )
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="invitation"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="one_open_invitation_an_address",
            ),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="invitation_email_is_lower_case"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_by=None)
                | models.Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="accepted_invitation_names_user",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def state(self, now: datetime) -> InvitationState:
        return invitation_state(
            accepted_at=self.accepted_at,
            revoked_at=self.revoked_at,
            expires_at=self.expires_at,
            now=now,
        )
