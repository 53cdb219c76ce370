"""Who supplies a service, one a day, and under which gift."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sponsors.commitments.services import terminate
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    drafted_commitment,
    in_kind_line,
    signed_commitment,
)
from sponsors.directory.rules import SponsorIsMerged
from sponsors.directory.services import merge_sponsors
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.directory.tests.races import at_once
from sponsors.inkind.models import GiftTerms, Service, Supply
from sponsors.inkind.services import catalog, gift_terms, supplies
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.supplying import SECOND, refused, replaced, valued

pytestmark = pytest.mark.django_db
FIRST = date(2024, 1, 1)


def test_one_sponsor_follows_another_when_told_so(infrastructure):
    service, line = factories.service(), factories.gift_line()
    given = {"actor": infrastructure, "service": service, "sponsor": line.commitment.sponsor}
    first = supplies.supply_service(**given, starts_on=FIRST, line=line)
    assert supplies.supply_service(**given, starts_on=FIRST, line=line) == first
    follower = given | {"sponsor": SponsorFactory(name="Borealis"), "starts_on": SECOND}
    told = refused(supplies.supply_service, "supplied_already", "starts_on", **follower)
    assert (
        f"{line.commitment.sponsor} supplies Files from 2024-01-01 on already. End that by 2024-12-31" in told
    )
    second = supplies.supply_service(**follower, ends_present=True)
    first.refresh_from_db()
    assert (first.ends_before, first.ends_on) == (SECOND, date(2024, 12, 31))
    assert (second.sponsor.name, second.line) == ("Borealis", None)
    earlier = given | {"starts_on": date(2024, 6, 1), "ends_before": date(2024, 7, 1), "ends_present": True}
    told = refused(supplies.supply_service, "supplied_already", "starts_on", **earlier)
    assert "to 2024-12-31 already. Choose a later day" in told


def test_days_must_be_days_of_a_supply(infrastructure):
    given = {"actor": infrastructure, "service": factories.service(), "sponsor": SponsorFactory()}
    for starts_on, ends_before, code, field in (
        (date(1989, 1, 1), None, "date_out_of_reach", "starts_on"),
        (FIRST, date(2100, 1, 1), "date_out_of_reach", "ends_before"),
        (FIRST, FIRST, "ends_before_start", "ends_before"),
    ):
        refused(supplies.supply_service, code, field, **given, starts_on=starts_on, ends_before=ends_before)
    assert not Supply.objects.exists()


def test_nobody_supplies_a_retired_service(infrastructure):
    service = factories.service()
    catalog.retire_service(actor=infrastructure, service=service, retired_on=SECOND)
    given = {"actor": infrastructure, "service": service, "sponsor": SponsorFactory(), "starts_on": FIRST}
    refused(supplies.supply_service, "service_is_retired", "starts_on", **given)
    supply = supplies.supply_service(**given, ends_before=SECOND)
    for day in (None, date(2025, 2, 1)):
        refused(
            supplies.end_supply,
            "service_is_retired",
            "ends_before",
            actor=infrastructure,
            supply=supply,
            ends_before=day,
        )


def test_a_merged_sponsor_supplies_nothing(infrastructure, fundraiser):
    kept, absorbed = SponsorFactory(), SponsorFactory()
    merge_sponsors(actor=fundraiser, kept=kept, absorbed=absorbed, reason="The same.")
    with pytest.raises(SponsorIsMerged):
        supplies.supply_service(
            actor=infrastructure, service=factories.service(), sponsor=absorbed, starts_on=FIRST
        )


def test_the_line_is_a_gift_in_kind_that_the_sponsor_promised(infrastructure):
    service, line = factories.service(), factories.gift_line()
    sponsor = line.commitment.sponsor
    mixed = signed_commitment(sponsor, years=1, starts_on=FIRST, lines=[cash_line(5), in_kind_line(5)])
    draft = drafted_commitment(sponsor, lines=[in_kind_line(5)])
    gone = factories.gift_line(sponsor)
    replaced(gone)
    closed = factories.gift_line(sponsor)
    terminate(
        actor=colleague(),
        commitment=closed.commitment,
        closed_on=date(2024, 7, 1),
        reason="Sold",
        today=date(2024, 8, 1),
    )
    given = {"actor": infrastructure, "service": service, "sponsor": sponsor}
    for wrong, day, code in (
        (mixed.lines.get(kind="cash"), FIRST, "line_is_cash"),
        (factories.gift_line(), FIRST, "line_of_another_sponsor"),
        (draft.lines.get(), FIRST, "commitment_not_firm"),
        (gone, SECOND, "line_is_removed"),
        (closed, date(2024, 7, 1), "outside_the_commitment"),
        (line, FIRST - timedelta(days=1), "outside_the_commitment"),
        (line, date(2029, 1, 1), "outside_the_commitment"),
    ):
        refused(supplies.supply_service, code, "line", **given, line=wrong, starts_on=day)
    assert supplies.supply_service(**given, line=closed, starts_on=date(2024, 6, 30)).line == closed


def test_a_supply_ends_and_goes_on_again(infrastructure):
    service = factories.service()
    supply = factories.supplied(service)
    given = {"actor": infrastructure, "supply": supply}
    for _ in range(2):
        assert supplies.end_supply(**given, ends_before=SECOND).ends_before == SECOND
    assert supplies.end_supply(**given, ends_before=None).ends_before is None
    supplies.end_supply(**given, ends_before=SECOND)
    factories.supplied(service, starts_on=SECOND)
    told = refused(supplies.end_supply, "supplied_already", "ends_before", **given, ends_before=None)
    assert "supplies Files from 2025-01-01 on already" in told
    refused(supplies.end_supply, "ends_before_start", "ends_before", **given, ends_before=FIRST)


def test_months_that_are_valued_keep_their_supply(infrastructure):
    supply = factories.supplied(factories.service())
    valued(supply.line, date(2024, 3, 1))
    given = {"actor": infrastructure, "supply": supply}
    told = refused(supplies.end_supply, "valued_already", "supply", **given, ends_before=date(2024, 2, 10))
    assert "2024-03 of “CDN for the package index” is valued with Files" in told
    refused(supplies.remove_supply, "valued_already", "supply", **given)
    refused(supplies.put_under_line, "valued_already", "supply", **given, line=None)
    ended = supplies.end_supply(**given, ends_before=date(2024, 3, 20))
    assert ended.ends_on == date(2024, 3, 19)
    refused(supplies.remove_supply, "valued_already", "supply", actor=infrastructure, supply=ended)


def test_a_supply_recorded_by_mistake_is_taken_away_once(infrastructure):
    supply = factories.supplied(factories.service())
    for _ in range(2):
        assert supplies.remove_supply(actor=infrastructure, supply=supply) == supply.service
    assert not Supply.objects.exists()
    refused(
        supplies.end_supply,
        "supply_is_gone",
        "supply",
        actor=infrastructure,
        supply=supply,
        ends_before=SECOND,
    )


def test_what_was_given_before_it_was_signed_stays_under_no_line(infrastructure):
    line = factories.gift_line()
    given = {"actor": infrastructure, "service": factories.service(), "sponsor": line.commitment.sponsor}
    supply = supplies.supply_service(**given, starts_on=date(2014, 1, 1))
    under = {"actor": infrastructure, "supply": supply, "line": line}
    refused(supplies.put_under_line, "outside_the_commitment", "line", **under)
    refused(supplies.put_under_line, "outside_the_supply", "starts_on", **under, starts_on=date(2013, 1, 1))
    part = supplies.put_under_line(**under, starts_on=FIRST)
    supply.refresh_from_db()
    assert (supply.ends_before, supply.line, part.starts_on, part.line) == (FIRST, None, FIRST, line)
    told = refused(
        supplies.put_under_line, "outside_the_supply", "starts_on", **under, starts_on=date(2024, 2, 1)
    )
    assert "from 2014-01-01 to 2023-12-31" in told
    again = supplies.put_under_line(actor=infrastructure, supply=part, line=line)
    assert again == part
    assert supplies.put_under_line(actor=infrastructure, supply=part, line=None).line is None


@pytest.mark.parametrize("has_terms", [True, False], ids=["new line has terms", "new line has none"])
def test_a_supply_moves_to_the_line_that_replaced_its_own_with_its_terms(infrastructure, has_terms):
    line = factories.gift_line()
    service = factories.service()
    supply = factories.supplied(service, line)
    terms: dict[str, Any] = {"actor": infrastructure, "unit": "terabyte", "per": "month"}
    gift_terms.set_gift_terms(**terms, line=line, quantity=Decimal(60_000), ceiling=Decimal(70_000))
    new = replaced(line)
    if has_terms:
        gift_terms.set_gift_terms(**terms, line=new, quantity=Decimal(80_000))
    day = date(2025, 3, 1)
    assert Service.objects.without_standing_line(day).get() == service
    part = supplies.put_under_line(actor=infrastructure, supply=supply, line=new, starts_on=SECOND)
    supply.refresh_from_db()
    assert (supply.line, supply.ends_before, part.line, part.starts_on) == (line, SECOND, new, SECOND)
    assert not Service.objects.without_standing_line(day).exists()
    assert GiftTerms.objects.get(line=new).quantity == (80_000 if has_terms else 60_000)
    assert GiftTerms.objects.get(line=line).quantity == 60_000


def test_terms_are_carried_within_a_commitment_only(infrastructure):
    line = factories.gift_line()
    supply = factories.supplied(factories.service(), line)
    replaced(line)
    other = factories.gift_line(line.commitment.sponsor)
    assert supplies.put_under_line(actor=infrastructure, supply=supply, line=other).line == other
    assert not GiftTerms.objects.exists()


def test_services_without_supplier_and_without_line_are_found():
    supplied, alone, retired = (factories.service(name) for name in ("files", "alone", "retired"))
    factories.supplied(supplied)
    Service.objects.filter(pk=retired.pk).update(retired_on=SECOND)
    day = date(2025, 6, 1)
    assert list(Service.objects.without_supplier(day)) == [alone]
    assert list(Service.objects.without_standing_line(day)) == []
    assert list(Service.objects.without_standing_line(date(2029, 1, 1))) == [supplied]


def test_silence_is_told_of_services_that_had_usage_or_have_a_key(infrastructure):
    used, named = factories.service(), factories.service("named")
    factories.service("unmetered")
    factories.month_of_use(used, date(2024, 3, 1))
    catalog.add_key(actor=infrastructure, service=named, provider="fastly", external_id="SU2")
    assert set(Service.objects.silent(date(2024, 4, 3))) == {named}
    assert set(Service.objects.silent(date(2024, 4, 4))) == {used, named}


@pytest.mark.django_db(transaction=True)
def test_two_people_who_name_two_suppliers_of_one_service_record_one(infrastructure):
    service = factories.service()
    sponsors = SponsorFactory(), SponsorFactory()
    results = at_once(
        *(
            lambda s=sponsor: supplies.supply_service(
                actor=infrastructure, service=service, sponsor=s, starts_on=FIRST
            )
            for sponsor in sponsors
        )
    )
    assert sorted(type(result).__name__ for result in results) == ["InKindError", "Supply"]
    assert Supply.objects.count() == 1


def test_a_supply_that_begins_within_a_valued_month_is_neither_removed_nor_moved_whole(infrastructure):
    supply = factories.supplied(factories.service(), starts_on=date(2024, 3, 10))
    assert supply.line is not None
    valued(supply.line, date(2024, 3, 1))
    given = {"actor": infrastructure, "supply": supply}
    refused(supplies.remove_supply, "valued_already", "supply", **given)
    refused(supplies.put_under_line, "valued_already", "supply", **given, line=None)
    part = supplies.put_under_line(**given, line=None, starts_on=date(2024, 3, 20))
    assert (part.line, part.starts_on) == (None, date(2024, 3, 20))
