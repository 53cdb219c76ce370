"""What a caller may do: the token's scope and its owner's permission, whichever is less."""

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from foundation.api.scopes import Scope, implied_by

if TYPE_CHECKING:
    from rest_framework.views import APIView

    from foundation.api.models import ApiToken

_BY_ACTION = {
    "list": "view",
    "retrieve": "view",
    "create": "add",
    "update": "change",
    "partial_update": "change",
    "destroy": "delete",
}


class ScopedModelPermissions(BasePermission):
    """Ask for the scope and the permission that the view declares for what is being done.

    A view declares `required_scopes` and, for actions that are not plain reads and writes,
    `action_permissions`. None there means that the queryset alone decides (one's own tokens).
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user.is_authenticated:
            return False
        if getattr(view, "action", "") in {None, "metadata"}:
            return True  # answered by "method not allowed"
        scope = required_scope(view, write=request.method not in SAFE_METHODS)
        token = cast("ApiToken", request.auth)
        require_second_factor(token)
        if scope not in implied_by(frozenset(token.scopes)):
            msg = f"This token may not do this: it lacks the scope {scope}."
            raise PermissionDenied(msg, code="scope_missing")
        permission = required_permission(view)
        if permission and not request.user.has_perm(permission):
            msg = f"The token's owner may not do this: it needs the permission {permission}."
            raise PermissionDenied(msg, code="permission_missing")
        return True


def require_second_factor(token: "ApiToken") -> None:
    """Raise PermissionDenied when the owner would not be let in at the door either.

    Otherwise somebody could make a token and never protect the account that it speaks for.
    """
    has_factor = token.owner_has_factor  # type: ignore[attr-defined]  # annotated when the token was looked up
    if settings.REQUIRE_SECOND_FACTOR and not has_factor and token.user.needs_second_factor:
        msg = (
            f"The owner of this token has no second factor. Set up a second factor at {settings.BASE_URL}"
            f"{reverse('mfa_index')}, then this token works. Programs are better served by a service account."
        )
        raise PermissionDenied(msg, code="second_factor_missing")


def required_scope(view: Any, *, write: bool) -> Scope:
    """Return the scope the view declares. Raises ImproperlyConfigured when it declares none."""
    scopes: dict[str, Scope] | None = getattr(view, "required_scopes", None)
    wanted = "write" if write else "read"
    if not scopes or wanted not in scopes:
        msg = f"{type(view).__name__} declares no scope to {wanted} (required_scopes)"
        raise ImproperlyConfigured(msg)
    return scopes[wanted]


def required_permission(view: Any) -> str | None:
    """Return the permission for the view's action. Raises ImproperlyConfigured when none is declared."""
    action = getattr(view, "action", None)
    declared: dict[str, str | None] = getattr(view, "action_permissions", {})
    if action in declared:
        return declared[action]
    queryset = getattr(view, "queryset", None)
    if action in _BY_ACTION and queryset is not None:
        meta = queryset.model._meta
        return f"{meta.app_label}.{_BY_ACTION[action]}_{meta.model_name}"
    msg = f"{type(view).__name__} declares no permission for {action} (action_permissions)"
    raise ImproperlyConfigured(msg)
