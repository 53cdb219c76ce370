"""Funds and the organization's profile: every refusal has a sentence, and nothing is written."""

from datetime import date
from typing import Any

import pytest
from django.apps import apps

from foundation.books.models import Fund, Organization
from foundation.books.services import (
    FundCodeTaken,
    FundNotAccepted,
    ProfileNotAccepted,
    add_fund,
    change_fund,
    change_organization,
)

pytestmark = pytest.mark.django_db

PROFILE: dict[str, Any] = {
    "name": "Owl Foundation",
    "legal_name": "Owl Foundation, Inc.",
    "address": "1 Owl Road",
    "tax_id": "12-3456789",
    "website": "https://owl.example",
    "contact_email": "hello@owl.example",
    "base_currency": "EUR",
    "time_zone": "Europe/Lisbon",
    "fiscal_year_start_month": 7,
    "oldest_rate_days": 5,
}
FUND: dict[str, Any] = {
    "name": "General",
    "restriction": Fund.Restriction.UNRESTRICTED,
    "purpose": "",
    "available_from": None,
}


def test_profile_is_written_the_first_time_and_later(administrator):
    change_organization(actor=administrator, **PROFILE)
    change_organization(actor=administrator, **(PROFILE | {"name": "Owls"}))
    assert Organization.objects.get().name == "Owls"
    assert Organization.objects.get().zone.key == "Europe/Lisbon"
    event = apps.get_model("foundation", "OrganizationEvent").objects.latest("pgh_id")
    assert event.pgh_context["action"] == "organization.change"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("base_currency", "XXX"),
        ("time_zone", "Mars/Olympus"),
        ("fiscal_year_start_month", 0),
        ("fiscal_year_start_month", 13),
        ("oldest_rate_days", 32),
        ("oldest_rate_days", -1),
    ],
)
def test_profile_with_a_wrong_value_is_refused(administrator, field, value):
    with pytest.raises(ProfileNotAccepted) as refused:
        change_organization(actor=administrator, **(PROFILE | {field: value}))
    assert refused.value.field == field
    assert not Organization.objects.exists()


def test_fund_is_opened_and_closed(finance):
    fund = add_fund(actor=finance, code=" general ", name="General")
    assert fund.code == "general"
    changed = change_fund(actor=finance, fund=fund, **(FUND | {"name": "Common", "is_open": False}))
    assert (changed.name, changed.is_open, changed.code) == ("Common", False, "general")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"restriction": "odd"}, "restriction"),
        ({"restriction": "purpose", "purpose": " "}, "purpose"),
        ({"restriction": "time"}, "available_from"),
    ],
)
def test_fund_that_does_not_say_what_it_must_is_refused(finance, changes, field):
    with pytest.raises(FundNotAccepted) as refused:
        add_fund(actor=finance, code="f", **(FUND | changes))
    assert refused.value.field == field
    fund = add_fund(actor=finance, code="g", name="G")
    with pytest.raises(FundNotAccepted):
        change_fund(actor=finance, fund=fund, **(FUND | changes | {"is_open": True}))


def test_fund_needs_a_code_of_its_own(finance):
    with pytest.raises(FundNotAccepted, match="short code"):
        add_fund(actor=finance, code=" ", name="F")
    add_fund(actor=finance, code="f", name="F")
    with pytest.raises(FundCodeTaken, match="Another fund"):
        add_fund(actor=finance, code="f", name="Other")


def test_restricted_funds_say_what_for_and_from_when(finance):
    cdn = add_fund(actor=finance, code="cdn", name="CDN", restriction="purpose", purpose="Delivery")
    later = add_fund(
        actor=finance, code="later", name="Later", restriction="time", available_from=date(2027, 1, 1)
    )
    assert {cdn.restriction, later.restriction} == {"purpose", "time"}
