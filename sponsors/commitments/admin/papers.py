"""PDFs of the admin site: handed out again as they were kept, or shown before they are issued."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path

from foundation.audit.admin import BursarAdmin, ObjectLink
from foundation.documents.services import document_response


class PaperAdmin(BursarAdmin):
    """A page of something that has a `document`."""

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        return [ObjectLink("Open PDF", self._url("pdf", obj.pk), "picture_as_pdf")]

    def get_urls(self) -> list[URLPattern]:
        pdf = path(
            "<path:object_id>/pdf/",
            self.admin_site.admin_view(self.pdf_view),
            name=self._url_name("pdf"),
        )
        return [pdf, *super().get_urls()]

    def pdf_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        obj = self.object_or_404(request, object_id)
        try:
            return document_response(obj.document)
        except FileNotFoundError as error:
            raise Http404 from error
