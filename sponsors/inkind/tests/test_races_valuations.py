"""Two people at the same moment: one of them is right, and what counts is counted once."""

from threading import Event

import pytest
from django.db import connection, transaction

from foundation.books.closing import close_books
from sponsors.directory.tests.races import at_once, wait_until_somebody_waits
from sponsors.inkind.models import UsageDay, Valuation
from sponsors.inkind.rules import NotAllowedNow
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tests.valuing import (
    MARCH,
    TODAY,
    approved,
    approver,
    drafted,
    metered_line,
    more_use,
    reversed_by,
    submitted,
    treasurer,
    with_policy,
)

pytestmark = pytest.mark.django_db(transaction=True)


def outcomes(results):
    """Return what went well, and the errors."""
    errors = [result for result in results if isinstance(result, Exception)]
    return [result for result in results if not isinstance(result, Exception)], errors


def approve(valuation, who):
    return services.approve_valuation(actor=who, valuation=valuation, today=TODAY)


def test_two_approvals_at_once_approve_it_once():
    valuation = submitted()
    first, second = approver(), treasurer("Bea")
    done, errors = outcomes(at_once(lambda: approve(valuation, first), lambda: approve(valuation, second)))
    assert len(done) == 1
    assert [type(error) for error in errors] == [NotAllowedNow]
    assert Valuation.objects.counting().count() == 1


def test_two_drafts_of_a_month_at_once_are_one():
    line, _people = with_policy(metered_line()), (treasurer(), approver())
    done, errors = outcomes(at_once(*[lambda: drafted(line)] * 3))
    assert errors == []
    assert len({row.pk for row in done}) == 1
    assert Valuation.objects.get().steps.filter(estimate="base").count() == 2


def test_two_reversals_at_once_take_it_back_once():
    valuation = approved()
    done, errors = outcomes(at_once(*[lambda: reversed_by(valuation)] * 2))
    assert (len(done), [type(error) for error in errors]) == (1, [NotAllowedNow])
    assert sum(row.value for row in Valuation.objects.counting()) == 0


def test_an_adjustment_and_a_reversal_at_once_leave_nothing_half_done():
    valuation = approved()
    more_use(valuation.line)

    def adjust():
        return services.propose_adjustment(actor=treasurer(), valuation=valuation)

    done, errors = outcomes(at_once(adjust, lambda: reversed_by(valuation)))
    assert (len(done), [type(error) for error in errors]) == (1, [NotAllowedNow])


def test_use_that_changes_while_it_is_approved_is_either_refused_or_stale():
    valuation = submitted()

    def change():
        with transaction.atomic():
            UsageDay.objects.filter(day=MARCH).update(requests=1)

    results = at_once(lambda: approve(valuation, approver()), change)
    valuation.refresh_from_db()
    if isinstance(results[0], NotAllowedNow):
        assert valuation.state == "submitted"
    else:
        assert Valuation.objects.stale().get() == valuation


def test_a_closing_waits_for_an_approval_that_is_under_way():
    valuation, who, is_connected, is_approved = submitted(), approver(), Event(), Event()

    def approve_slowly():
        with transaction.atomic():
            is_connected.wait(timeout=20)
            approve(valuation, who)
            is_approved.set()
            wait_until_somebody_waits()

    def close():
        connection.ensure_connection()  # who looks at waiters sees only who was there when it first looked
        is_connected.set()
        is_approved.wait(timeout=20)
        return close_books(actor=who, through=MARCH.replace(day=31), today=TODAY)

    assert outcomes(at_once(approve_slowly, close))[1] == []
    valuation.refresh_from_db()
    assert (valuation.state, valuation.booked_on) == ("approved", MARCH.replace(day=31))
