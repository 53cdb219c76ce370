"""API tokens: whose, for what, until when; revoked here when a program or a person is gone."""

from typing import Any

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from foundation.api import services
from foundation.api.models import ApiToken
from foundation.api.scopes import in_words
from foundation.audit.admin import OnlyRead
from foundation.audit.object_actions import ObjectAction
from foundation.people.models import User


def _revoke(actor: User, token: ApiToken, _data: dict[str, Any]) -> str:
    services.revoke_token(actor=actor, token=token, now=timezone.now())
    return f"{token} is revoked: nothing is let in with it any more."


@admin.register(ApiToken)
class ApiTokenAdmin(OnlyRead):
    """Tokens are made on a person's own pages or on the command line, where they are shown once."""

    empty_list = (
        "Keys with which programs work here. People make them on their own pages, under API "
        "tokens, where each is shown once."
    )
    list_display = ("name", "prefix", "user", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__name")
    search_help_text = "Name, prefix or owner"
    fields = (
        "name",
        "prefix",
        "user",
        "scopes_in_words",
        "created_by",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    object_actions = (
        ObjectAction(
            name="revoke",
            label="Revoke",
            permission="foundation.manage_apitoken",
            call=_revoke,
            available=lambda token: token.revoked_at is None,
            icon="key_off",
            danger=True,
            description=lambda token: f"What uses {token} is refused from now on. This cannot be undone.",
        ),
    )

    @admin.display(description="May be used to")
    def scopes_in_words(self, token: ApiToken) -> SafeString:
        return format_html_join(
            "", '<div>{} <span class="text-subtle text-xs">{}</span></div>', in_words(token.scopes)
        )
