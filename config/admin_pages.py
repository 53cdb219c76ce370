"""The admin site, which lists its models only for a page that shows them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import sites
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject
from unfold.apps import BasicAppConfig
from unfold.sites import UnfoldAdminSite

_WORDS_ARE_KEPT = 60 * 60  # seconds


class AdminPages(UnfoldAdminSite):
    """Unfold's site. Its sidebar is made from our own list (config/admin_site.py), not from all models."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Return the models by app. To ask for the rights to each takes a seventh of the time of a page."""
        whole = super().get_app_list
        return SimpleLazyObject(lambda: whole(request, app_label))

    def i18n_javascript(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Return the words of Django's scripts. Browsers may keep them: every page with a form asks for them."""
        answer: HttpResponseBase = super().i18n_javascript(request, extra_context)
        patch_cache_control(answer, private=True, max_age=_WORDS_ARE_KEPT)
        return answer


class AdminPagesConfig(BasicAppConfig):
    """Puts the site in place of Django's before anything is registered."""

    def ready(self) -> None:
        admin.site = sites.site = AdminPages()
