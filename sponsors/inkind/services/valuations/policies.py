"""By which cards the metered use of a gift is valued each month."""

from decimal import Decimal

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.models import RateCard, ValuationPolicy
from sponsors.inkind.rules import InKindError
from sponsors.inkind.services.valuations.locks import lock_line
from sponsors.inkind.services.valuations.values import deduction


@action("valuationpolicy.add")
def add_policy(
    *,
    actor: User,
    line: CommitmentLine,
    base_card: RateCard,
    low_card: RateCard | None = None,
    high_card: RateCard | None = None,
    discount_percent: Decimal = Decimal(0),
    discount_basis: str = "",
) -> ValuationPolicy:
    """Say by which cards the line is valued. Raises InKindError for a line in cash, or that has a policy."""
    locked = lock_line(line)
    if locked.kind != CommitmentLine.Kind.IN_KIND:
        msg = f"“{locked}” is cash. Only what is given in kind is valued; choose such a line."
        raise InKindError(msg, code="line_is_cash", field="line")
    if ValuationPolicy.objects.filter(line=locked).exists():
        msg = f"“{locked}” has a policy already. Change that one."
        raise InKindError(msg, code="policy_exists", field="line")
    percent, basis = deduction(discount_percent, discount_basis)
    policy = ValuationPolicy.objects.create(
        line=locked,
        base_card=base_card,
        low_card=low_card,
        high_card=high_card,
        discount_percent=percent,
        discount_basis=basis,
    )
    policy.refresh_from_db()
    return policy


@action("valuationpolicy.change")
def change_policy(
    *,
    actor: User,
    policy: ValuationPolicy,
    base_card: RateCard,
    low_card: RateCard | None,
    high_card: RateCard | None,
    discount_percent: Decimal,
    discount_basis: str,
) -> ValuationPolicy:
    """Value what is drafted from now on otherwise; what was drafted stays. Raises InKindError."""
    locked = ValuationPolicy.objects.select_for_update().get(pk=policy.pk)
    locked.base_card, locked.low_card, locked.high_card = base_card, low_card, high_card
    locked.discount_percent, locked.discount_basis = deduction(discount_percent, discount_basis)
    locked.save(update_fields=["base_card", "low_card", "high_card", "discount_percent", "discount_basis"])
    locked.refresh_from_db()
    return locked
