"""Pages of rows that are facts: a form neither changes them nor, often, makes them."""

from typing import Any

from django.http import HttpRequest

from foundation.audit.admin.base import BursarAdmin


class OnlyAdded(BursarAdmin):
    """Rows that may be added and are never changed by a form; named actions may still do something to them."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


class OnlyRead(OnlyAdded):
    """Rows that come to be elsewhere, and are never changed by a form."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False
