"""What traffic may take in energy: the sums, whose figures, and which of them are used."""

from decimal import Decimal
from importlib import import_module

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from foundation.api.tests.factories import api_client
from sponsors.directory.tests.races import at_once
from sponsors.inkind.models import EnergyFactor
from sponsors.inkind.rules import InKindError
from sponsors.inkind.rules.energy import Range, energy_for
from sponsors.inkind.selectors.energy import current_factor, energy_of
from sponsors.inkind.services.energy import add_energy_factor, use_energy_factor
from sponsors.inkind.tests.factories import energy_factor

KWH = Range(Decimal("0.01"), Decimal("0.03"), Decimal("0.06"))
GRAMS = Range(Decimal(50), Decimal(500), Decimal(700))
LIST = "admin:sponsors_energyfactor_changelist"


def added(actor, **given):
    values = {"name": "Networks", "kwh_per_gb": KWH, "gco2_per_kwh": GRAMS, "source": "A study", "year": 2024}
    return add_energy_factor(actor=actor, **{**values, **given})


# The sums --------------------------------------------------------------------------------------


def test_a_petabyte_is_a_million_decimal_gigabytes():
    energy = energy_for(10**15, KWH, GRAMS)
    assert energy.kwh == Range(Decimal(10_000), Decimal(30_000), Decimal(60_000))
    assert energy.kg_co2e == Range(Decimal(500), Decimal(15_000), Decimal(42_000))
    assert energy.sentence == "About 30 MWh (10 MWh to 60 MWh) and 15 t of CO₂e (500 kg to 42 t)."


figures = st.decimals(0, 100, places=4)
ranges = st.tuples(figures, figures, figures).map(lambda three: Range(*sorted(three)))


@given(st.integers(0, 10**18), st.integers(0, 10**18), ranges, ranges)
def test_ranges_stay_in_order_and_parts_add_up(one, other, kwh, grams):
    whole = energy_for(one + other, kwh, grams)
    parts = energy_for(one, kwh, grams), energy_for(other, kwh, grams)
    for name in ("kwh", "kg_co2e"):
        figure = getattr(whole, name)
        assert 0 <= figure.low <= figure.base <= figure.high
        for end in ("low", "base", "high"):
            of_parts = sum(getattr(getattr(part, name), end) for part in parts)
            assert abs(getattr(figure, end) - of_parts) <= Decimal("1e-9") * (1 + of_parts)


# Which factor ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_shipped_factor_is_within_what_the_service_takes_and_names_its_sources(infrastructure):
    shipped = EnergyFactor.objects.get()
    assert shipped.is_current
    assert shipped == current_factor()
    for word in ("10.1111/jiec.12630", "2015", "European Commission", "Ember", "2023"):
        assert word in shipped.source
    assert "0.0075" in import_module("sponsors.migrations.0009_watch_and_energy").PUBLISHED
    month = energy_of(66 * 10**15)
    assert month is not None
    assert month.sentence.startswith(
        "About 1.98 GWh (495 MWh to 3.96 GWh) and 952 t of CO₂e (27.7 t to 2.82 kt). "
        "An estimate by “Fixed networks, grids of 2023”, 2023: kWh/GB: Aslan et al. 2018"
    )
    assert month.sentence.endswith("world 481, India 713).")


@pytest.mark.django_db
def test_without_a_factor_nothing_is_estimated():
    EnergyFactor.objects.update(is_current=False)
    assert energy_of(10**15) is None


@pytest.mark.django_db
def test_a_factor_is_added_and_used_by_name(infrastructure):
    factor = added(infrastructure)
    assert not factor.is_current
    estimate = energy_of(10**15, factor)
    assert estimate is not None
    assert estimate.factor == factor
    used = use_energy_factor(actor=infrastructure, factor=factor)
    assert used.is_current
    assert EnergyFactor.objects.current().get() == factor
    assert use_energy_factor(actor=infrastructure, factor=factor).updated_at == used.updated_at


@pytest.mark.django_db(transaction=True)
def test_two_people_who_choose_at_once_leave_one_factor_in_use(infrastructure):
    factors = [energy_factor("One"), energy_factor("Two")]
    at_once(*(lambda f=factor: use_energy_factor(actor=infrastructure, factor=f) for factor in factors))
    assert EnergyFactor.objects.current().count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"name": " "}, "name", "The name is missing"),
        ({"source": ""}, "source", "The source is missing"),
        ({"year": 1889}, "year", "from 1990 to 2099"),
        (
            {"kwh_per_gb": Range(Decimal(-1), Decimal(0), Decimal(1))},
            "kwh_per_gb_low",
            "from 0 to below 1,000",
        ),
        ({"kwh_per_gb": Range(Decimal(0), Decimal(0), Decimal(1000))}, "kwh_per_gb_high", "below 1,000"),
        (
            {"gco2_per_kwh": Range(Decimal(0), Decimal("0.001"), Decimal(1))},
            "gco2_per_kwh",
            "at most 2 decimals",
        ),
        ({"kwh_per_gb": Range(Decimal(2), Decimal(1), Decimal(3))}, "kwh_per_gb_low", "low energy is above"),
        (
            {"gco2_per_kwh": Range(Decimal(1), Decimal(3), Decimal(2))},
            "gco2_per_kwh_high",
            "high emission is below",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_field(infrastructure, wrong, field, words):
    with pytest.raises(InKindError, match=words) as caught:
        added(infrastructure, **wrong)
    assert caught.value.field == field


@pytest.mark.django_db
def test_a_name_stands_once(infrastructure):
    added(infrastructure)
    with pytest.raises(InKindError, match="with this name already"):
        added(infrastructure)


# Edges -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_infrastructure_adds_a_factor_on_its_page_and_uses_it(signed_in, infrastructure):
    client = signed_in(infrastructure)
    sent = {
        "name": "Networks",
        "kwh_per_gb_low": "0.01",
        "kwh_per_gb": "0.03",
        "kwh_per_gb_high": "0.06",
        "gco2_per_kwh_low": "50",
        "gco2_per_kwh": "500",
        "gco2_per_kwh_high": "700",
        "source": "A study",
        "year": "2024",
    }
    page = client.post(reverse("admin:sponsors_energyfactor_add"), sent, follow=True).content.decode()
    factor = EnergyFactor.objects.get(name="Networks")
    assert "An example: 1 PB delivered to users. About 30 MWh (10 MWh to 60 MWh)" in page
    assert "Use on dashboards" in page
    done = client.post(f"/admin/sponsors/energyfactor/{factor.pk}/do/use/", follow=True).content.decode()
    assert "Dashboards estimate energy by Networks from now on." in done
    rows = client.get(reverse(LIST)).content.decode()
    assert "0.03 (0.01 to 0.06)" in rows
    assert "500 (50 to 700)" in rows
    refused = client.post(
        reverse("admin:sponsors_energyfactor_add"), {**sent, "name": "B", "kwh_per_gb_low": "0.04"}
    )
    assert "The low energy is above the one expected" in refused.content.decode()


@pytest.mark.django_db
def test_a_factor_is_added_and_used_over_the_api(infrastructure):
    client = api_client(infrastructure)
    sent = {
        "name": "Networks",
        "kwh_per_gb_low": "0.01",
        "kwh_per_gb": "0.03",
        "kwh_per_gb_high": "0.06",
        "gco2_per_kwh_low": "50",
        "gco2_per_kwh": "500",
        "gco2_per_kwh_high": "700",
        "source": "A study",
        "year": 2024,
    }
    made = client.post("/api/v1/energy-factors/", sent)
    assert made.status_code == 201
    assert (made.json()["kwh_per_gb"], made.json()["is_current"]) == ("0.030000", False)
    assert client.post(f"{made['Location']}use/").json()["is_current"]
    listed = client.get("/api/v1/energy-factors/?is_current=true").json()["results"]
    assert [row["name"] for row in listed] == ["Networks"]
    wrong = client.post("/api/v1/energy-factors/", {**sent, "name": "B", "gco2_per_kwh_high": "1"})
    assert (wrong.status_code, wrong.json()["errors"][0]["attr"]) == (400, "gco2_per_kwh_high")
