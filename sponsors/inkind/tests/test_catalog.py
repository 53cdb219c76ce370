"""Services: added, changed, named by providers, replaceable, retired and running again."""

from datetime import date
from decimal import Decimal

import pytest

from sponsors.inkind.models import Alternative, ServiceKey
from sponsors.inkind.services import catalog
from sponsors.inkind.services.texts import optional_text
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.supplying import refused, valued

pytestmark = pytest.mark.django_db
GIVEN = {
    "name": "Files",
    "slug": "files",
    "purpose": "Serves every file of the index.",
    "provider": "fastly",
    "criticality": "critical",
}


def test_a_service_is_added_and_changed_but_its_slug_stays(infrastructure):
    service = catalog.add_service(actor=infrastructure, **{**GIVEN, "name": "  Files "}, dependents="Users")
    assert (service.name, service.slug, service.dependents) == ("Files", "files", "Users")
    given = {key: value for key, value in GIVEN.items() if key != "slug"}
    changed = catalog.change_service(
        actor=infrastructure, service=service, **{**given, "name": "All files", "dependents": ""}
    )
    assert (changed.pk, changed.name, changed.slug) == (service.pk, "All files", "files")
    again = catalog.change_service(
        actor=infrastructure, service=changed, **{**given, "name": "All files", "dependents": ""}
    )
    assert again.name == "All files"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "required", "name"),
        ({"name": "x" * 101}, "too_long", "name"),
        ({"purpose": "a\u202eb"}, "unreadable", "purpose"),
        ({"slug": "No slug"}, "slug_invalid", "slug"),
        ({"slug": "s" * 61}, "too_long", "slug"),
        ({"provider": "nobody"}, "unknown_choice", "provider"),
        ({"criticality": "somewhat"}, "unknown_choice", "criticality"),
        ({"name": "Mirror"}, "service_exists", "name"),
        ({"slug": "mirror"}, "service_exists", "slug"),
    ],
)
def test_what_is_no_service_is_refused_with_the_field(infrastructure, changes, code, field):
    factories.service("mirror")
    refused(catalog.add_service, code, field, actor=infrastructure, **{**GIVEN, **changes})


def test_a_changed_name_must_be_free(infrastructure):
    factories.service("mirror")
    given = {key: value for key, value in GIVEN.items() if key != "slug"} | {"name": "Mirror"}
    refused(
        catalog.change_service,
        "service_exists",
        "name",
        actor=infrastructure,
        service=factories.service(),
        dependents="",
        **given,
    )


def test_a_name_at_a_provider_is_of_one_service(infrastructure):
    files, mirror = factories.service(), factories.service("mirror")
    key = catalog.add_key(actor=infrastructure, service=files, provider="fastly", external_id=" SU1 ")
    assert key.external_id == "SU1"
    same = catalog.add_key(actor=infrastructure, service=files, provider="fastly", external_id="SU1")
    assert same == key
    given = {"actor": infrastructure, "service": mirror, "provider": "fastly", "external_id": "SU1"}
    assert "Fastly calls Files SU1" in refused(catalog.add_key, "key_is_taken", "external_id", **given)
    assert catalog.add_key(**{**given, "provider": "cloudflare"}).service == mirror
    for _ in range(2):
        assert catalog.remove_key(actor=infrastructure, key=key) == files
    assert catalog.add_key(**given).service == mirror
    assert ServiceKey.objects.count() == 2
    refused(catalog.add_key, "unknown_choice", "provider", **{**given, "provider": "x"})


def test_an_alternative_is_replaced_by_its_name(infrastructure):
    service, card = factories.service(), factories.rate_card().card
    first = catalog.set_alternative(
        actor=infrastructure,
        service=service,
        name="Volume network",
        card=card,
        months_to_move=6,
        shed_percent=Decimal("12.50"),
        notes="Without TLS 1.0",
    )
    second = catalog.set_alternative(actor=infrastructure, service=service, name="Volume network")
    assert (second.pk, second.card, second.months_to_move) == (first.pk, None, 0)
    for _ in range(2):
        assert catalog.remove_alternative(actor=infrastructure, alternative=second) == service
    assert not Alternative.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": ""}, "required", "name"),
        ({"months_to_move": 121}, "months_out_of_reach", "months_to_move"),
        ({"months_to_move": -1}, "months_out_of_reach", "months_to_move"),
        ({"shed_percent": Decimal(101)}, "percent_out_of_reach", "shed_percent"),
        ({"shed_percent": Decimal("0.001")}, "percent_out_of_reach", "shed_percent"),
        ({"notes": "x" * 10_001}, "too_long", "notes"),
    ],
)
def test_an_impossible_alternative_is_refused(infrastructure, changes, code, field):
    given = {"actor": infrastructure, "service": factories.service(), "name": "Elsewhere"} | changes
    refused(catalog.set_alternative, code, field, **given)


def test_a_retired_service_is_supplied_until_its_day_and_may_run_again(infrastructure):
    service = factories.service()
    supply = factories.supplied(service)
    retired = catalog.retire_service(actor=infrastructure, service=service, retired_on=date(2025, 7, 1))
    supply.refresh_from_db()
    assert retired.retired_on == supply.ends_before == date(2025, 7, 1)
    later = catalog.retire_service(actor=infrastructure, service=service, retired_on=date(2026, 1, 1))
    supply.refresh_from_db()
    assert (later.retired_on, supply.ends_before) == (date(2026, 1, 1), date(2025, 7, 1))
    running = catalog.run_again(actor=infrastructure, service=service)
    assert running.retired_on is None
    refused(catalog.run_again, "not_retired", "retired_on", actor=infrastructure, service=service)


def test_a_service_is_not_retired_before_somebody_begins_to_supply_it(infrastructure):
    service = factories.service()
    factories.supplied(service, starts_on=date(2025, 1, 1))
    given = {"actor": infrastructure, "service": service}
    day = date(2025, 1, 1)
    told = refused(catalog.retire_service, "supplied_later", "retired_on", **given, retired_on=day)
    assert "from 2025-01-01 on" in told
    refused(catalog.retire_service, "date_out_of_reach", "retired_on", **given, retired_on=date(1800, 1, 1))


def test_an_optional_text_may_be_empty():
    assert optional_text("  ", "note", "notes", longest=1) == ""


def test_a_service_is_not_retired_before_the_end_of_what_is_valued_with_it(infrastructure):
    supply = factories.supplied(factories.service())
    assert supply.line is not None
    valued(supply.line, date(2024, 3, 1))
    given = {"actor": infrastructure, "service": supply.service}
    told = refused(
        catalog.retire_service, "valued_already", "retired_on", **given, retired_on=date(2024, 3, 1)
    )
    assert "2024-03 of “CDN for the package index” is valued with Files" in told
    catalog.retire_service(**given, retired_on=date(2024, 4, 1))
    supply.refresh_from_db()
    assert supply.ends_before == date(2024, 4, 1)
