"""The base of every admin page, and what the pages built on it share."""

from foundation.audit.admin.base import BursarAdmin, ObjectLink
from foundation.audit.admin.fixed import OnlyAdded, OnlyRead
from foundation.audit.admin.inlines import BursarStackedInline, BursarTabularInline
from foundation.audit.admin.refusals import refusal_shown, show_on_form
from foundation.audit.admin.saving import become
from foundation.audit.admin.visible import BursarChangeList, actor_of

__all__ = [
    "BursarAdmin",
    "BursarChangeList",
    "BursarStackedInline",
    "BursarTabularInline",
    "ObjectLink",
    "OnlyAdded",
    "OnlyRead",
    "actor_of",
    "become",
    "refusal_shown",
    "show_on_form",
]
