"""Gathers the slices' pages for Django, which looks for them here."""

from foundation.api import admin as api
from foundation.books import admin as books
from foundation.books import admin_holidays as holidays
from foundation.exports import admin as exports
from foundation.health import admin as health
from foundation.imports import admin as imports
from foundation.money import admin as money
from foundation.notices import admin as notices
from foundation.people import admin as people
from foundation.webhooks import admin as webhooks

__all__ = [
    "api",
    "books",
    "exports",
    "health",
    "holidays",
    "imports",
    "money",
    "notices",
    "people",
    "webhooks",
]
