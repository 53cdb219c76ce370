"""Named actions: a page that says what will happen, then the service."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from foundation.audit.actions import acting
from foundation.audit.admin.pages import PagesAdmin
from foundation.audit.admin.refusals import of_database, show_on_form
from foundation.audit.admin.visible import actor_of
from foundation.audit.object_actions import ListAction, ObjectAction, Outcome
from foundation.errors import RuleViolation

if TYPE_CHECKING:
    from django.db import models


class DoingAdmin(PagesAdmin):
    """Offers `object_actions` on an object's page and `list_actions` on the list."""

    object_actions: ClassVar[Sequence[ObjectAction]] = ()
    list_actions: ClassVar[Sequence[ListAction]] = ()

    def offered_actions(self, request: HttpRequest, obj: Any) -> list[ObjectAction]:
        return [
            action
            for action in self.object_actions
            if actor_of(request).has_perm(action.permission) and action.available(obj)
        ]

    def get_urls(self) -> list[URLPattern]:
        do = path(
            "<path:object_id>/do/<slug:name>/",
            self.admin_site.admin_view(self.object_action_view),
            name=self._url_name("do"),
        )
        return [do, *super().get_urls()]

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
            show_on_form(form, of_database(error))
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
