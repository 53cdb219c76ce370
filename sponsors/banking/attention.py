"""Money on a bank account that nobody said anything about yet, for the first page of the admin site."""

from django.db.models import Count, F, Sum

from foundation.people.models import User
from sponsors.banking.models import BankLine
from sponsors.commitments.selectors import AttentionCard, AttentionRow
from sponsors.commitments.selectors.attention import FIRST_ROWS
from sponsors.commitments.selectors.money import CurrencyTotal


def banking_attention(user: User) -> tuple[AttentionCard, ...]:
    """Return the card of the lines that wait, if the user may see them. Two queries."""
    if not user.has_perm("sponsors.view_bankline"):
        return ()
    waiting = BankLine.objects.waiting()
    groups = (
        waiting.order_by().values(unit=F("account__currency")).annotate(count=Count("pk"), sum=Sum("amount"))
    )
    sums = list(groups.order_by("unit"))
    first = waiting.select_related("account").order_by("booked_on", "pk")[:FIRST_ROWS]
    return (
        AttentionCard(
            key="bank_lines_waiting",
            title="Bank lines waiting",
            model="sponsors.bankline",
            count=sum(group["count"] for group in sums),
            totals=tuple(CurrencyTotal(group["unit"], group["sum"]) for group in sums),
            rows=tuple(
                AttentionRow(
                    row.pk, row.payer or str(row.account), row.words, row.booked_on, row.currency, row.amount
                )
                for row in first
            ),
        ),
    )
