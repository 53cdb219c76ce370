"""Inviting colleagues, giving roles, closing accounts; accounts for services."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse

from foundation.audit.actions import acting, action
from foundation.books.selectors import current_organization
from foundation.notices.services import queue_notice
from foundation.people.models import Invitation, User
from foundation.people.roles import Role
from foundation.people.rules import (
    INVITATION_VALID,
    AlreadyAMember,
    AlreadyInvited,
    AnswersForServices,
    InputNotAccepted,
    InvitationState,
    LastAdministrator,
    NoSuchAccessChange,
    NotForServices,
    NotOneself,
    new_invitation_token,
    require_open,
    service_address,
    token_digest,
)
from foundation.people.selectors import open_invitation


class Invited(NamedTuple):
    """An invitation and its link. The link exists here and in the mail, and nowhere else."""

    invitation: Invitation
    link: str


@action("invitation.send")
def invite_colleague(
    *, actor: User | None, email: str, name: str, roles: Collection[Role], now: datetime
) -> Invited:
    """Invite somebody by mail; the link works once, for seven days.

    Raises AlreadyAMember, AlreadyInvited, or InputNotAccepted for an address, name or role.
    """
    address = _address(email)
    if not name.strip():
        raise InputNotAccepted("Enter the person's name.", field="name")
    if not roles:
        raise InputNotAccepted("Choose at least one role.", field="roles")
    if User.objects.filter(email=address).exists():
        raise AlreadyAMember(
            "This address has an account already. Change the roles on that person's page.", field="email"
        )
    run_out = Invitation.objects.filter(email=address).in_state(InvitationState.EXPIRED, now)
    run_out.update(revoked_at=now)
    token = new_invitation_token()
    try:
        with transaction.atomic():
            invitation = Invitation.objects.create(
                email=address,
                name=name.strip(),
                roles=sorted(roles),
                token_digest=token_digest(token),
                invited_by=actor,
                expires_at=now + INVITATION_VALID,
            )
    except IntegrityError as problem:
        raise AlreadyInvited(
            "This address has an open invitation. Revoke that one first to send another.", field="email"
        ) from problem
    link = settings.BASE_URL + reverse("invitation_link", args=[token])
    organization = current_organization()
    queue_notice(
        actor=actor,
        kind="invitation",
        key=f"invitation:{invitation.pk}",
        recipient=address,
        subject=f"{actor or organization.name} invites you to {organization.name}'s Bursar",
        template="invitation",
        context={
            "name": invitation.name,
            "invited_by": str(actor or organization.name),
            "roles": ", ".join(role_labels(invitation.roles)),
            "address": link,
            "expires": f"{invitation.expires_at.astimezone(organization.zone):%-d %B %Y at %H:%M (%Z)}",
        },
        about=invitation,
        is_secret=True,
    )
    return Invited(invitation, link)


@action("invitation.accept")
def accept_invitation(
    *, actor: None, token: str, name: str, password: str, now: datetime
) -> User:  # nobody is signed in yet
    """Open the invited account. Raises InvitationClosed, InputNotAccepted or AlreadyAMember."""
    invitation = open_invitation(Invitation.objects.select_for_update(), token=token, now=now)
    if not name.strip():
        raise InputNotAccepted("Enter your name.", field="name")
    user = User(email=invitation.email, name=name.strip())
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise InputNotAccepted(" ".join(problem.messages), field="password") from problem
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as problem:
        raise AlreadyAMember(
            "This address has an account already. Sign in, or reset the password."
        ) from problem
    with acting("invitation.accept", actor=user):
        # The link reached this address, so it is verified.
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        user.groups.set(_groups(invitation.roles))
        invitation.accepted_at = now
        invitation.accepted_by = user
        invitation.save(update_fields=["accepted_at", "accepted_by"])
    return user


@action("invitation.revoke")
def revoke_invitation(
    *, actor: User, invitation: Invitation, now: datetime
) -> Invitation:  # recorded by @action
    """Make the link useless. Raises InvitationClosed unless the invitation is open."""
    locked = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    require_open(locked.state(now))
    locked.revoked_at = now
    locked.save(update_fields=["revoked_at"])
    return locked


@action("user.add_service")
def add_service_account(*, actor: User, name: str, answerable: User, roles: Collection[Role]) -> User:
    """Open an account for a program: it works with API tokens and can never sign in.

    Raises AlreadyAMember for a name that is taken, or InputNotAccepted.
    """
    address = service_address(name)
    _require_answerable(answerable)
    try:
        with transaction.atomic():
            service = User.objects.create_user(
                address, name=name.strip(), is_service=True, answerable=answerable
            )
    except IntegrityError as problem:
        raise AlreadyAMember(
            f"There is a service account {address} already. Use that one, or choose another name.",
            field="name",
        ) from problem
    service.groups.set(_groups(roles))
    return service


@action("user.set_answerable")
def set_answerable(*, actor: User, user: User, answerable: User) -> User:
    """Let another person answer for the service account. Raises NotForServices or InputNotAccepted."""
    _require_answerable(answerable)
    locked = _lock(user)
    if not locked.is_service:
        raise NotForServices("Nobody answers for a person but the person. Choose a service account.")
    locked.answerable = answerable
    locked.save(update_fields=["answerable"])
    return locked


@action("user.rename")
def rename_user(*, actor: User, user: User, name: str) -> User:  # recorded by @action
    """Correct a person's name. Raises InputNotAccepted."""
    if not name.strip():
        raise InputNotAccepted("Enter the person's name.", field="name")
    locked = _lock(user)
    locked.name = name.strip()
    locked.save(update_fields=["name"])
    return locked


@action("user.set_roles")
def set_roles(*, actor: User | None, user: User, roles: Collection[Role]) -> User:
    """Give exactly these roles. Raises NotOneself or LastAdministrator."""
    _refuse_oneself(actor, user, "Somebody else must change your roles.")
    locked = _lock(user)
    if Role.ADMINISTRATOR not in roles:
        _refuse_last_administrator(locked)
    locked.groups.set(_groups(roles))
    changed: User = User.objects.get(pk=locked.pk)
    return changed


@action("user.deactivate")
def deactivate_user(*, actor: User | None, user: User) -> User:
    """Close the account and end its sessions; its API tokens stop working with it.

    Raises NotOneself, LastAdministrator, AnswersForServices, or NoSuchAccessChange when it is closed already.
    """
    _refuse_oneself(actor, user, "Somebody else must close your account.")
    locked = _lock(user)
    if not locked.is_active:
        raise NoSuchAccessChange("This account is closed already.")
    _refuse_last_administrator(locked)
    _refuse_answerable(locked)
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    _end_sessions(locked)
    return locked


@action("user.reactivate")
def reactivate_user(*, actor: User | None, user: User) -> User:  # recorded by @action
    """Open a closed account again, with the roles it had. Raises NoSuchAccessChange or InputNotAccepted."""
    locked = _lock(user)
    if locked.is_active:
        raise NoSuchAccessChange("This account is open already.")
    if locked.answerable:
        _require_answerable(locked.answerable)
    locked.is_active = True
    locked.save(update_fields=["is_active"])
    return locked


@action("user.reset_second_factor")
def reset_second_factor(*, actor: User, user: User, now: datetime) -> User:
    """Take away a colleague's authenticators, so that the next sign-in sets up new ones.

    Ends the person's sessions, revokes their API tokens and tells them by mail: whoever has the lost
    phone may have had more. Raises NotOneself, or NoSuchAccessChange
    when there is nothing to take away.
    """
    _refuse_oneself(actor, user, "Change your own second factor on your account pages.")
    locked = _lock(user)
    removed, _kinds = Authenticator.objects.filter(user=locked).delete()
    if not removed:
        raise NoSuchAccessChange("This person has no second factor to reset.")
    locked.second_factor_reset_at = now
    locked.save(update_fields=["second_factor_reset_at"])
    _end_sessions(locked)
    locked.api_tokens.filter(revoked_at=None).update(revoked_at=now)
    queue_notice(
        actor=actor,
        kind="second_factor_reset",
        key=f"second-factor-reset:{locked.pk}:{now.isoformat()}",
        recipient=locked.email,
        subject="Your second factor was reset",
        template="account_changed",
        context={
            "what": f"{actor} removed the authenticator app, passkeys and recovery codes of your account "
            "and revoked its API tokens. Sign in with your password and set up new ones.",
            "address": settings.BASE_URL + reverse("mfa_index"),
        },
        about=locked,
    )
    return locked


def role_labels(roles: Collection[str]) -> list[str]:
    return [role.label for role in Role if role in roles]


def _address(email: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as problem:
        raise InputNotAccepted("Enter an email address such as ada@example.org.", field="email") from problem
    return address


def _groups(roles: Collection[str]) -> list[Group]:
    return list(Group.objects.filter(name__in=role_labels(roles)))


def _lock(user: User) -> User:
    """Lock the user, and before it the Administrators: two at once cannot remove the last two."""
    Group.objects.select_for_update().get(name=Role.ADMINISTRATOR.label)
    locked: User = User.objects.select_for_update().get(pk=user.pk)
    return locked


def _refuse_oneself(actor: User | None, user: User, sentence: str) -> None:
    if actor and actor.pk == user.pk:
        raise NotOneself(sentence)


def _refuse_last_administrator(locked: User) -> None:
    administrators = User.objects.colleagues().with_role(Role.ADMINISTRATOR)
    if administrators.filter(pk=locked.pk).exists() and administrators.count() == 1:
        raise LastAdministrator("This is the last Administrator. Make somebody else an Administrator first.")


def _require_answerable(person: User) -> None:
    """Lock the person, so that the account cannot be closed meanwhile. Raises InputNotAccepted."""
    if not _lock(person).may_sign_in:
        raise InputNotAccepted(
            f"{person} cannot answer for a service account. Choose a person who may sign in.",
            field="answerable",
        )


def _refuse_answerable(locked: User) -> None:
    services = User.objects.active().filter(answerable=locked).order_by("name", "pk")
    names = ", ".join(services.values_list("name", flat=True))
    if names:
        raise AnswersForServices(
            f"{locked} answers for these service accounts: {names}. Let somebody else answer for them, or close "
            "them, first."
        )


def _end_sessions(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()
