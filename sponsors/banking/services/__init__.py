"""What is done with bank statements: one function a verb."""

from sponsors.banking.services.accounts import add_account, change_account, map_columns
from sponsors.banking.services.matching import confirm_match, set_aside, tie_receipt, undo_set_aside
from sponsors.banking.services.statements import Imported, import_statement

__all__ = [
    "Imported",
    "add_account",
    "change_account",
    "confirm_match",
    "import_statement",
    "map_columns",
    "set_aside",
    "tie_receipt",
    "undo_set_aside",
]
