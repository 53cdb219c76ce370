"""Pages about one's own tokens."""

from django.urls import path

from foundation.api import account_views

urlpatterns = [
    path("account/tokens/", account_views.token_list, name="account_tokens"),
    path("account/tokens/new/", account_views.token_create, name="account_token_create"),
    path("account/tokens/<int:pk>/revoke/", account_views.token_revoke, name="account_token_revoke"),
]
