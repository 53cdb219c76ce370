"""The settings of renewals: one row."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.renewals.models import RenewalSettings
from sponsors.renewals.rules.ladder_policies import check_payment_days
from sponsors.renewals.rules.refusals import RenewalError
from sponsors.renewals.selectors.people import ANSWER


@action("renewal_settings.change")
def change_renewal_settings(
    *,
    actor: User,
    fundraising_lead: User | None,
    director: User | None,
    reserves: Decimal | None,
    reserves_on: date | None,
    monthly_costs: Decimal | None,
    payment_days: Sequence[int],
    sends_payment_reminders: bool,
    today: date,
) -> RenewalSettings:
    """Write the settings. Raises RenewalError naming the field."""
    for field, person in (("fundraising_lead", fundraising_lead), ("director", director)):
        if person is not None and not person.may_sign_in:
            msg = f"{person} may not sign in and could not act on a reminder. Choose somebody else."
            raise RenewalError(msg, code="may_not_sign_in", field=field)
        if person is not None and not person.has_perm(ANSWER):
            msg = (
                f"{person} may not answer reminders. Choose somebody else, or let an administrator give {person} a "
                "role that does."
            )
            raise RenewalError(msg, code="may_not_answer", field=field)
    _check_amounts(reserves, reserves_on, monthly_costs, today)
    RenewalSettings.objects.get_or_create(pk=1)
    locked = RenewalSettings.objects.select_for_update().get(pk=1)
    locked.fundraising_lead, locked.director = fundraising_lead, director
    locked.reserves, locked.reserves_on, locked.monthly_costs = reserves, reserves_on, monthly_costs
    locked.payment_days = check_payment_days(payment_days)
    locked.sends_payment_reminders = sends_payment_reminders
    locked.save()
    locked.refresh_from_db()
    return locked


def _check_amounts(
    reserves: Decimal | None, reserves_on: date | None, monthly_costs: Decimal | None, today: date
) -> None:
    if reserves is not None and reserves < 0:
        raise RenewalError("Reserves are not below zero. Correct the amount.", field="reserves")
    if reserves is not None and reserves_on is None:
        raise RenewalError("Say as of which day the reserves are.", field="reserves_on")
    if reserves is None and reserves_on is not None:
        raise RenewalError("Say how much the reserves were on that day, or leave it out.", field="reserves")
    if reserves_on is not None and reserves_on > today:
        msg = f"The day {reserves_on} is after today, {today}. Correct it."
        raise RenewalError(msg, field="reserves_on")
    if monthly_costs is not None and monthly_costs <= 0:
        raise RenewalError(
            "Costs a month are above zero. Correct the amount, or leave it out.", field="monthly_costs"
        )
