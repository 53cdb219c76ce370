"""What a gift in kind promises in quantities, and that it stays with the line it is about."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sponsors.commitments.services import revise_draft, withdraw
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    drafted_commitment,
    in_kind_line,
)
from sponsors.inkind.models import GiftTerms
from sponsors.inkind.services import gift_terms
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.supplying import refused, replaced

pytestmark = pytest.mark.django_db


def terms_of(actor, line, **changes):
    given: dict[str, Any] = {"unit": "terabyte", "per": "month", "quantity": Decimal(60_000)} | changes
    return gift_terms.set_gift_terms(actor=actor, line=line, **given)


def test_terms_are_set_and_replaced(infrastructure):
    line = factories.gift_line()
    first = terms_of(infrastructure, line, ceiling=Decimal(70_000), discount_percent=Decimal(100))
    second = terms_of(
        infrastructure, line, per="as_used", quantity=None, notice_days=180, terms_of_use=" Fair "
    )
    assert (second.pk, second.quantity, second.ceiling) == (first.pk, None, None)
    assert (second.notice_days, second.terms_of_use, second.discount_percent) == (180, "Fair", None)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"unit": "gigabyte"}, "unknown_choice", "unit"),
        ({"per": "week"}, "unknown_choice", "per"),
        ({"per": "as_used"}, "quantity_without_time", "quantity"),
        ({"quantity": None}, "quantity_missing", "quantity"),
        ({"quantity": Decimal(0)}, "quantity_out_of_reach", "quantity"),
        ({"ceiling": Decimal(10) ** 20}, "quantity_out_of_reach", "ceiling"),
        ({"quantity": Decimal("0.00001")}, "quantity_not_exact", "quantity"),
        ({"ceiling": Decimal(59_999)}, "ceiling_below_promise", "ceiling"),
        ({"discount_percent": Decimal(101)}, "percent_out_of_reach", "discount_percent"),
        ({"notice_days": 3651}, "notice_out_of_reach", "notice_days"),
    ],
)
def test_impossible_terms_are_refused_with_the_field(infrastructure, changes, code, field):
    line = factories.gift_line()
    refused(lambda **given: terms_of(infrastructure, line, **given), code, field, **changes)
    assert not GiftTerms.objects.exists()


def test_only_a_line_in_kind_that_stands_has_terms(infrastructure):
    draft = drafted_commitment(lines=[cash_line(5), in_kind_line(5)])
    refused(lambda: terms_of(infrastructure, draft.lines.get(kind="cash")), "line_is_cash", "line")
    gift = draft.lines.get(kind="in_kind")
    terms_of(infrastructure, gift)
    withdraw(actor=colleague(), commitment=draft, reason="Not now", today=date(2024, 1, 2))
    told = refused(lambda: terms_of(infrastructure, gift), "commitment_is_closed", "line")
    assert "is withdrawn: what it promised stays" in told
    line = factories.gift_line()
    replaced(line)
    refused(lambda: terms_of(infrastructure, line), "line_is_removed", "line")


def test_terms_stay_with_the_line_of_a_draft_that_is_revised(infrastructure):
    draft = drafted_commitment(lines=[in_kind_line(5), in_kind_line(7, category="ci"), cash_line(600)])
    cdn, ci, cash = draft.lines.order_by("position")
    terms_of(infrastructure, cdn)
    terms_of(infrastructure, ci, unit="minute")
    revise_draft(
        actor=colleague(),
        commitment=draft,
        lines=[cash_line(600), in_kind_line(8), in_kind_line(9, category="venue")],
    )
    rows = list(draft.lines.order_by("position"))
    assert [row.pk for row in rows[:2]] == [cash.pk, cdn.pk]
    assert [row.amount for row in rows] == [600, 8, 9]
    assert GiftTerms.objects.get().line == cdn
    revise_draft(actor=colleague(), commitment=draft, lines=[cash_line(600)])
    assert [row.pk for row in draft.lines.all()] == [cash.pk]
    assert not GiftTerms.objects.exists()
