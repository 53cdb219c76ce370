"""Notice in time, and what is renewed by itself when nobody gives it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from foundation.books.closing import close_books, reopen_books
from foundation.books.models import Organization
from foundation.notices.models import Notice
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import Commitment, NonRenewal
from sponsors.commitments.rules import CommitmentError, NotAllowedNow, RenewalTerms, State
from sponsors.commitments.selectors import attention
from sponsors.commitments.services import (
    approve_amendment,
    end,
    give_notice,
    renew_automatically,
    renew_commitment,
    revise_draft,
    terminate,
    withdraw,
    withdraw_notice,
)
from sponsors.commitments.tasks import renew_commitments
from sponsors.commitments.tests.amending import (
    amended,
    approver,
    cash_of,
    due,
    proposed_amendment,
    schedule,
)
from sponsors.commitments.tests.conditions import fund, limit, match
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    drafted_commitment,
    general_fund,
    in_kind_line,
    signed_commitment,
    yearly,
)
from sponsors.commitments.tests.raw import denied
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db
AGREED = RenewalTerms(notice_days=30, automatically=True, months=12)
LAST_NOTICE = date(2024, 12, 1)
DAY = timedelta(days=1)


@pytest.fixture
def owner():
    return make_user("Owner", Role.FUNDRAISING)


@pytest.fixture
def commitment(owner):
    """Of 2024, with notice until the first of December."""
    return signed_commitment(years=1, renewal=AGREED, owner=owner)


def give(commitment, on=date(2024, 11, 1), *, by="sponsor", today=date(2024, 11, 2)):
    return give_notice(
        actor=colleague(),
        commitment=commitment,
        given_on=on,
        given_by=by,
        reason="Budget cut.",
        today=today,
    )


def take_back(commitment, today=date(2024, 11, 3)):
    return withdraw_notice(actor=colleague(), commitment=commitment, reason="They stay.", today=today)


def run(today=LAST_NOTICE + DAY):
    return renew_automatically(actor=None, today=today)


def follower(commitment):
    return Commitment.objects.get(renewal_of=commitment)


# Renewal ---------------------------------------------------------------------------------------


def test_it_is_renewed_the_day_after_the_last_day_for_notice(commitment, owner):
    assert commitment.notice_on == LAST_NOTICE
    assert run(LAST_NOTICE) == (0, 0)
    assert run() == (1, 0)
    renewal = follower(commitment)
    assert (renewal.state, renewal.signed_on) == (State.SIGNED, LAST_NOTICE + DAY)
    assert (renewal.starts_on, renewal.ends_on) == (date(2025, 1, 1), date(2025, 12, 31))
    assert schedule(renewal) == [due(2025, 60_000)]
    assert (renewal.renewal_terms, renewal.owner) == (AGREED, owner)


def test_a_second_run_renews_nothing_and_a_late_one_catches_up(commitment):
    assert [run(), run()] == [(1, 0), (0, 0)]
    renewal = follower(commitment)
    end(actor=None, commitment=renewal, today=date(2026, 1, 1))
    assert [run(date(2026, 12, 1)), run(date(2026, 12, 1))] == [(1, 0), (0, 0)]
    assert follower(renewal).starts_on == date(2026, 1, 1)


def test_what_would_be_over_already_is_left_to_people(commitment, owner):
    end(actor=None, commitment=commitment, today=date(2026, 1, 1))
    assert [run(date(2026, 1, 1)), run(date(2026, 1, 2))] == [(0, 1), (0, 1)]
    assert not Commitment.objects.filter(renewal_of=commitment).exists()
    commitment.refresh_from_db()
    assert commitment.renewal_problem.startswith("What would follow was over on 2025-12-31 already.")
    assert Notice.objects.get(kind="commitment_not_renewed").recipient == owner.email
    cards = {card.key: card.count for card in attention(owner, date(2026, 1, 2))}
    assert cards["renewals_stuck"] == 1


def test_what_would_begin_in_closed_books_is_left_to_people(commitment):
    close_books(actor=colleague(), through=date(2025, 1, 31), today=date(2025, 2, 1))
    assert run(date(2025, 2, 1)) == (0, 1)
    commitment.refresh_from_db()
    assert "the books are closed up to and including 2025-01-31" in commitment.renewal_problem
    reopen_books(actor=colleague(), first_day=date(2025, 1, 1), reason="Too early.")
    assert run(date(2025, 2, 1)) == (1, 0)


def test_the_owner_is_told_once_with_where_to_look(commitment, owner):
    run()
    run()
    renewal = follower(commitment)
    [notice] = Notice.objects.filter(kind="commitment_renewed")
    assert (notice.recipient, notice.subject_pk) == (owner.email, renewal.pk)
    assert renewal.number in notice.subject
    assert "by December 1, 2024" in notice.body_text
    assert f"/sponsors/commitment/{renewal.pk}/change/" in notice.body_text
    assert "January 1, 2025 to December 31, 2025" in notice.body_html


def test_without_an_owner_the_foundation_is_told_if_it_has_an_address():
    signed_commitment(years=1, renewal=AGREED)
    run()
    assert not Notice.objects.exists()
    Organization.objects.update_or_create(
        pk=1, defaults={"name": "North", "contact_email": "office@north.example"}
    )
    signed_commitment(years=1, renewal=AGREED)
    run()
    assert Notice.objects.get().recipient == "office@north.example"


def test_lines_and_what_hangs_on_them_are_repeated_by_length():
    commitment = signed_commitment(
        years=5,
        lines=[
            cash_line(225_000),
            replace(cash_line(75_000), fund=fund("cdn")),
            in_kind_line(5_000_000),
        ],
        schedule=yearly(),
        renewal=AGREED,
        conditions=[match(100_000, due_on=date(2028, 6, 30)), match(300_000, target=None)],
        restrictions=[
            limit(percent=10),
            limit(amount=5_000),
            limit(amount=1_000, term=5),
            limit(percent=50, term=1),
        ],
    )
    run(date(2029, 1, 1))
    renewal = follower(commitment)
    assert [line.amount for line in renewal.lines.all()] == [45_000, 15_000, 1_000_000]
    conditions = [(row.amount, row.target, row.due_on) for row in renewal.conditions.all()]
    assert conditions == [(20_000, 20_000, date(2029, 6, 30)), (60_000, None, None)]
    assert [(row.percent, row.amount, row.term) for row in renewal.restrictions.all()] == [
        (10, None, None),
        (None, 1_000, None),
        (None, 1_000, 1),
    ]


def test_what_comes_to_nothing_is_left_out():
    commitment = signed_commitment(
        years=5,
        lines=[cash_line(300_000), in_kind_line(Decimal("0.04"))],
        schedule=yearly(),
        renewal=AGREED,
        conditions=[match(1, target=Decimal("0.01"))],  # type: ignore[arg-type]
        restrictions=[limit(amount="0.04")],
    )
    run(date(2029, 1, 1))
    renewal = follower(commitment)
    assert renewal.lines.count() == 1
    assert not renewal.conditions.exists()
    assert not renewal.restrictions.exists()


def test_gifts_in_kind_alone_are_renewed_too():
    commitment = signed_commitment(years=1, lines=[in_kind_line(500)], renewal=AGREED)
    run()
    assert [line.amount for line in follower(commitment).lines.all()] == [500]
    assert not follower(commitment).installments.exists()


def test_what_stands_in_the_way_is_told_once_and_holds_up_nobody_else(commitment, owner):
    other = signed_commitment(
        years=1,
        lines=[replace(cash_line(60_000), fund=fund("cdn"))],
        schedule=yearly(),
        renewal=AGREED,
        owner=owner,
    )
    general = general_fund()
    general.is_open = False
    general.save()
    assert [run(), run()] == [(1, 1), (0, 1)]
    assert follower(other)
    [notice] = Notice.objects.filter(kind="commitment_not_renewed")
    assert (notice.recipient, notice.subject_pk) == (owner.email, commitment.pk)
    assert "the fund General is closed" in notice.body_text
    commitment.refresh_from_db()
    assert "the fund General is closed" in commitment.renewal_problem
    general.is_open = True
    general.save()
    assert run() == (1, 0)
    commitment.refresh_from_db()
    assert not commitment.renewal_problem


@pytest.mark.parametrize("closing", [terminate, None])
def test_what_is_terminated_or_renewed_by_hand_is_not_renewed(commitment, closing):
    if closing:
        closing(
            actor=colleague(),
            commitment=commitment,
            closed_on=date(2024, 6, 1),
            reason="Sold.",
            today=LAST_NOTICE,
        )
        assert run() == (0, 0)
        return
    draft = renew_commitment(actor=colleague(), commitment=commitment, today=LAST_NOTICE)
    assert run() == (0, 0)
    withdraw(actor=colleague(), commitment=draft, reason="Not needed.", today=LAST_NOTICE)
    assert run() == (1, 0)


def test_the_hourly_job_says_what_it_did(commitment, monkeypatch):
    monkeypatch.setattr("foundation.books.selectors.timezone.now", lambda: datetime(2024, 12, 3, tzinfo=UTC))
    assert renew_commitments() == "1 commitments renewed, 0 could not be"
    assert renew_commitments() == "0 commitments renewed, 0 could not be"


def test_what_renews_by_itself_needs_nobody_unless_it_could_not_or_notice_was_given(commitment, owner):
    after = LAST_NOTICE + DAY

    def cards(today):
        return {card.key: card for card in attention(owner, today)}

    def counts(today):
        return cards(today)["ending_without_renewal"].count, cards(today)["renewals_stuck"].count

    assert counts(LAST_NOTICE) == (0, 0)
    assert counts(after) == (1, 1)
    (row,) = cards(after)["renewals_stuck"].rows
    assert (row.label, row.on, row.amount) == (commitment.number, date(2024, 12, 31), 60_000)
    assert counts(date(2025, 2, 1)) == (0, 1)

    give(commitment)
    assert counts(LAST_NOTICE) == (1, 0)
    take_back(commitment)
    assert run() == (1, 0)
    assert counts(after) == (0, 0)


# Notice ----------------------------------------------------------------------------------------


def test_notice_in_time_keeps_it_from_being_renewed(commitment):
    notice = give(commitment, on=LAST_NOTICE, today=LAST_NOTICE)
    assert str(notice) == "Notice by the sponsor on 2024-12-01"
    assert run() == (0, 0)


def test_notice_that_is_withdrawn_lets_it_be_renewed(commitment):
    give(commitment)
    notice = take_back(commitment)
    assert (notice.withdrawn_on, notice.withdrawn_reason) == (date(2024, 11, 3), "They stay.")
    with refused("so there is nothing to withdraw", field="commitment", kind=NotAllowedNow):
        take_back(commitment)
    assert run() == (1, 0)
    give_again = refused("was renewed as", field="commitment", kind=NotAllowedNow)
    with give_again:
        give(commitment, today=date(2024, 12, 3))


def test_notice_is_given_once_and_may_be_given_again(commitment):
    give(commitment)
    with refused("Notice was given already, on 2024-11-01", field="commitment", kind=NotAllowedNow):
        give(commitment)
    take_back(commitment)
    give(commitment, by="foundation")
    assert NonRenewal.objects.standing().count() == 1


def test_notice_too_late_or_by_nobody_is_refused(commitment):
    with refused("Notice had to be given by 2024-12-01", field="given_on", kind=CommitmentError):
        give(commitment, on=LAST_NOTICE + DAY, today=LAST_NOTICE + DAY)
    with refused("Choose sponsor or foundation", field="given_by"):
        give(commitment, by="somebody")


def test_notice_is_given_and_withdrawn_while_it_is_signed(commitment):
    with refused("is draft. Notice is given", field="commitment", kind=NotAllowedNow):
        give(drafted_commitment())
    give(commitment)
    end(actor=None, commitment=commitment, today=date(2025, 1, 1))
    with refused("is ended", field="commitment", kind=NotAllowedNow):
        take_back(commitment, today=date(2025, 1, 1))


def test_who_need_not_give_notice_may_until_the_last_day():
    plain = signed_commitment(years=1)
    assert give(plain, on=date(2024, 12, 31), today=date(2024, 12, 31))


def test_notice_days_come_up_unless_notice_was_given(commitment):
    signed_commitment(years=1)

    def coming(first, last):
        return list(Commitment.objects.notice_due(first, last))

    assert coming(date(2024, 11, 1), LAST_NOTICE) == [commitment]
    assert coming(date(2024, 11, 1), LAST_NOTICE - DAY) == []
    assert coming(LAST_NOTICE + DAY, date(2025, 1, 1)) == []
    assert Commitment.objects.with_notice_on().get(pk=commitment.pk).last_notice_on == LAST_NOTICE
    give(commitment)
    assert coming(date(2024, 11, 1), LAST_NOTICE) == []


# What is agreed ----------------------------------------------------------------------------------


def test_a_draft_says_how_long_a_renewal_is():
    with refused("Enter the months of each renewal", field="renewal_months"):
        drafted_commitment(renewal=RenewalTerms(notice_days=30, automatically=True))
    draft = drafted_commitment(renewal=AGREED)
    with refused("Lower the months", field="renewal_months"):
        revise_draft(actor=colleague(), commitment=draft, renewal=replace(AGREED, months=61))
    revise_draft(actor=colleague(), commitment=draft, renewal=RenewalTerms(notice_days=60))
    assert Commitment.objects.get().renewal_terms == RenewalTerms(notice_days=60)


def test_an_amendment_changes_what_was_agreed_about_the_end(commitment):
    later = replace(AGREED, notice_days=60)
    first = proposed_amendment(commitment, effective_on=date(2024, 6, 1), renewal=replace(AGREED, months=6))
    amended(commitment, effective_on=date(2024, 6, 1), renewal=later)
    commitment.refresh_from_db()
    assert commitment.renewal_terms == later
    with refused("The renewal of", field="renewal", code="changed_meanwhile"):
        approve_amendment(actor=approver(), amendment=first, today=date(2026, 2, 14))


def test_a_shorter_period_must_still_fit_the_renewal(commitment):
    with refused("shorter than 12 months", field="renewal_months"):
        proposed_amendment(
            commitment,
            effective_on=date(2024, 6, 1),
            ends_before=date(2024, 12, 1),
            **cash_of([due(2024, 60_000)]),
        )


def test_the_database_holds_what_was_agreed_and_said(commitment):
    denied("terms of a signed commitment are fixed", "UPDATE sponsors_commitment SET notice_days = 5")
    denied(
        "automatic_renewal_says",
        "UPDATE sponsors_commitment SET renewal_months = NULL WHERE id = %s",
        drafted_commitment(renewal=AGREED).pk,
    )
    give(commitment)
    denied("Cannot delete", "DELETE FROM sponsors_nonrenewal")
    denied("Cannot update", "UPDATE sponsors_nonrenewal SET given_on = '2024-01-01'")
    denied("withdrawn_notice_says_why", "UPDATE sponsors_nonrenewal SET withdrawn_on = '2024-11-02'")
    take_back(commitment)
    denied("withdrawn once", "UPDATE sponsors_nonrenewal SET withdrawn_reason = 'Other'")
