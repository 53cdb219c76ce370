"""What each role may do with the foundation's own records."""

from foundation.people.roles import PermissionTable, Role

_READS_SETTINGS = frozenset(
    {"view_organization", "view_holiday", "view_fund", "view_closing", "view_exchangerate"}
)
_KEEPS_BOOKS = frozenset(
    {"add_fund", "change_fund", "change_organization", "close_books", "view_ratesimport", "add_ratesimport"}
)
_KEEPS_HOLIDAYS = frozenset({"add_holiday", "change_holiday", "delete_holiday"})
_KEEPS_EXPORTS = frozenset({"view_savedexport", "add_savedexport"})
# Which kinds of files somebody imports follows from what they may do with the records.
_IMPORTS = frozenset({"view_importrun", "add_importrun"})
_SEES_MAIL = frozenset({"view_notice", "view_deliveryattempt", "retry_notice"})

PERMISSIONS: PermissionTable = {
    Role.FUNDRAISING: _READS_SETTINGS
    | _KEEPS_EXPORTS
    | _KEEPS_HOLIDAYS
    | _IMPORTS
    | {"view_user", *_SEES_MAIL},
    Role.FINANCE: _READS_SETTINGS
    | _KEEPS_EXPORTS
    | _KEEPS_BOOKS
    | _KEEPS_HOLIDAYS
    | _IMPORTS
    | {"view_user", *_SEES_MAIL},
    Role.INFRASTRUCTURE: _READS_SETTINGS | _KEEPS_EXPORTS,
    Role.GRANTS_OFFICER: _READS_SETTINGS | _KEEPS_EXPORTS,
}
