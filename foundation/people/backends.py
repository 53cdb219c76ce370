"""Who may sign in, asked by every way of signing in and again for every request of a session, and what they may do."""

from typing import TYPE_CHECKING, Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection

from foundation.people.roles import roles_named

if TYPE_CHECKING:
    from foundation.people.models import User

_PERMISSIONS = """
    SELECT app.app_label || '.' || permission.codename
    FROM auth_permission AS permission
    JOIN django_content_type AS app ON app.id = permission.content_type_id
    WHERE permission.id IN (
        SELECT given.permission_id
        FROM auth_group_permissions AS given
        JOIN foundation_user_groups AS role ON role.group_id = given.group_id
        WHERE role.user_id = %(user)s
        UNION ALL
        SELECT given.permission_id FROM foundation_user_user_permissions AS given WHERE given.user_id = %(user)s
    )
"""
_ROLES = """
    SELECT role.name
    FROM auth_group AS role
    JOIN foundation_user_groups AS given ON given.group_id = role.id
    WHERE given.user_id = %(user)s
"""
_SOMEBODY = f"""
    SELECT foundation_user.*, ARRAY({_ROLES}) AS role_names, ARRAY({_PERMISSIONS}) AS permission_names
    FROM foundation_user
    WHERE id = %(user)s
"""  # noqa: S608  # made of the constants above


def with_rights(user_id: Any) -> "User | None":
    """Return somebody with roles and permissions, which every page and call asks for, from one statement."""
    from foundation.people.models import User

    user: User | None = next(iter(User.objects.raw(_SOMEBODY, {"user": user_id})), None)
    if user is not None:
        found = vars(user)
        user.roles = roles_named(found.pop("role_names"))
        permissions = set(found.pop("permission_names"))
        if user.is_active and not user.is_superuser:  # for all others Django says without looking
            found["_perm_cache"] = permissions
    return user


class ColleagueBackend(AuthenticationBackend):
    """Knows colleagues only: a service account has no session, however one came about."""

    def user_can_authenticate(self, user: "User | None") -> bool:
        return user is not None and user.may_sign_in

    def get_user(self, user_id: Any) -> "User | None":
        user = with_rights(user_id)
        return user if self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return what Django would, from one statement instead of two; who was read `with_rights` has them already."""
        if obj is not None or not user_obj.is_active or user_obj.is_superuser or user_obj.is_anonymous:
            return set(super().get_all_permissions(user_obj, obj))
        if not hasattr(user_obj, "_perm_cache"):
            with connection.cursor() as cursor:
                cursor.execute(_PERMISSIONS, {"user": user_obj.pk})
                user_obj._perm_cache = {name for (name,) in cursor.fetchall()}
        permissions: set[str] = user_obj._perm_cache
        return permissions
