"""The pages of bank accounts, statements and their lines in the admin site."""

from sponsors.banking.admin import accounts, lines, statements

__all__ = ["accounts", "lines", "statements"]
