"""Colleagues, what they may do, and invitations."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from foundation.audit.admin import BursarAdmin, OnlyAdded, actor_of
from foundation.audit.forms import ActionForm, ServiceForm
from foundation.audit.object_actions import ObjectAction
from foundation.people import services
from foundation.people.models import Invitation, User
from foundation.people.roles import Role
from foundation.people.rules import InvitationState
from foundation.people.selectors import has_second_factor

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


class ServiceAccountForm(ServiceForm):
    """A new service account; people come by invitation."""

    roles = _role_field(required=False)

    class Meta:
        model = User
        fields = ("name", "answerable")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = "What the program is called here, such as Website or Ledger import."
        answerable = cast("forms.ModelChoiceField[User]", self.fields["answerable"])
        answerable.required = True
        answerable.queryset = User.objects.colleagues()


class AnswerableForm(ActionForm):
    answerable = forms.ModelChoiceField(
        User.objects.colleagues(),
        label="Person answerable",
        help_text="Gets the mail about the service account's tokens.",
    )


class RolesForm(ActionForm):
    roles = _role_field(required=False)


def _set_roles(actor: User, user: User, data: dict[str, Any]) -> str:
    changed = services.set_roles(actor=actor, user=user, roles=data["roles"])
    return f"{changed} works here as: {', '.join(services.role_labels(changed.roles)) or 'nobody'}."


def _set_answerable(actor: User, user: User, data: dict[str, Any]) -> str:
    changed = services.set_answerable(actor=actor, user=user, answerable=data["answerable"])
    return f"{changed.answerable} answers for {changed} now."


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
            # A service account has none and misses none.
            return queryset.filter(is_service=False, has_second_factor=self.value() == "yes")
        return queryset


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        del request, model_admin
        return [("person", "People"), ("service", "Service accounts")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        del request
        if self.value() in {"person", "service"}:
            return queryset.filter(is_service=self.value() == "service")
        return queryset


@admin.register(User)
class UserAdmin(BursarAdmin):
    """People come by invitation and never go: an account is closed, what they did stays theirs.

    What is added here is a service account.
    """

    empty_list = "People who may sign in. They come by invitation: send one under Invitations."
    list_display = ("name", "kind", "email", "role_names", "is_active", "second_factor", "last_login")
    list_filter = (KindFilter, "is_active", "groups", HasSecondFactor)
    list_select_related = ("answerable",)
    search_fields = ("name", "email")
    search_help_text = "Name or email"
    ordering = ("name", "pk")
    fields = (
        "name",
        "kind",
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
            description="The account has exactly these roles from now on, also in a session that is open.",
            icon="badge",
        ),
        ObjectAction(
            name="set-answerable",
            label="Set who answers",
            permission=_PERMISSION,
            form_class=AnswerableForm,
            call=_set_answerable,
            initial=lambda user: {"answerable": user.answerable_id},
            available=lambda user: user.is_service,
            description="Mail about the service account's tokens goes to this person from now on.",
            icon="supervisor_account",
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
            description="The account works again, with the roles it had; a person may sign in.",
            icon="person_check",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        users: QuerySet[Any] = super().get_queryset(request).prefetch_related("groups")
        listed: QuerySet[Any] = users.annotate(has_second_factor=has_second_factor())
        return listed

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).has_perm(_PERMISSION)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": "Add service account", **(extra_context or {})}
        return cast("HttpResponse", super().add_view(request, form_url, context))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = ServiceAccountForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        if obj is None:
            return ("name", "answerable", "roles")
        of_people = {"second_factor", "second_factor_reset_at", "last_login"}
        return tuple(field for field in self.fields if not (obj.is_service and field in of_people))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else super().get_readonly_fields(request, obj)

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> User:
        data = form.cleaned_data
        if change:
            return services.rename_user(actor=actor_of(request), user=obj, name=data["name"])
        return services.add_service_account(
            actor=actor_of(request), name=data["name"], answerable=data["answerable"], roles=data["roles"]
        )

    @admin.display(description="Kind")
    def kind(self, user: User) -> str:
        return f"Service account, {user.answerable} answers" if user.is_service else "Person"

    @admin.display(description="Roles")
    def role_names(self, user: User) -> str:
        return ", ".join(services.role_labels(user.roles)) or "none"

    @admin.display(description="Second factor", boolean=True)
    def second_factor(self, user: Any) -> bool | None:
        return None if user.is_service else bool(user.has_second_factor)


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
class InvitationAdmin(OnlyAdded):
    empty_list = (
        "Invitations to colleagues to work here. Add one: the mail holds a link to choose a password."
    )
    add_label = "Send the invitation"
    form = InvitationForm
    list_display = ("email", "name", "role_names", "standing", "invited_by", "created_at", "expires_at")
    list_filter = (StateFilter,)
    list_select_related = ("invited_by",)
    search_fields = ("email", "name")
    search_help_text = "Email or name"
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

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        del post_url_continue
        messages.success(
            request,
            f"The invitation to {obj.name} is on its way to {obj.email}. "
            f"Its link works until {timezone.localtime(obj.expires_at):%Y-%m-%d %H:%M}.",
        )
        return HttpResponseRedirect(self.url_of_list())

    @admin.display(description="Roles")
    def role_names(self, invitation: Invitation) -> str:
        return ", ".join(services.role_labels(invitation.roles))

    @admin.display(description="State")
    def standing(self, invitation: Invitation) -> str:
        return invitation.state(timezone.now()).value.capitalize()
