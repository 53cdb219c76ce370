"""A receipt pays the oldest first, whatever is due, in its own currency or another; no database."""

from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sponsors.commitments.rules import Exchange, Open, Share, oldest_first


@given(
    st.decimals(0, 1000, places=2),
    st.lists(
        st.tuples(st.dates(date(2024, 1, 1), date(2024, 1, 9)), st.decimals(0, 300, places=2)), max_size=9
    ),
)
def test_oldest_first_uses_all_it_can_and_never_too_much(amount, dues):
    installments = [Open(pk, due_on, remainder) for pk, (due_on, remainder) in enumerate(dues)]
    remainders = {row.pk: row.remainder for row in installments}

    allocations = oldest_first(amount, installments)

    used = sum((share.used for share in allocations), start=Decimal(0))
    # Never more than either side has, and as much as both allow.
    assert used == min(amount, sum(remainders.values(), start=Decimal(0)))
    assert all(0 < share.amount <= remainders[share.installment] for share in allocations)
    assert all(share.used == share.amount and share.difference == 0 for share in allocations)
    assert max(Counter(share.installment for share in allocations).values(), default=0) <= 1
    paid = {share.installment: share.amount for share in allocations}
    in_order = sorted(installments, key=lambda row: (row.due_on, row.pk))
    for row in in_order[:-1]:
        younger = [other for other in in_order if (other.due_on, other.pk) > (row.due_on, row.pk)]
        if any(other.pk in paid for other in younger):
            assert paid.get(row.pk, 0) == row.remainder


EURO = Exchange("EUR", "USD", Decimal("1.10"), date(2026, 2, 27))


def test_euro_pays_dollars_at_the_rate():
    assert oldest_first(Decimal(1000), [Open(1, date(2026, 1, 1), Decimal(5000))], EURO) == [
        Share(1, Decimal("1100.00"), Decimal(1000))
    ]


def test_what_the_installment_does_not_need_stays_credit():
    (share,) = oldest_first(Decimal(1000), [Open(1, date(2026, 1, 1), Decimal(550))], EURO)
    assert share == Share(1, Decimal(550), Decimal("500.00"))


def test_rounding_is_kept_as_a_difference():
    rate = Exchange("JPY", "USD", Decimal("0.006651"), date(2026, 2, 27))
    (share,) = oldest_first(Decimal(100_000), [Open(1, date(2026, 1, 1), Decimal(100))], rate)
    # 100 / 0.006651 = 15,035.3..., and yen have no decimals: 15,035 yen are worth 99.998 dollars.
    assert share == Share(1, Decimal(100), Decimal(15035), Decimal("0.00"))
    tiny = Exchange("JPY", "USD", Decimal("0.6"), date(2026, 2, 27))
    (share,) = oldest_first(Decimal(100), [Open(1, date(2026, 1, 1), Decimal("0.50"))], tiny)
    assert share == Share(1, Decimal("0.50"), Decimal(1), Decimal("0.10"))


def test_money_worth_less_than_a_cent_pays_nothing():
    rate = Exchange("JPY", "USD", Decimal("0.001"), date(2026, 2, 27))
    assert oldest_first(Decimal(1), [Open(1, date(2026, 1, 1), Decimal(100))], rate) == []


@given(
    st.decimals("0.01", 100_000, places=2),
    st.decimals("0.001", 1000, places=6),
    st.lists(st.decimals("0.01", 30_000, places=2), min_size=1, max_size=6),
)
def test_exchange_never_uses_or_pays_too_much(amount, rate, remainders):
    exchange = Exchange("EUR", "USD", rate, date(2026, 2, 27))
    installments = [Open(pk, date(2026, 1, 1), remainder) for pk, remainder in enumerate(remainders)]
    shares = oldest_first(amount, installments, exchange)
    assert sum((share.used for share in shares), start=Decimal(0)) <= amount
    for share in shares:
        assert 0 < share.amount <= remainders[share.installment]
        assert share.difference == exchange.worth(share.used) - share.amount


def test_what_the_payer_named_comes_before_what_is_older():
    rows = [
        Open(1, date(2026, 1, 1), Decimal(50)),
        Open(2, date(2026, 2, 1), Decimal(30), named=True),
    ]

    shares = oldest_first(Decimal(60), rows)

    assert [(share.installment, share.amount) for share in shares] == [(2, 30), (1, 30)]
