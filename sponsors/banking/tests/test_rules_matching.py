from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from sponsors.banking.rules import (
    BankLineNotOpen,
    Clue,
    Debt,
    LineAction,
    LineState,
    Recorded,
    names_in,
    next_state,
    possible,
    proposals_for,
)
from sponsors.banking.rules.lines import TRANSITIONS
from sponsors.banking.rules.matching import MOST_PROPOSALS, bare_name

DAY = date(2024, 2, 1)


def clue(amount=100, words="", payer=""):
    return Clue(Decimal(amount), "USD", DAY, payer, words)


def debt(
    *, sponsor=1, commitment=7, number="C-2024-0007", position=1, amount=100, remainder=None, currency="USD"
):
    return Debt(
        installment=commitment * 10 + position,
        label=f"{number}/{position}",
        commitment=commitment,
        number=number,
        sponsor=sponsor,
        currency=currency,
        amount=Decimal(amount),
        remainder=Decimal(amount if remainder is None else remainder),
        due_on=date(2024, position, 1),
    )


def propose(found, debts=(), recorded=(), named=(), known=()):
    return proposals_for(found, debts=debts, recorded=recorded, named=named, known=known)


@pytest.mark.parametrize("words", ["C-2026-0007", "for c 2026 0007.", "Inv/C20260007", "C/2026/0007"])
def test_a_number_is_found_as_people_write_it(words):
    assert names_in(words) == {"C-2026-0007"}


@pytest.mark.parametrize("words", ["", "ABC-2026-0007", "C-26-7", "2026-0007", "C-2026-00071234"])
def test_other_numbers_are_not_ours(words):
    assert names_in(words) == set()


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("ACME Cloud, Inc.", "acme cloud"),
        ("The Acme-Cloud GmbH & Co. KG", "acme cloud"),
        ("Inc.", "inc"),
        ("", ""),
    ],
)
def test_a_legal_form_is_no_name(name, bare):
    assert bare_name(name) == bare


def test_a_reference_and_the_amount_say_most():
    best, other = propose(
        clue(words="C-2024-0007"), [debt(), debt(sponsor=2, commitment=8, number="C-2024-0008")], named=[2]
    )
    assert (best.sponsor, best.commitment, best.reasons) == (
        1,
        7,
        ["the reference names C-2024-0007", "same amount as C-2024-0007/1"],
    )
    assert (other.sponsor, other.reasons) == (
        2,
        ["same amount as C-2024-0008/1", "the payer has the sponsor's name"],
    )
    assert best.score > other.score


def test_what_is_left_of_an_installment_is_told_from_the_whole():
    (found,) = propose(clue(40), [debt(remainder=40), debt(position=2)])
    assert found.reasons == ["what is left of C-2024-0007/1"]


def test_a_part_alone_is_no_reason_but_beside_a_name_it_is():
    assert propose(clue(30), [debt()]) == []
    (found,) = propose(clue(30), [debt()], known=[1])
    assert found.reasons == ["a part of C-2024-0007/1", "the payer paid for this sponsor before"]


def test_money_in_another_currency_fits_no_amount():
    (found,) = propose(clue(words="C-2024-0007"), [debt(currency="EUR")])
    assert found.reasons == ["the reference names C-2024-0007"]
    assert propose(clue(), [debt(amount=99)], named=[]) == []


def test_a_sponsor_without_an_open_installment_is_proposed_by_name():
    (found,) = propose(clue(), named=[3], known=[3])
    assert (found.sponsor, found.commitment, found.receipt) == (3, None, None)


def test_a_receipt_recorded_by_hand_near_the_day_comes_first():
    near = Recorded(5, "bank R-5", 1, "USD", Decimal(100), date(2024, 2, 9))
    far = Recorded(6, "bank R-6", 1, "USD", Decimal(100), date(2024, 3, 1))
    other = Recorded(7, "bank R-7", 1, "USD", Decimal(101), DAY)
    found = propose(clue(), [debt()], [near, far, other], named=[1])
    assert [(proposal.receipt, proposal.commitment) for proposal in found] == [(5, None), (None, 7)]
    assert found[0].reasons[0] == "recorded already on 2024-02-09 as bank R-5"


def test_what_is_recorded_already_comes_before_anything_the_reference_says():
    by_hand = Recorded(5, "bank R-5", 2, "USD", Decimal(100), DAY)
    found = propose(clue(words="C-2024-0007"), [debt()], [by_hand], named=[1], known=[1])
    assert [(proposal.receipt, proposal.commitment) for proposal in found] == [(5, None), (None, 7)]
    assert found[1].score > found[0].score


def test_few_proposals_are_made_and_always_in_one_order():
    debts = [debt(sponsor=n, commitment=n, number=f"C-2024-{n:04}") for n in range(9, 0, -1)]
    found = propose(clue(), debts)
    assert [proposal.sponsor for proposal in found] == list(range(1, MOST_PROPOSALS + 1))


def test_the_table_alone_moves_a_line():
    assert next_state(LineState.OPEN, LineAction.MATCH) == LineState.MATCHED
    for state in LineState:
        for action in LineAction:
            assert possible(state, action) == ((state, action) in TRANSITIONS)
            if not possible(state, action):
                with pytest.raises(BankLineNotOpen, match="This line cannot be decided like that now"):
                    next_state(state, action)


@pytest.mark.parametrize("words", ["INV-2026-0007", "inv 2026 0007", "Your Inv20260007."])
def test_the_number_of_an_invoice_is_found_too(words):
    assert names_in(words) == {"INV-2026-0007"}


def asked(**more):
    return replace(debt(**more), invoice=3, invoice_number="INV-2024-0003")


def test_an_invoice_that_the_reference_names_comes_before_its_commitment():
    debts = [debt(), asked(position=2, amount=60), asked(position=3, amount=40)]

    (found,) = propose(clue(words="INV-2024-0003"), debts)

    assert (found.invoice, found.commitment) == (3, 7)
    assert found.reasons == ["the reference names INV-2024-0003", "what is left of INV-2024-0003"]


@pytest.mark.parametrize(
    ("amount", "currency", "reasons"),
    [(50, "USD", ["a part of INV-2024-0003"]), (500, "USD", []), (100, "EUR", []), (50, "EUR", [])],
)
def test_an_invoice_is_named_whatever_the_amount(amount, currency, reasons):
    (found,) = propose(clue(amount, "INV-2024-0003"), [asked(currency=currency)])

    assert found.reasons == ["the reference names INV-2024-0003", *reasons]


def test_an_invoice_that_nobody_names_is_no_reason():
    (found,) = propose(clue(words="thank you"), [asked()])

    assert (found.invoice, found.reasons) == (None, ["same amount as C-2024-0007/1"])
