"""Renewal cases: opened once, moved with a record, estimated, closed, and opened again."""

import pytest

from sponsors.commitments.services import terminate
from sponsors.commitments.tests.factories import START, colleague, drafted_commitment, signed_commitment
from sponsors.renewals.models import CaseMove, RenewalCase
from sponsors.renewals.services.cases import estimate_case, open_case, renew_case, reopen_case
from sponsors.renewals.tests.renewing import TODAY, closed, due, ending, moved, refused

pytestmark = pytest.mark.django_db


def test_a_case_is_opened_once_and_stays_where_it_is():
    case = due()
    moved(case, "contacted")
    again = due(case.commitment)
    assert (again.pk, again.state, again.opened_on) == (case.pk, "contacted", TODAY)
    assert RenewalCase.objects.open().count() == 1


def test_only_what_was_signed_and_not_terminated_is_renewed():
    draft = drafted_commitment()
    with refused("nothing_to_renew", "commitment"):
        due(draft)
    over = terminate(actor=colleague(), commitment=ending(), closed_on=TODAY, reason="Sold", today=TODAY)
    with refused("nothing_to_renew", "commitment"):
        due(over)


def test_a_draft_alone_renews_nothing():
    case = due()
    renew_case(actor=colleague(), case=case, today=TODAY)
    again = due(case.commitment)
    assert (again.pk, again.closed_on) == (case.pk, None)


def test_what_a_signed_one_follows_gets_no_case():
    earlier = ending()
    signed_commitment(earlier.sponsor, starts_on=earlier.ends_before, years=1, renewal_of=earlier)
    with refused("already_renewed", "commitment"):
        due(earlier)


def test_a_move_is_recorded_with_who_and_why():
    case = due()
    at = moved(case, "negotiating", " They ask for fewer logos. ")
    move = CaseMove.objects.get()
    assert at.state == "negotiating"
    assert (move.before, move.after, move.note) == ("due", "negotiating", "They ask for fewer logos.")
    assert move.moved_by == colleague()
    assert str(move) == "Due → Negotiating"


def test_a_decline_says_why():
    case = due()
    with refused("required", "note"):
        moved(case, "declined", "  ")
    assert moved(case, "declined", "Budget closed").state == "declined"


@pytest.mark.parametrize(
    ("state", "note", "code", "field"),
    [
        ("won", "", "unknown_state", "state"),
        ("due", "", "not_allowed_now", "state"),
        ("agreed", "x" * 501, "too_long", "note"),
        ("agreed", "\u202ebackwards", "unreadable", "note"),
    ],
)
def test_moves_that_lead_nowhere_are_refused(state, note, code, field):
    case = due()
    with refused(code, field):
        moved(case, state, note)
    assert not case.moves.exists()


def test_a_card_that_somebody_else_moved_is_not_moved_from_where_it_was():
    case = due()
    moved(case, "contacted", seen="due")
    with refused("moved_meanwhile", "state") as caught:
        moved(case, "agreed", seen="due")
    assert "“Contacted”" in caught.value.message
    assert moved(case, "agreed", seen="contacted").state == "agreed"


def test_an_estimate_is_a_share_and_can_be_taken_back():
    case = due()
    assert estimate_case(actor=colleague(), case=case, own_probability=0.75).own_probability == 0.75
    for wrong in (-0.1, 1.1, float("nan")):
        with refused("probability_out_of_range", "own_probability"):
            estimate_case(actor=colleague(), case=case, own_probability=wrong)
    assert estimate_case(actor=colleague(), case=case, own_probability=None).own_probability is None


@pytest.mark.parametrize(
    ("as_", "stands"),
    [
        ("renewed", "agreed"),
        ("declined", "declined"),
        ("lapsed", "contacted"),
        ("terminated", "contacted"),
    ],
)
def test_a_closed_case_says_what_came_of_it_and_stands_there(as_, stands):
    case = moved(due(), "contacted")
    done = closed(case, as_)
    assert (done.closed_on, done.closed_as, done.state) == (TODAY, as_, stands)
    assert closed(case, as_).closed_on == TODAY
    assert case.moves.count() == 1 + (stands != "contacted")
    with refused("case_is_closed", "state"):
        closed(case, "lapsed" if as_ != "lapsed" else "declined")
    with refused("not_allowed_now", "state"):
        moved(case, "negotiating")
    with refused("case_is_closed", "state"):
        estimate_case(actor=colleague(), case=case, own_probability=0.5)


def test_a_case_is_closed_only_as_what_is_known():
    case = due()
    with refused("unknown_end", "closed_as"):
        closed(case, "forgotten")


def test_what_was_settled_stays():
    lapsed = closed(due(), "lapsed")
    assert open_case(actor=colleague(), commitment=lapsed.commitment, today=TODAY).closed_as == "lapsed"


def test_a_decline_may_be_thought_over():
    case = closed(due(), "declined")
    with refused("required", "note"):
        reopen_case(actor=colleague(), case=case, note="", today=TODAY)
    again = reopen_case(actor=colleague(), case=case, note="A new director", today=TODAY)
    assert (again.closed_on, again.closed_as, again.state) == (None, "", "negotiating")
    with refused("not_to_be_reopened", "state"):
        reopen_case(actor=colleague(), case=case, note="Again", today=TODAY)


def test_a_lapse_of_a_card_that_was_negotiated_is_opened_where_it_was():
    case = closed(moved(due(), "negotiating"), "lapsed")
    assert reopen_case(actor=colleague(), case=case, note="They wrote", today=TODAY).state == "negotiating"
    assert case.moves.count() == 1


@pytest.mark.parametrize("as_", ["renewed", "terminated"])
def test_what_was_renewed_or_terminated_stays_closed(as_):
    case = closed(due(), as_)
    with refused("not_to_be_reopened", "state"):
        reopen_case(actor=colleague(), case=case, note="Again", today=TODAY)


def test_a_case_is_named_after_its_commitment():
    case = due(starts_on=START)
    assert str(case) == f"Renewal of {case.commitment.number}"
