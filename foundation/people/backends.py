"""Who may sign in, asked by every way of signing in and again for every request of a session."""

from typing import TYPE_CHECKING, Any

from allauth.account.auth_backends import AuthenticationBackend

if TYPE_CHECKING:
    from foundation.people.models import User


class ColleagueBackend(AuthenticationBackend):
    """Knows colleagues only: a service account has no session, however one came about."""

    def user_can_authenticate(self, user: "User | None") -> bool:
        return user is not None and user.may_sign_in

    def get_user(self, user_id: Any) -> "User | None":
        user: User | None = super().get_user(user_id)
        return user
