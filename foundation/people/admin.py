"""Colleagues, what they may do, and invitations."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from foundation.audit.admin import BursarAdmin, actor_of
from foundation.audit.forms import ActionForm, ServiceForm
from foundation.audit.object_actions import ObjectAction
from foundation.people import services
from foundation.people.models import Invitation, User
from foundation.people.roles import Role
from foundation.people.rules import InvitationState

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    from foundation.people.querysets import InvitationQuerySet

_PERMISSION = "foundation.invite_user"


def _role_field(**options: Any) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        choices=Role.choices,
        coerce=Role,
        widget=forms.CheckboxSelectMultiple,
        help_text="Each role adds what it may see and do. Auditors see everything and change nothing.",
        **options,
    )


class RolesForm(ActionForm):
    roles = _role_field(required=False)


def _set_roles(actor: User, user: User, data: dict[str, Any]) -> str:
    changed = services.set_roles(actor=actor, user=user, roles=data["roles"])
    return f"{changed} works here as: {', '.join(services.role_labels(changed.roles)) or 'nobody'}."


def _deactivate(actor: User, user: User, _data: dict[str, Any]) -> str:
    services.deactivate_user(actor=actor, user=user)
    return f"The account of {user} is closed."


def _reactivate(actor: User, user: User, _data: dict[str, Any]) -> str:
    services.reactivate_user(actor=actor, user=user)
    return f"The account of {user} is open again."


def _reset_second_factor(actor: User, user: User, _data: dict[str, Any]) -> str:
    services.reset_second_factor(actor=actor, user=user, now=timezone.now())
    return f"{user} sets up a new second factor at the next sign-in, and was told by mail."


def _revoke(actor: User, invitation: Invitation, _data: dict[str, Any]) -> str:
    services.revoke_invitation(actor=actor, invitation=invitation, now=timezone.now())
    return f"The link sent to {invitation} no longer works."


class HasSecondFactor(admin.SimpleListFilter):
    title = "second factor"
    parameter_name = "second_factor"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        del request, model_admin
        return [("yes", "Set up"), ("no", "Missing")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        del request
        if self.value() in {"yes", "no"}:
            return queryset.filter(has_second_factor=self.value() == "yes")
        return queryset


@admin.register(User)
class UserAdmin(BursarAdmin):
    """People come by invitation and never go: an account is closed, what they did stays theirs."""

    list_display = ("name", "email", "role_names", "is_active", "second_factor", "last_login")
    list_filter = ("is_active", "groups", HasSecondFactor)
    search_fields = ("name", "email")
    ordering = ("name", "pk")
    fields = (
        "name",
        "email",
        "role_names",
        "is_active",
        "second_factor",
        "second_factor_reset_at",
        "last_login",
        "date_joined",
    )
    readonly_fields = fields[1:]
    history_children = ("User_groups+",)
    object_actions: ClassVar[tuple[ObjectAction, ...]] = (
        ObjectAction(
            name="set-roles",
            label="Set roles",
            permission=_PERMISSION,
            form_class=RolesForm,
            call=_set_roles,
            initial=lambda user: {"roles": [role.value for role in user.roles]},
            description="The person has exactly these roles from now on, also in a session that is open.",
            icon="badge",
        ),
        ObjectAction(
            name="reset-second-factor",
            label="Reset second factor",
            permission=_PERMISSION,
            call=_reset_second_factor,
            available=lambda user: Authenticator.objects.filter(user=user).exists(),
            description="For a lost phone or key. First make sure that it is really this person who asks: "
            "call them. It removes authenticator app, passkeys and recovery codes, ends their sessions, revokes their API tokens, "
            "and tells them by mail.",
            icon="lock_reset",
            danger=True,
        ),
        ObjectAction(
            name="deactivate",
            label="Close account",
            permission=_PERMISSION,
            call=_deactivate,
            available=lambda user: user.is_active,
            description="Ends the person's sessions and stops their API tokens. What they did stays theirs, "
            "and the account can be opened again.",
            icon="person_off",
            danger=True,
        ),
        ObjectAction(
            name="reactivate",
            label="Open account again",
            permission=_PERMISSION,
            call=_reactivate,
            available=lambda user: not user.is_active,
            description="The person may sign in again, with the roles they had.",
            icon="person_check",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        factors = Authenticator.objects.filter(
            user=OuterRef("pk"), type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        )
        users: QuerySet[Any] = super().get_queryset(request).prefetch_related("groups")
        listed: QuerySet[Any] = users.annotate(has_second_factor=Exists(factors))
        return listed

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> User:
        del change
        return services.rename_user(actor=actor_of(request), user=obj, name=form.cleaned_data["name"])

    @admin.display(description="Roles")
    def role_names(self, user: User) -> str:
        return ", ".join(services.role_labels(user.roles)) or "none"

    @admin.display(description="Second factor", boolean=True)
    def second_factor(self, user: Any) -> bool:
        return bool(user.has_second_factor)


class InvitationForm(ServiceForm):
    roles = _role_field()

    class Meta:
        model = Invitation
        fields = ("email", "name", "roles")


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        del request, model_admin
        return [(state.value, state.value.capitalize()) for state in InvitationState]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        del request
        chosen = self.value()
        if chosen not in set(InvitationState):
            return queryset
        return cast("InvitationQuerySet", queryset).in_state(InvitationState(chosen), timezone.now())


@admin.register(Invitation)
class InvitationAdmin(BursarAdmin):
    form = InvitationForm
    list_display = ("email", "name", "role_names", "standing", "invited_by", "created_at", "expires_at")
    list_filter = (StateFilter,)
    list_select_related = ("invited_by",)
    search_fields = ("email", "name")
    object_actions: ClassVar[tuple[ObjectAction, ...]] = (
        ObjectAction(
            name="revoke",
            label="Revoke",
            permission=_PERMISSION,
            call=_revoke,
            available=lambda invitation: invitation.state(timezone.now()) is InvitationState.OPEN,
            description="The link in the mail stops working. The address can be invited again.",
            icon="block",
            danger=True,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).has_perm(_PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        if obj is None:
            return ("email", "name", "roles")
        return (
            "email",
            "name",
            "role_names",
            "standing",
            "invited_by",
            "created_at",
            "expires_at",
            "accepted_at",
            "accepted_by",
            "revoked_at",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self.get_fields(request, obj)

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Invitation:
        del obj, change
        data = form.cleaned_data
        return services.invite_colleague(
            actor=actor_of(request),
            email=data["email"],
            name=data["name"],
            roles=data["roles"],
            now=timezone.now(),
        ).invitation

    @admin.display(description="Roles")
    def role_names(self, invitation: Invitation) -> str:
        return ", ".join(services.role_labels(invitation.roles))

    @admin.display(description="State")
    def standing(self, invitation: Invitation) -> str:
        return invitation.state(timezone.now()).value.capitalize()
