"""How an object's page is saved: by services, all of it or nothing, with the refusal on the form."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.utils import unquote
from django.db import IntegrityError, OperationalError, models, transaction
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from foundation.audit.actions import acting
from foundation.audit.admin.refusals import of_database, refusal, refused_form
from foundation.audit.admin.visible import actor_of
from foundation.audit.models import Record
from foundation.errors import Conflict, RuleViolation

if TYPE_CHECKING:
    from django import forms


def become(obj: Any, saved: models.Model | None) -> None:
    """Make the instance that the page goes on with the row that the service wrote."""
    if saved is not None and saved is not obj:
        obj.pk = saved.pk
        obj._state.adding = False
        obj.refresh_from_db()


class SavingAdmin(ModelAdmin):
    """Writes through services. The history is the database's, so Django's own log stays empty."""

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
                self._check_version(request, object_id)
                return self._changeform(request, object_id, form_url, extra_context)
        except RuleViolation as violation:
            refused = violation
        except (IntegrityError, OperationalError) as error:
            refused = of_database(error)
        # Nothing was written. The same form once more, now with the sentence among its errors.
        token = refusal.set(refused)
        try:
            return self._changeform(request, object_id, form_url, extra_context)
        finally:
            refusal.reset(token)

    def version_of(self, obj: Any) -> str:
        """Return which version of the row a page shows, as text; nothing for a row without times."""
        return obj.updated_at.isoformat() if isinstance(obj, Record) else ""

    def _check_version(self, request: HttpRequest, object_id: str | None) -> None:
        """Refuse a form that would put back what somebody else has changed since it was opened.

        No row is locked: this is for pages that stayed open, and services lock in an order of their own.
        """
        read = request.POST.get("_read_version", "")
        obj = self.get_object(request, unquote(object_id)) if read and object_id else None
        if obj is not None and self.version_of(obj) != read:
            raise Conflict(
                f"{obj} was changed after you opened the page. What you wrote is still here: compare it with the "
                f"history, then save once more to put it in place of what is there now.",
                code="changed_meanwhile",
            )

    def _changeform(self, *args: Any) -> HttpResponse:
        return cast("HttpResponse", super().changeform_view(*args))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form_class = super().get_form(request, obj, change=change, **kwargs)
        violation = refusal.get()
        return form_class if violation is None else refused_form(form_class, violation)

    def construct_change_message(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Say nothing: what changed is in the history, whoever wrote it."""
        del args, kwargs
        return []

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the database's triggers keep the history."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write nothing: the database's triggers keep the history."""
