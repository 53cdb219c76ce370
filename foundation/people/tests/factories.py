"""People for tests."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.contrib.auth.models import Group

from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.services import add_service_account

PASSWORD = "a password for tests only"


def make_user(name: str, *roles: Role, email: str | None = None) -> User:
    """Return a new person with the given roles; the address is made from the first name."""
    address = email or f"{name.split(maxsplit=1)[0].lower()}@foundation.example"
    user = User.objects.create_user(address, name=name)
    groups = Group.objects.filter(name__in=[role.label for role in roles])
    # Written plainly: `set` would first ask which roles somebody new has already.
    held = User.groups.through
    held.objects.bulk_create(held(user=user, group=group) for group in groups)
    return user


def make_service(name: str, *roles: Role, answerable: User) -> User:
    """Return a new service account with the given roles."""
    return add_service_account(actor=answerable, name=name, answerable=answerable, roles=roles)


def let_sign_in(user: User) -> User:
    """Give the person a password and a verified address, as accepting an invitation does."""
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def give_authenticator_app(user: User) -> str:
    """Set up a second factor and return its secret, for `code_of`."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    """Return the code an authenticator app shows now."""
    now = list(counters())
    code: str = format_hotp_value(hotp_value(secret, now[len(now) // 2]))
    return code


def give_recovery_codes(user: User) -> list[str]:
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return codes


def give_passkey(user: User) -> Authenticator:
    """Register a passkey, as far as Bursar's own rules look at it."""
    return Authenticator.objects.create(
        user=user,
        type=Authenticator.Type.WEBAUTHN,
        data={"name": "Key", "credential": {"clientExtensionResults": {"credProps": {"rk": True}}}},
    )
