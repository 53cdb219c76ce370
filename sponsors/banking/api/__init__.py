"""Bank accounts, statements and their lines over the REST API."""

from sponsors.banking.api.accounts import BankAccountViewSet
from sponsors.banking.api.lines import BankLineViewSet
from sponsors.banking.api.statements import BankStatementViewSet

__all__ = ["BankAccountViewSet", "BankLineViewSet", "BankStatementViewSet"]
