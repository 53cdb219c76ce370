"""The base of every admin page: no delete, services for writes, named actions, readable history."""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, OperationalError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.views import ChangeList

from foundation.audit.actions import acting
from foundation.audit.forms import DateInput
from foundation.audit.history import history_page
from foundation.audit.object_actions import ListAction, ObjectAction, Outcome
from foundation.errors import Conflict, RuleViolation, is_collision

if TYPE_CHECKING:
    from foundation.people.models import User

# The refusal that the form of the running request is to show; see BursarAdmin.changeform_view.
_refusal: ContextVar[RuleViolation | None] = ContextVar("refusal", default=None)


def actor_of(request: HttpRequest) -> "User":
    """Return the person signed in; the admin site lets nobody else in."""
    return cast("User", request.user)


def show_on_form(form: forms.BaseForm, violation: RuleViolation) -> None:
    """Put the sentence at its field, or above the form when the form has no such field."""
    field = violation.field if violation.field in form.fields else None
    form.add_error(field, forms.ValidationError(violation.message, code=violation.code))


def become(obj: Any, saved: models.Model | None) -> None:
    """Make the instance that the page goes on with the row that the service wrote."""
    if saved is not None and saved is not obj:
        obj.pk = saved.pk
        obj._state.adding = False
        obj.refresh_from_db()


def _refused(form_class: Any, refusal: RuleViolation) -> Any:
    class RefusedForm(form_class):
        def full_clean(self) -> None:
            super().full_clean()
            if self.is_bound:
                show_on_form(self, refusal)

    return RefusedForm


def _of_database(error: DatabaseError) -> RuleViolation:
    """Return the sentence for what the database refused. Raises the error itself when it is our fault."""
    if is_collision(error):
        return Conflict("Somebody changed this at the same moment. Nothing was saved. Try again.")
    if isinstance(error, IntegrityError):
        return Conflict(
            "The record changed at the same moment, or this breaks a rule of the database. "
            "Look at the record again and repeat what is still needed. Nothing was written."
        )
    raise error


@dataclass(frozen=True, slots=True)
class ObjectLink:
    """A button in the head of an object's page that only leads somewhere."""

    label: str
    url: str
    icon: str = "link"


class _OnlyVisible:
    """Rows through the model's own predicate, where it has one."""

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        queryset = cast("models.QuerySet[Any]", super().get_queryset(request))  # type: ignore[misc]  # mixed into admin classes
        visible = getattr(queryset, "visible_to", None)
        return cast("models.QuerySet[Any]", visible(actor_of(request))) if visible else queryset

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


class BursarChangeList(ChangeList):
    """A list that counts its rows once: without filters, the rows found are all rows."""

    def get_filters(self, request: HttpRequest) -> Any:
        # The database cannot hold the character, so it would fail instead of finding nothing.
        if any("\x00" in value for value in request.GET.values()):
            raise IncorrectLookupParameters
        return super().get_filters(request)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.get_filters_params():
            self.full_result_count = self.result_count


class BursarTabularInline(_OnlyVisible, TabularInline):
    extra = 0
    show_change_link = False
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateField: {"widget": DateInput}}

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Name every input for screen readers: in a table only the column's head says what it is."""
        formset = super().get_formset(request, obj, **kwargs)
        for field in formset.form.base_fields.values():
            field.widget.attrs.setdefault("aria-label", str(field.label))
        return formset


class BursarStackedInline(_OnlyVisible, StackedInline):
    extra = 0
    show_change_link = False
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateField: {"widget": DateInput}}


class BursarAdmin(_OnlyVisible, ModelAdmin):
    """An admin page whose writes go through the slice's services.

    `history_children`: reverse relations whose rows' history is shown with the object's.
    `object_actions`, `list_actions`: what can be done, by name. `summary_template`: shown above the
    form, with what `get_summary` returns as `summary`.
    """

    history_children: ClassVar[Sequence[str]] = ()
    object_actions: ClassVar[Sequence[ObjectAction]] = ()
    list_actions: ClassVar[Sequence[ListAction]] = ()
    summary_template: ClassVar[str] = ""

    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateField: {"widget": DateInput}}
    change_form_outer_before_template = "admin/bursar/object_head.html"

    # Saving ---------------------------------------------------------------------------------

    def save_through(
        self, request: HttpRequest, obj: Any, form: "forms.ModelForm[Any]", *, change: bool
    ) -> models.Model | None:
        """Write the form by the slice's services and return the row, or None when `obj` is it.

        A RuleViolation raised here is shown on the form, and nothing is written. Without a service
        of its own a plain model is saved as it is, recorded as `<model>.add` or `<model>.change`.
        """
        del request, change
        obj.save()
        form.save_m2m()
        return None

    def save_inlines(self, request: HttpRequest, obj: Any, formsets: Sequence[Any]) -> None:
        """Write the rows of inline forms by the slice's services; `obj` is the saved row."""
        del request, obj
        for formset in formsets:
            formset.save()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Wait for the inline forms: everything is written together in save_related."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        self.save_whole(request, form.instance, form, formsets, change=change)

    def save_whole(
        self, request: HttpRequest, obj: Any, form: Any, formsets: Sequence[Any], *, change: bool
    ) -> None:
        """Write the form and its inline forms. Override it where one service writes both."""
        become(obj, self.save_through(request, obj, form, change=change))
        self.save_inlines(request, obj, formsets)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            return self._changeform(request, object_id, form_url, extra_context)
        action = f"{self.opts.model_name}.{'change' if object_id else 'add'}"
        try:
            with transaction.atomic(), acting(action, actor=actor_of(request)):
                return self._changeform(request, object_id, form_url, extra_context)
        except RuleViolation as violation:
            refused = violation
        except (IntegrityError, OperationalError) as error:
            refused = _of_database(error)
        # Nothing was written. The same form once more, now with the sentence among its errors.
        token = _refusal.set(refused)
        try:
            return self._changeform(request, object_id, form_url, extra_context)
        finally:
            _refusal.reset(token)

    def _changeform(self, *args: Any) -> HttpResponse:
        return cast("HttpResponse", super().changeform_view(*args))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form_class = super().get_form(request, obj, change=change, **kwargs)
        refusal = _refusal.get()
        return form_class if refusal is None else _refused(form_class, refusal)

    def construct_change_message(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Say nothing: what changed is in the history, whoever wrote it."""
        del args, kwargs
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the database's triggers keep the history."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the database's triggers keep the history."""

    # The object's page ----------------------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        del request, kwargs
        return BursarChangeList

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request, obj
        return ()

    def get_summary(self, request: HttpRequest, obj: Any) -> Any:
        """Return what `summary_template` shows as `summary`."""
        del request
        return obj

    def offered_actions(self, request: HttpRequest, obj: Any) -> list[ObjectAction]:
        return [
            action
            for action in self.object_actions
            if actor_of(request).has_perm(action.permission) and action.available(obj)
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context["show_save_and_add_another"] = add
        if obj is not None:
            context["object_actions"] = [
                (action, self._url("do", obj.pk, action.name))
                for action in self.offered_actions(request, obj)
            ]
            context["object_links"] = self.get_object_links(request, obj)
            if self.summary_template:
                context["summary_template"] = self.summary_template
                context["summary"] = self.get_summary(request, obj)
        return cast(
            "HttpResponse",
            super().render_change_form(request, context, add=add, change=change, form_url=form_url, obj=obj),
        )

    # Addresses ------------------------------------------------------------------------------

    def _url_name(self, what: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{what}"

    def _url(self, what: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self._url_name(what)}", args=args)

    def url_of_list(self) -> str:
        return self._url("changelist")

    def url_of(self, obj: models.Model) -> str:
        """Return the address of the object's page in this site."""
        name = f"{obj._meta.app_label}_{obj._meta.model_name}_change"
        return reverse(f"{self.admin_site.name}:{name}", args=[obj.pk])

    def get_urls(self) -> list[URLPattern]:
        do = path(
            "<path:object_id>/do/<slug:name>/",
            self.admin_site.admin_view(self.object_action_view),
            name=self._url_name("do"),
        )
        return [do, *super().get_urls()]

    def object_or_404(self, request: HttpRequest, object_id: str) -> Any:
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        return obj

    def page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
        """Return a page of this model in the admin's frame."""
        request.current_app = self.admin_site.name
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "model_admin": self}
        return TemplateResponse(request, template, {**frame, **context})

    # Object actions -------------------------------------------------------------------------

    def object_action_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        action = next((action for action in self.object_actions if action.name == name), None)
        if action is None:
            raise Http404
        if not actor_of(request).has_perm(action.permission) or not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.object_or_404(request, object_id)
        if not action.available(obj):
            messages.warning(request, f"“{action.label}” is not possible now: look at the state of {obj}.")
            return HttpResponseRedirect(self.url_of(obj))
        posted = request.method == "POST"
        form = action.form_class(
            request.POST if posted else None,
            request.FILES if posted else None,
            initial=action.initial(obj) if action.initial else None,
            obj=obj,
            user=actor_of(request),
        )
        if posted and form.is_valid():
            outcome = self._attempt(
                form,
                lambda: action.call(actor_of(request), obj, form.cleaned_data),
                f"{self.opts.model_name}.{name}",
                request,
            )
            if outcome is not None:
                result = Outcome(message=outcome) if isinstance(outcome, str) else outcome
                messages.success(request, result.message)
                return HttpResponseRedirect(
                    self.url_of_list() if result.to_list else self.url_of(result.go_to or obj)
                )
        context = {
            "title": action.label,
            "original": obj,
            "action": action,
            "description": action.describe(obj),
            "form": form,
            "media": self.media + form.media,
            "back_url": self.url_of(obj),
        }
        return self.page(request, action.template, context)

    @staticmethod
    def _attempt(form: forms.Form, call: Any, action: str, request: HttpRequest) -> Any:
        """Return what the service answers, or None with its refusal put on the form."""
        try:
            with transaction.atomic(), acting(action, actor=actor_of(request)):
                return call()
        except RuleViolation as violation:
            show_on_form(form, violation)
        except (IntegrityError, OperationalError) as error:
            show_on_form(form, _of_database(error))
        return None

    # List actions ---------------------------------------------------------------------------

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = cast("dict[str, Any]", super().get_actions(request))
        if "_popup" in request.GET:
            return actions
        for action in self.list_actions:
            if actor_of(request).has_perm(action.permission):
                actions[action.name] = (self._list_action_function(action), action.name, action.label)
        return actions

    def _list_action_function(self, action: ListAction) -> Any:
        def run(_admin: Any, request: HttpRequest, queryset: "models.QuerySet[Any]") -> HttpResponse | None:
            return self.list_action_view(request, action, queryset)

        return run

    def list_action_view(
        self, request: HttpRequest, action: ListAction, queryset: "models.QuerySet[Any]"
    ) -> HttpResponse | None:
        """Ask first; when confirmed, do it to all chosen rows or to none."""
        if not actor_of(request).has_perm(action.permission):
            raise PermissionDenied
        chosen = list(queryset)
        confirmed = "confirmed" in request.POST
        form = action.form_class(request.POST if confirmed else None, user=actor_of(request))
        if confirmed and form.is_valid():
            message = self._attempt(
                form,
                lambda: action.call(actor_of(request), chosen, form.cleaned_data),
                f"{self.opts.model_name}.{action.name}",
                request,
            )
            if message is not None:
                messages.success(request, message)
                return None
        context = {
            "title": action.label,
            "action": action,
            "description": action.description,
            "chosen": chosen,
            "form": form,
            "media": self.media + form.media,
            "checkbox_name": helpers.ACTION_CHECKBOX_NAME,
            "back_url": request.get_full_path(),
        }
        return self.page(request, "admin/bursar/list_action.html", context)

    # History --------------------------------------------------------------------------------

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        obj = self.object_or_404(request, object_id)
        if not hasattr(self.model, "pgh_event_model"):
            raise Http404
        entries, page = history_page(obj, children=self.history_children, number=request.GET.get("page"))
        context = {
            "title": "History",
            "original": obj,
            "entries": entries,
            "page_obj": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "back_url": self.url_of(obj),
            **(extra_context or {}),
        }
        return self.page(request, "admin/bursar/history.html", context)
