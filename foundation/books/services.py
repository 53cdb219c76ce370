"""The organization's profile and its funds."""

import zoneinfo
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.text import capfirst

from foundation.audit.actions import action
from foundation.books.closing import hold_closings
from foundation.books.models import Fund, Organization
from foundation.errors import Conflict, RuleViolation
from foundation.money.rules import currency_codes

if TYPE_CHECKING:
    from foundation.people.models import User


_REPORTED_BY = ("base_currency", "fiscal_year_start_month", "oldest_rate_days")


class ProfileNotAccepted(RuleViolation):
    code = "profile_invalid"


class FundNotAccepted(RuleViolation):
    code = "fund_invalid"


class FundCodeTaken(Conflict):
    code = "fund_code_taken"


@action("organization.change")
def change_organization(
    *,
    actor: "User | None",  # recorded by @action
    name: str,
    legal_name: str,
    address: str,
    tax_id: str,
    website: str,
    contact_email: str,
    base_currency: str,
    time_zone: str,
    fiscal_year_start_month: int,
    oldest_rate_days: int = 7,
    payment_instructions: str = "",
) -> Organization:
    """Write the profile, the first time too.

    What figures of closed time were reported by stays as it is. Raises ProfileNotAccepted.
    """
    if not name.strip():
        raise ProfileNotAccepted("Enter the foundation's name.", field="name")
    if base_currency not in currency_codes():
        raise ProfileNotAccepted("Choose a currency by its ISO code, such as USD.", field="base_currency")
    if time_zone not in zoneinfo.available_timezones():
        raise ProfileNotAccepted("Name a time zone such as Europe/Lisbon or UTC.", field="time_zone")
    if not 1 <= fiscal_year_start_month <= 12:  # noqa: PLR2004  # months of a year
        raise ProfileNotAccepted("Give a month from 1 to 12.", field="fiscal_year_start_month")
    if not 0 <= oldest_rate_days <= 31:  # noqa: PLR2004  # a month
        raise ProfileNotAccepted("Give a number of days from 0 to 31.", field="oldest_rate_days")
    Organization.objects.bulk_create([Organization(pk=1, name=name.strip())], ignore_conflicts=True)
    locked = Organization.objects.select_for_update().get(pk=1)
    values = {
        "name": name.strip(),
        "legal_name": legal_name.strip(),
        "address": address.strip(),
        "tax_id": tax_id.strip(),
        "website": website.strip(),
        "contact_email": contact_email.strip(),
        "base_currency": base_currency,
        "time_zone": time_zone,
        "fiscal_year_start_month": fiscal_year_start_month,
        "oldest_rate_days": oldest_rate_days,
        "payment_instructions": payment_instructions.strip(),
    }
    _check_reported(locked, values)
    for field, value in values.items():
        setattr(locked, field, value)
    locked.save(update_fields=list(values))
    return locked


def _check_reported(organization: Organization, values: Mapping[str, object]) -> None:
    """Raise ProfileNotAccepted when a change would say something else of time whose books are closed."""
    changed = next((name for name in _REPORTED_BY if values[name] != getattr(organization, name)), None)
    first = changed and hold_closings()
    if changed and first:
        label = capfirst(getattr(Organization._meta.get_field(changed), "verbose_name", changed))
        value = getattr(organization, f"get_{changed}_display", lambda: getattr(organization, changed))()
        msg = (
            f"The books before {first} are closed, and their figures were reported with "
            f"“{label}: {value}”. Leave it, or have an administrator open the books again first."
        )
        raise ProfileNotAccepted(msg, field=changed)


@action("fund.add")
def add_fund(
    *,
    actor: "User | None",  # recorded by @action
    code: str,
    name: str,
    restriction: str = Fund.Restriction.UNRESTRICTED,
    purpose: str = "",
    available_from: date | None = None,
) -> Fund:
    """Open a fund. Raises FundNotAccepted, or FundCodeTaken."""
    if not code.strip():
        raise FundNotAccepted("Give the fund a short code, such as general.", field="code")
    fund = Fund(code=code.strip(), **_fund_values(name, restriction, purpose, available_from))
    try:
        with transaction.atomic():
            fund.save()
    except IntegrityError as problem:
        raise FundCodeTaken("Another fund has this code. Choose a different one.", field="code") from problem
    return fund


@action("fund.change")
def change_fund(
    *,
    actor: "User | None",  # recorded by @action
    fund: Fund,
    name: str,
    restriction: str,
    purpose: str,
    available_from: date | None,
    is_open: bool,
) -> Fund:
    """Write everything but the code, which stays: other systems know the fund by it."""
    locked = Fund.objects.select_for_update().get(pk=fund.pk)
    values = {**_fund_values(name, restriction, purpose, available_from), "is_open": is_open}
    for field, value in values.items():
        setattr(locked, field, value)
    locked.save(update_fields=list(values))
    return locked


def _fund_values(
    name: str, restriction: str, purpose: str, available_from: date | None
) -> dict[str, str | date | None]:
    if not name.strip():
        raise FundNotAccepted("Give the fund a name.", field="name")
    if restriction not in Fund.Restriction.values:
        raise FundNotAccepted(
            f"Choose a restriction: {', '.join(Fund.Restriction.values)}.", field="restriction"
        )
    if restriction == Fund.Restriction.PURPOSE and not purpose.strip():
        raise FundNotAccepted("Say what money in this fund may be used for.", field="purpose")
    if restriction == Fund.Restriction.TIME and available_from is None:
        raise FundNotAccepted("Say from which day money in this fund may be used.", field="available_from")
    return {
        "name": name.strip(),
        "restriction": restriction,
        "purpose": purpose.strip(),
        "available_from": available_from,
    }
