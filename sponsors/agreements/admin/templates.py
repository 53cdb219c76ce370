"""Templates of agreements: their text, and how an agreement made from it looks."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from foundation.audit.admin import BursarAdmin, ObjectLink, actor_of, show_on_form
from foundation.books.selectors import local_today
from foundation.errors import RuleViolation
from sponsors.agreements import services
from sponsors.agreements.admin.forms import PreviewForm, TemplateForm
from sponsors.agreements.models import AgreementTemplate
from sponsors.agreements.rules import INSERTS, PLACEHOLDERS, written
from sponsors.agreements.starter import STARTER


@admin.register(AgreementTemplate)
class AgreementTemplateAdmin(BursarAdmin):
    """A template is changed, or taken out of use; what was made from it stays as it was made."""

    opens_added = True
    empty_list = (
        "The texts that agreements are made from, with names that stand for the data of a commitment. Write the "
        "first one; a preview shows what comes of it."
    )
    form = TemplateForm
    change_form_after_template = "admin/agreements/names.html"
    list_display = ("name", "title", "language", "version", "is_active")
    list_filter = (("language", ChoicesDropdownFilter), "is_active")
    search_fields = ("name", "title")
    search_help_text = "Name or title"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        fields = ("name", ("title", "language"), "body")
        return ((None, {"fields": (*fields, "is_active") if obj else fields}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if "body" in form.base_fields:
            form.base_fields["body"].widget.attrs.update(rows=24, spellcheck="true")
            form.base_fields["body"].help_text = (
                "Headings begin with #, lists with - or 1., **bold** and *italic*. Names in double braces stand for data; "
                "all are listed below."
            )
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"body": STARTER, **super().get_changeform_initial_data(request)}

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> AgreementTemplate:
        data = form.cleaned_data
        if not change:
            return services.add_template(actor=actor_of(request), **data)
        template = AgreementTemplate.objects.get(pk=obj.pk)
        return services.change_template(actor=actor_of(request), template=template, **data)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context["names"] = [(written(name), what) for name, what in {**PLACEHOLDERS, **INSERTS}.items()]
        return super().render_change_form(request, context, *args, **kwargs)

    # Preview --------------------------------------------------------------------------------

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        if not actor_of(request).has_perm("sponsors.view_commitment"):
            return ()
        return [ObjectLink("Preview", self._url("preview", obj.pk), "preview")]

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "<path:object_id>/preview/",
            self.admin_site.admin_view(self.preview_view),
            name=self._url_name("preview"),
        )
        return [preview, *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for a commitment, then show the PDF; nothing is written."""
        if not actor_of(request).has_perm("sponsors.view_commitment"):
            raise PermissionDenied
        template = self.object_or_404(request, object_id)
        form = PreviewForm(request.POST or None, obj=template, user=actor_of(request))
        if form.is_valid():
            commitment = form.cleaned_data["commitment"]
            try:
                content = services.preview_agreement(
                    actor=actor_of(request), template=template, commitment=commitment, today=local_today()
                )
            except RuleViolation as violation:
                show_on_form(form, violation)
            else:
                response = HttpResponse(content, content_type="application/pdf")
                response["Content-Disposition"] = 'inline; filename="preview.pdf"'
                response["Cache-Control"] = "private, no-store"
                response["X-Content-Type-Options"] = "nosniff"
                return response
        context = {
            "title": "Preview",
            "original": template,
            "description": f"The PDF that “{template}” makes of a commitment as it is now. Nothing is written.",
            "form": form,
            "media": self.media + form.media,
            "back_url": self.url_of(template),
        }
        return self.page(request, "admin/agreements/preview.html", context)
