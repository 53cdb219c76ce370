"""The valuation on paper: the same as on screen, and the same bytes for the same facts."""

from decimal import Decimal

import pytest

from foundation.uploads.pdf import check_pdf
from sponsors.inkind import papers
from sponsors.inkind.papers import valuation_pdf
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tests.valuing import (
    approved,
    drafted,
    drafted_gift,
    metered_line,
    treasurer,
    with_policy,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(monkeypatch):
    """Keep what the layout was given."""
    given: dict[str, object] = {}

    def keep(layout, data, *, made_at):
        given.update(data, made_at=made_at)
        return b""

    monkeypatch.setattr(papers, "render_pdf", keep)
    return given


def test_the_same_valuation_gives_the_same_pdf():
    line = with_policy(metered_line(), discount_percent=Decimal(5), discount_basis="Every nonprofit gets it.")
    valuation = approved(drafted(line))
    services.add_evidence(
        actor=treasurer(), valuation=valuation, content=b"a,b\n1,2\n", file_name="invoice.csv"
    )
    first = valuation_pdf(valuation)
    check_pdf(first)
    assert valuation_pdf(valuation) == first


def test_it_says_steps_sums_use_and_evidence(said):
    line = with_policy(metered_line(), discount_percent=Decimal(5), discount_basis="Every nonprofit gets it.")
    valuation_pdf(approved(drafted(line)))
    assert said["title"] == "Valuation of March 2024"
    assert ["Discount", "5%: Every nonprofit gets it."] in said["facts"]
    assert [row[2] for row in said["range"]["rows"]] == ["USD 10,212.50", "USD 95,712.50", "USD 190,712.50"]
    assert [part["title"] for part in said["sums"]] == [
        "Base: List, version 1",
        "Low: Low, version 1",
        "High: High, version 1",
    ]
    assert said["sums"][0]["total"][-1] == "95,712.50"
    assert said["usage"]["rows"][0][2:] == ["1,000,000,000,000,000", "1,000,000,000"]
    assert "No file of evidence is kept." in said["remark"]


def test_a_draft_of_a_gift_has_one_sum_and_no_use(said):
    valuation_pdf(drafted_gift())
    assert [part["title"] for part in said["sums"]] == ["Base: Fair market value"]
    assert said["usage"]["rows"] == []
    assert ["Discount", "none that is widely available"] in said["facts"]
    assert said["made_at"].date().isoformat() == "2024-03-31"


def test_an_extrapolated_step_says_so(said):
    valuation = drafted_gift()
    for step in valuation.steps.all():
        step.is_published = False
    valuation.steps.model.objects.filter(valuation=valuation).delete()
    valuation.steps.create(
        estimate="base", position=1, label="Above 20 TB", currency="USD", amount=1000, is_published=False
    )
    valuation_pdf(valuation)
    assert said["sums"][0]["rows"][0][0] == "Above 20 TB (extrapolated)"
    assert said["range"]["rows"][1][3] == "yes"
