"""How much of a gift in kind is promised, and on which terms."""

from decimal import Decimal

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.rules import State
from sponsors.commitments.services import lock_commitment
from sponsors.inkind.models import GiftTerms
from sponsors.inkind.rules import GiftUnit, InKindError, NotAllowedNow, Per
from sponsors.inkind.services.catalog import LONGEST_LIST, check_percent
from sponsors.inkind.services.texts import optional_text

_OPEN = frozenset({State.DRAFT, State.PROPOSED, State.SIGNED})
# What fits the column: twenty digits and four decimals.
_MOST = Decimal(10) ** 20
LONGEST_NOTICE = 3650
_CARRIED = ("unit", "per", "quantity", "ceiling", "discount_percent", "terms_of_use", "notice_days")


@action("giftterms.set")
def set_gift_terms(
    *,
    actor: User,
    line: CommitmentLine,
    unit: str,
    per: str,
    quantity: Decimal | None = None,
    ceiling: Decimal | None = None,
    discount_percent: Decimal | None = None,
    terms_of_use: str = "",
    notice_days: int | None = None,
) -> GiftTerms:
    """Say what a line in kind promises; what was said before is replaced, and history keeps it.

    Quantity and ceiling are in the unit: for `per`, or with whatever is used, the ceiling for a month.
    Raises InKindError, and NotAllowedNow once the commitment is closed or an amendment took the line out.
    """
    commitment = lock_commitment(line.commitment)
    standing = CommitmentLine.versions.select_related("removed_by").get(pk=line.pk)
    if standing.kind != CommitmentLine.Kind.IN_KIND:
        msg = f"“{standing}” of {commitment.number} is cash. Choose a line in kind."
        raise InKindError(msg, code="line_is_cash", field="line")
    if commitment.state not in _OPEN:
        msg = f"{commitment.number} is {commitment.get_state_display().lower()}: what it promised stays as it was."
        raise NotAllowedNow(msg, code="commitment_is_closed", field="line")
    if standing.removed_by is not None:
        msg = (
            f"An amendment took “{standing}” out of {commitment.number} on {standing.removed_by.effective_on}. "
            "Choose a line that stands."
        )
        raise NotAllowedNow(msg, code="line_is_removed", field="line")
    _check(unit, per, quantity, ceiling)
    if discount_percent is not None:
        check_percent(discount_percent, "discount_percent")
    if notice_days is not None and not 0 <= notice_days <= LONGEST_NOTICE:
        msg = f"Notice is given 0 to {LONGEST_NOTICE:,} days before. Correct the number, or leave it empty."
        raise InKindError(msg, code="notice_out_of_reach", field="notice_days")
    terms, _created = GiftTerms.objects.update_or_create(
        line=standing,
        defaults={
            "unit": unit,
            "per": per,
            "quantity": quantity,
            "ceiling": ceiling,
            "discount_percent": discount_percent,
            "terms_of_use": optional_text(terms_of_use, "terms of use", "terms_of_use", longest=LONGEST_LIST),
            "notice_days": notice_days,
        },
    )
    terms.refresh_from_db()
    return terms


def carry_terms(old: CommitmentLine, new: CommitmentLine) -> None:
    """Let the terms of a line that an amendment replaced hold for the new one, if it has none."""
    if old.removed_by_id is None or old.commitment_id != new.commitment_id:
        return
    terms = GiftTerms.objects.filter(line=old).first()
    if terms is not None and not GiftTerms.objects.filter(line=new).exists():
        GiftTerms.objects.create(line=new, **{name: getattr(terms, name) for name in _CARRIED})


def _check(unit: str, per: str, quantity: Decimal | None, ceiling: Decimal | None) -> None:
    for field, value, known in (("unit", unit, GiftUnit.values), ("per", per, Per.values)):
        if value not in known:
            msg = f"This is not known here. Choose one of {', '.join(known)}."
            raise InKindError(msg, code="unknown_choice", field=field)
    if per == Per.AS_USED and quantity is not None:
        msg = "Whatever is used is given, so that no quantity is promised. Leave it empty, or choose a time."
        raise InKindError(msg, code="quantity_without_time", field="quantity")
    if per != Per.AS_USED and quantity is None:
        msg = "How much is promised? Enter the quantity, or choose “Whatever is used”."
        raise InKindError(msg, code="quantity_missing", field="quantity")
    for field, amount in (("quantity", quantity), ("ceiling", ceiling)):
        if amount is not None and not 0 < amount < _MOST:
            msg = f"The {field} must be above zero, and below a hundred quintillion. Correct it."
            raise InKindError(msg, code="quantity_out_of_reach", field=field)
        if amount is not None and amount != round(amount, 4):
            msg = f"The {field} has at most four decimals. Round it."
            raise InKindError(msg, code="quantity_not_exact", field=field)
    if ceiling is not None and quantity is not None and ceiling < quantity:
        msg = "The ceiling is below what is promised. Raise it, or leave it empty."
        raise InKindError(msg, code="ceiling_below_promise", field="ceiling")
