"""Two people at one card at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from foundation.notices.models import Notice
from sponsors.commitments.models import Commitment
from sponsors.commitments.services import lock_commitment
from sponsors.commitments.tests.factories import colleague, second_colleague
from sponsors.directory.tests.races import at_once
from sponsors.renewals.models import RenewalCase
from sponsors.renewals.rules.refusals import NotAllowedNow
from sponsors.renewals.rules.states import CaseEnd
from sponsors.renewals.services.cases import close_case, open_case, renew_case, reopen_case
from sponsors.renewals.services.letters import send_letter
from sponsors.renewals.tests.renewing import NOW, TODAY, drafted_letter, due, ending, moved

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_people_who_move_one_card_at_once_are_told_apart():
    case, one, other = due(), colleague(), second_colleague()
    results = at_once(
        lambda: moved(case, "contacted", seen="due", actor=one),
        lambda: moved(case, "negotiating", seen="due", actor=other),
    )
    assert [type(result) for result in results if isinstance(result, Exception)] == [NotAllowedNow]
    assert case.moves.count() == 1


def test_two_sweeps_and_a_person_open_one_case_and_renew_it_once():
    commitment, who = ending(), colleague()
    opened = at_once(*[lambda: open_case(actor=None, commitment=commitment, today=TODAY)] * 3)
    assert {case.pk for case in opened} == {RenewalCase.objects.get().pk}
    found = at_once(*[lambda: renew_case(actor=who, case=opened[0], today=TODAY)] * 2)
    assert sorted(one.is_new for one in found) == [False, True]
    assert commitment.renewals.count() == 1


@pytest.mark.parametrize("change", ["close", "reopen"])
def test_a_card_is_closed_and_opened_without_the_commitment_that_whoever_renews_it_holds(change):
    """Each would wait for the other: who renews holds the commitment, and waits for the card."""
    case = due()
    if change == "reopen":
        close_case(actor=None, case=case, as_=CaseEnd.DECLINED, today=TODAY)
    with held(case.commitment), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        if change == "close":
            close_case(actor=colleague(), case=case, as_=CaseEnd.DECLINED, today=TODAY)
        else:
            reopen_case(actor=colleague(), case=case, note="They found money.", today=TODAY)


@contextmanager
def held(commitment: Commitment) -> Iterator[None]:
    """Let somebody else hold the row of the commitment."""
    colleague()
    is_held, is_over = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            lock_commitment(commitment)
            is_held.set()
            is_over.wait(10)
        connection.close()

    somebody = Thread(target=hold)
    somebody.start()
    try:
        assert is_held.wait(10)
        yield
    finally:
        is_over.set()
        somebody.join()


def test_a_letter_that_two_people_send_at_once_leaves_once():
    letter, one, other = drafted_letter(), colleague(), second_colleague()
    results = at_once(
        *[lambda who=who: send_letter(actor=who, letter=letter, today=TODAY, now=NOW) for who in (one, other)]
    )
    assert [type(result) for result in results if isinstance(result, Exception)] == [NotAllowedNow]
    assert Notice.objects.filter(kind="renewal_letter").count() == 1
