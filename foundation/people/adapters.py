"""How sign-in differs here: accounts by invitation only, and mail through notices."""

from typing import Any, cast
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from foundation.books.selectors import current_organization
from foundation.notices.services import queue_notice
from foundation.people.models import User
from foundation.people.sealing import seal, unseal

# What allauth wants to say, by the last part of its template's name: subject, and our template.
_MAILS = {
    "password_reset_key": ("Choose a new password", "password_reset"),
    "email_confirmation": ("Your code to confirm this address", "email_code"),
    "account_already_exists": ("Somebody gave your email address", "account_changed"),
}
_CHANGES = {
    "account_already_exists": (
        "Somebody tried to move another account to this address. It is yours, so nothing was changed."
    ),
    "password_changed": "The password of your account was changed.",
    "password_reset": "The password of your account was reset through a link sent to you.",
    "password_set": "A password was set for your account.",
    "email_changed": "The email address of your account was changed from {from_email} to {to_email}.",
    "email_confirm": "The email address of your account was confirmed.",
    "email_deleted": "An email address was removed from your account: {deleted_email}.",
    "totp_activated": "An authenticator app was set up for your account.",
    "totp_deactivated": "The authenticator app of your account was removed.",
    "recovery_codes_generated": "New recovery codes were made for your account; older ones no longer work.",
    "webauthn_added": "A passkey or security key was added to your account.",
    "webauthn_removed": "A passkey or security key was removed from your account.",
}
_SECRET = {"password_reset_key", "email_confirmation"}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The email address or the password is not right.",
        "too_many_login_attempts": (
            "Too many wrong passwords. Wait five minutes, or reset the password, then try again."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  # allauth's signature
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Lead whoever works in the admin site to what needs attention today, everybody else to the start page."""
        return reverse("admin:index") if request.user.is_staff else settings.LOGIN_REDIRECT_URL

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Turn a service account away at the one gate of all ways to sign in: password, passkey, code."""
        if user.is_service:
            return cast("HttpResponse", self.respond_user_inactive(request, user))
        return cast("HttpResponse | None", super().pre_login(request, user, **kwargs))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue allauth's mail as a notice: seen by staff, tried again, links kept from them."""
        user = context.get("user")
        if user is not None and user.is_authenticated and user.is_service:
            return  # nobody reads it, and a link to choose a password would lead nowhere
        kind = template_prefix.rpartition("/")[2]
        subject, template = _MAILS.get(kind, ("Your account was changed", "account_changed"))
        queue_notice(
            actor=user if user is not None and user.is_authenticated else None,
            kind=kind,
            # Each is an event of its own, told once; there is no step to come back to.
            key=f"account:{kind}:{uuid4().hex}",
            recipient=email,
            subject=subject,
            template=template,
            context={
                "what": _CHANGES.get(kind, "").format_map(context),
                "address": context["password_reset_url"]
                if kind == "password_reset_key"
                else settings.BASE_URL + reverse("mfa_index"),
                "code": context.get("code", ""),
                "ip": context.get("ip", ""),
                "user_agent": context.get("user_agent", ""),
                "timestamp": context.get("timestamp"),
            },
            is_secret=kind in _SECRET,
        )


class MFAAdapter(DefaultMFAAdapter):
    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Name the foundation, not the host, in the browser's passkey window."""
        return {**super().get_public_key_credential_rp_entity(), "name": current_organization().name}

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002  # allauth's signature
        """Propose what a person would call it, not “Master key”."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
