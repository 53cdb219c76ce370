"""Addresses of the whole site."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from config import admin_site

# The admin signs in the same way as everybody, second factor included.
admin.autodiscover()
admin_site.keep_only_own_pages(admin.site)
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth's documented way


class Favicon(RedirectView):
    """Browsers ask here for the icon of pages that name none, the admin site's among them."""

    def get_redirect_url(self, *args: object, **kwargs: object) -> str:
        del args, kwargs
        return static("bursar/icon.svg")


urlpatterns = [
    path("favicon.ico", Favicon.as_view()),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/", include("config.api_urls")),
    path("", include("foundation.people.urls")),
    path("", include("foundation.api.account_urls")),
    path("", include("sponsors.renewals.urls")),
    path("sponsors/", include("sponsors.directory.urls")),
]

handler500 = "foundation.people.views.server_error"
