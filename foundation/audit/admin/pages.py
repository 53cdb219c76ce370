"""Addresses of an admin class, the object an address names, and the frame of its pages."""

from typing import Any, ClassVar

from django.db import models
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from foundation.audit.admin.visible import OnlyVisible


class PagesAdmin(OnlyVisible, ModelAdmin):
    """Knows where its pages are.

    `opens_with`: the filters with which the list opens from the sidebar and from the head of a page.
    """

    opens_with: ClassVar[str] = ""

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

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        # No row has such a key, and the database would fail instead of finding nothing.
        if "\x00" in object_id:
            return None
        return super().get_object(request, object_id, from_field)
