"""What Bursar drafts by itself, and what Finance is told, once each."""

from datetime import date

import pytest

from foundation.books.models import Organization
from foundation.notices.models import Notice
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.commitments.services import terminate
from sponsors.inkind.models import RegionMapping, Supply, UsageDay, Valuation
from sponsors.inkind.rules import InKindError
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tasks import draft_valuations
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.valuing import (
    MARCH,
    approved,
    metered_line,
    more_use,
    submitted,
    treasurer,
    with_policy,
)

pytestmark = pytest.mark.django_db

APRIL_2 = date(2024, 4, 2)
APRIL_6 = date(2024, 4, 6)


def work(today=APRIL_2):
    return services.draft_months(actor=None, today=today)


def only_line(month=MARCH, **use):
    """Return a line supplied in that month alone, with a policy."""
    line = with_policy(metered_line(month, **use))
    Supply.objects.update(starts_on=month)
    return line


def told(kind):
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


def test_a_complete_month_is_drafted_and_finance_told_once():
    line = only_line()
    done = work()
    (valuation,) = done.drafted
    assert (valuation.line, valuation.month, valuation.drafted_by, valuation.value) == (
        line,
        MARCH,
        None,
        100_750,
    )
    assert work().drafted == work(APRIL_6).drafted == ()
    (notice,) = told("valuations_drafted")
    assert notice.recipient == treasurer().email
    assert "USD 100,750.00" in notice.body_text
    assert "between USD 10,750.00 and USD 200,750.00" in notice.body_text
    assert f"/admin/sponsors/valuation/{valuation.pk}/change/" in notice.body_text
    assert told("valuation_held") == []
    assert str(done) == "1 valuations drafted, 0 could not be"


def test_nothing_is_drafted_or_told_of_what_was_terminated_before(fundraiser):
    line = only_line()
    terminate(
        actor=fundraiser,
        commitment=line.commitment,
        closed_on=date(2024, 2, 15),
        reason="Sold.",
        today=MARCH,
    )
    assert (work().drafted, work().held, told("valuation_held")) == ((), 0, [])
    with pytest.raises(InKindError, match="holds from 2024-01-01 to 2024-02-14") as refused:
        services.draft_valuation(actor=treasurer(), line=line, month=MARCH, today=APRIL_2)
    assert refused.value.code == "month_outside_commitment"


def test_a_month_that_is_not_complete_is_told_once_from_the_sixth_on():
    only_line()
    UsageDay.objects.filter(day=date(2024, 3, 9)).delete()
    assert (work().held, told("valuation_held")) == (1, [])
    assert work(APRIL_6).held == work(date(2024, 4, 7)).held == 1
    (notice,) = told("valuation_held")
    assert "2024-03-09" in notice.body_text
    assert not Valuation.objects.exists()


def test_what_stands_in_the_way_is_told_at_once():
    only_line()
    RegionMapping.objects.all().delete()
    assert work().held == work().held == 1
    (notice,) = told("valuation_held")
    assert "Map the region on the page of the card." in notice.body_text


def test_a_gift_that_nobody_said_how_to_value_is_told():
    treasurer()
    metered_line()
    Supply.objects.update(starts_on=MARCH)
    assert work().held == 1
    assert "Add its valuation policy first." in told("valuation_held")[0].body_text


def test_a_missed_month_is_caught_up_and_what_was_discarded_is_left():
    line = only_line()
    factories.month_of_use(line.supplies.get().service, date(2024, 4, 1))
    first, second = work(date(2024, 5, 3)).drafted
    assert (first.month, second.month) == (MARCH, date(2024, 4, 1))
    services.discard_valuation(actor=treasurer(), valuation=first)
    assert work(date(2024, 5, 4)).drafted == ()


def test_an_adjustment_of_a_stale_month_is_drafted_once():
    line = only_line()
    approved(work().drafted[0])
    more_use(line)
    (adjustment,) = work().drafted
    assert (adjustment.adjusts.line, adjustment.value) == (line, 100)
    assert work().drafted == ()
    assert "(adjustment)" in told("valuations_drafted")[-1].body_text
    services.discard_valuation(actor=treasurer(), valuation=adjustment)
    assert work().drafted == ()
    more_use(line)
    (another,) = work().drafted
    submitted(another)
    more_use(line)
    assert work().drafted == ()


def test_an_adjustment_waits_for_the_days_that_lack():
    line = only_line()
    approved(work().drafted[0])
    UsageDay.objects.filter(day=date(2024, 3, 9)).update(is_complete=False)
    more_use(line)
    assert work().held == 1


def test_without_anybody_to_tell_it_is_drafted_all_the_same():
    only_line()
    User.objects.all().update(is_active=False)
    assert work().drafted
    assert told("valuations_drafted") == []


def test_the_foundation_address_is_told_when_nobody_is_in_finance():
    only_line()
    User.objects.all().update(is_active=False)
    Organization.objects.update_or_create(
        pk=1, defaults={"name": "F", "contact_email": "us@foundation.example"}
    )
    work()
    assert [notice.recipient for notice in told("valuations_drafted")] == ["us@foundation.example"]
    assert not User.objects.colleagues().with_role(Role.FINANCE).exists()


def test_the_task_says_what_it_did():
    assert draft_valuations() == "0 valuations drafted, 0 could not be"
