"""Who sees statements and their lines, and which lines wait for somebody."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from sponsors.banking.rules import LineState

if TYPE_CHECKING:
    from foundation.people.models import User
    from sponsors.banking.models import BankAccount, BankLine, Statement


class BankAccountQuerySet(models.QuerySet["BankAccount"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_bankaccount") else self.none()

    def active(self) -> Self:
        return self.filter(is_active=True)


class StatementQuerySet(models.QuerySet["Statement"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_statement") else self.none()


class BankLineQuerySet(models.QuerySet["BankLine"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_bankline") else self.none()

    def open(self) -> Self:
        return self.filter(state=LineState.OPEN)

    def incoming(self) -> Self:
        return self.filter(amount__gt=0)

    def waiting(self) -> Self:
        """Money that came in and of which nobody said yet whose it is, the oldest first."""
        return self.open().incoming().order_by("booked_on", "pk")

    def alike(self) -> Self:
        """Money in that another line may tell too: perhaps the same, told twice.

        That is a line of another file with the same day and amount, or one of the same file that says the
        very same and has no number of the bank. What was set aside is decided, and makes nothing doubtful.
        """
        same_facts = {name: OuterRef(name) for name in ("account", "booked_on", "amount")}
        same_words = {name: OuterRef(name) for name in ("payer", "text", "reference", "bank_id")}
        other = (
            self.model.objects.filter(~Q(statement=OuterRef("statement")) | Q(**same_words), **same_facts)
            .exclude(pk=OuterRef("pk"))
            .exclude(state=LineState.SET_ASIDE)
        )
        return self.incoming().filter(Exists(other))
