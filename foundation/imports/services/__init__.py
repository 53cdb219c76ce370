"""Writes of imports: what people do, and what workers do with it."""

from foundation.imports.services.decisions import apply_import, clear_old_files, discard_import, start_import
from foundation.imports.services.work import carry_out, claim_next, give_up, let_go

__all__ = [
    "apply_import",
    "carry_out",
    "claim_next",
    "clear_old_files",
    "discard_import",
    "give_up",
    "let_go",
    "start_import",
]
