"""Writing over a draft: the plan it was made by, and what is wrong said where it is seen."""

from datetime import date
from decimal import Decimal

import pytest

from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import Frequency, Plan, Shape
from sponsors.commitments.services import revise_draft
from sponsors.commitments.tests.factories import colleague, drafted_commitment, proposed_commitment
from sponsors.commitments.tests.test_admin_commitments import cash, draft_form, page, rows, sentences

pytestmark = pytest.mark.django_db

THREE_YEARS = {"starts_on": "2024-01-01", "ends_on": "2026-12-31"}
QUARTERLY = Plan(Shape.FRONT_LOADED, Frequency.QUARTERLY, date(2024, 1, 31))
PLAN = ("shape", "frequency", "first_due_on")


@pytest.fixture
def browser(signed_in, fundraiser):
    return signed_in(fundraiser)


def preselected(browser, draft):
    form = browser.get(page(draft)).context["adminform"].form
    return tuple(form[name].value() for name in PLAN)


def written_over(draft: Commitment, *, amount="1000", **changes):
    """Return the form of a draft as its page posts it, with another amount of its line."""
    parts = [
        {"id": str(row.pk), "due_on": row.due_on.isoformat(), "amount": str(row.amount)}
        for row in draft.installments.order_by("due_on", "pk")
    ]
    form = draft_form(draft.sponsor, **THREE_YEARS, **changes)
    form |= rows("lines", {**cash(amount), "id": str(draft.lines.get().pk)}, existing=1)
    return form | rows("installments", *parts, existing=len(parts))


@pytest.mark.parametrize("plan", [QUARTERLY, Plan(Shape.EQUAL, Frequency.YEARLY, date(2024, 3, 1))])
def test_the_plan_of_a_draft_is_found_again(browser, plan):
    draft = drafted_commitment(years=3, schedule=plan)
    assert preselected(browser, draft) == (plan.shape, plan.frequency, plan.first_due_on)


def test_dates_of_their_own_stay_custom(browser):
    parts = [(date(2024, 1, 1), Decimal(100_000)), (date(2024, 5, 2), Decimal(80_000))]
    assert preselected(browser, drafted_commitment(years=3, schedule=parts))[0] == Shape.CUSTOM


def test_another_amount_is_spread_by_the_same_plan(browser):
    draft = drafted_commitment(years=3, schedule=QUARTERLY)
    plan = dict(zip(PLAN, preselected(browser, draft), strict=True))
    answer = browser.post(page(draft), written_over(draft, amount="360000", **plan))
    assert answer.status_code == 302, sentences(answer)
    dues = list(draft.installments.values_list("due_on", "amount"))
    assert len(dues) == 12
    assert sum(amount for _day, amount in dues) == 360_000


def test_a_plan_takes_no_installment_away_that_was_written_over(browser):
    draft = drafted_commitment(years=3)
    form = written_over(draft, amount="180000") | {"installments-0-due_on": "2024-02-01"}
    answer = browser.post(page(draft), form)
    assert "Choose “Custom dates and amounts” here to keep it, or leave it as it was." in sentences(answer)
    assert draft.installments.earliest("due_on").due_on == date(2024, 1, 1)


def test_what_is_wrong_stands_before_all_facts_and_once(browser):
    draft = drafted_commitment(years=3)
    answer = browser.post(page(draft), written_over(draft, shape="custom")).text
    wrong = "The installments sum to USD 180,000.00, but the cash lines to USD 1,000.00. Make them equal: change one"
    assert answer.count(wrong) == 1
    assert answer.index("Nothing was saved.") < answer.index(wrong) < answer.index("What you can do")
    assert "Correct what is marked below" not in answer


def test_signing_does_not_deny_amendments(browser):
    shown = browser.get(page(proposed_commitment(), "do/sign/"))
    assert "changed only by amendments from then on" in shown.text


@pytest.mark.parametrize("theirs", [{"notes": "Theirs"}, {"schedule": QUARTERLY}], ids=["notes", "schedule"])
def test_a_page_that_a_colleague_changed_meanwhile_is_saved_at_the_second_try(browser, theirs):
    draft = drafted_commitment(years=3, yearly_amount=1000)
    mine = list(draft.installments.values_list("due_on", "amount"))
    read = browser.get(page(draft)).context["read_version"]
    form = written_over(draft, amount="3000", shape="custom", title="Mine") | {"_read_version": read}
    revise_draft(actor=colleague(), commitment=draft, **theirs)

    refused = browser.post(page(draft), form)
    assert "was changed after you opened the page" in sentences(refused)
    assert Commitment.objects.get().title != "Mine"

    form["_read_version"] = refused.context["read_version"]
    answer = browser.post(page(draft), form)
    assert answer.status_code == 302, sentences(answer)
    assert Commitment.objects.get().title == "Mine"
    assert list(draft.installments.values_list("due_on", "amount")) == mine
