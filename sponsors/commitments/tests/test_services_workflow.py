"""The workflow of a commitment, from draft to closed."""

from datetime import date
from decimal import Decimal

import pytest

from foundation.people.roles import Role
from foundation.people.tests.factories import make_service, make_user
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import CommitmentError, NotAllowedNow, State
from sponsors.commitments.services import (
    change_details,
    decline,
    draft_commitment,
    end,
    end_all_over,
    propose,
    revise,
    revise_draft,
    set_owner,
    sign,
    terminate,
    withdraw,
)
from sponsors.commitments.tests.factories import (
    cash_line,
    drafted_commitment,
    in_kind_line,
    proposed_commitment,
    signed_commitment,
)
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
TODAY = date(2024, 3, 1)


def test_draft_goes_by_proposal_to_signature(fundraiser):
    draft = drafted_commitment(today=TODAY)

    proposed = propose(actor=fundraiser, commitment=draft, today=TODAY)
    signed = sign(actor=fundraiser, commitment=proposed, signed_on=TODAY, today=TODAY)

    assert (proposed.state, proposed.proposed_on) == (State.PROPOSED, TODAY)
    assert (signed.state, signed.signed_on) == (State.SIGNED, TODAY)


def test_services_return_the_row_as_it_is_stored(fundraiser):
    proposed = propose(actor=fundraiser, commitment=drafted_commitment(), today=TODAY)

    assert proposed.updated_at == Commitment.objects.get(pk=proposed.pk).updated_at


def test_revised_proposal_is_a_draft_without_date(fundraiser):
    draft = revise(actor=fundraiser, commitment=proposed_commitment())

    assert (draft.state, draft.proposed_on) == (State.DRAFT, None)


def test_commitment_without_lines_cannot_be_proposed(fundraiser):
    empty = drafted_commitment(lines=[])

    with refused("promises nothing yet. Add a line", field="lines", kind=CommitmentError):
        propose(actor=fundraiser, commitment=empty, today=TODAY)
    empty.refresh_from_db()
    assert empty.state == State.DRAFT


def test_schedule_that_does_not_sum_cannot_be_proposed(fundraiser):
    draft = drafted_commitment()
    draft.installments.filter(position=1).update(amount=Decimal(1))

    with refused(
        "installments sum to USD 240,001.00, but the cash lines to USD 300,000.00",
        field="installments",
        kind=CommitmentError,
    ):
        propose(actor=fundraiser, commitment=draft, today=TODAY)


def test_schedule_that_lost_its_cash_lines_cannot_be_proposed(fundraiser):
    draft = drafted_commitment(lines=[cash_line(100), in_kind_line(100)])
    draft.lines.filter(kind="cash").delete()

    with refused("but the cash lines to USD 0.00", field="installments", kind=CommitmentError):
        propose(actor=fundraiser, commitment=draft, today=TODAY)


def test_gift_in_kind_needs_no_schedule_to_be_signed(fundraiser):
    assert signed_commitment(lines=[in_kind_line(1_000_000)]).installments.count() == 0


@pytest.mark.parametrize(
    ("signed_on", "sentence", "code"),
    [
        (date(2024, 3, 2), "2024-03-02 is after today, 2024-03-01", "signed_in_the_future"),
        (date(1989, 12, 31), "1989-12-31 is before 1990", "date_out_of_reach"),
    ],
)
def test_signing_date_is_not_in_the_future_nor_before_1990(fundraiser, signed_on, sentence, code):
    with refused(sentence, field="signed_on", kind=CommitmentError, code=code):
        sign(actor=fundraiser, commitment=proposed_commitment(), signed_on=signed_on, today=TODAY)


def test_declined_proposal_keeps_day_and_reason(fundraiser):
    declined = decline(
        actor=fundraiser, commitment=proposed_commitment(), reason=" No budget this year. ", today=TODAY
    )

    assert (declined.state, declined.closed_on) == (State.DECLINED, TODAY)
    assert declined.closed_reason == "No budget this year."


@pytest.mark.parametrize("make", [drafted_commitment, proposed_commitment])
def test_draft_and_proposal_can_be_withdrawn(fundraiser, make):
    withdrawn = withdraw(actor=fundraiser, commitment=make(), reason="Conflict of interest", today=TODAY)

    assert (withdrawn.state, withdrawn.closed_on) == (State.WITHDRAWN, TODAY)


@pytest.mark.parametrize(
    ("reason", "sentence"), [(" ", "The reason is missing"), ("x" * 301, "at most 300 fit")]
)
def test_closing_needs_a_reason_that_fits(fundraiser, reason, sentence):
    with refused(sentence, field="reason", kind=CommitmentError):
        withdraw(actor=fundraiser, commitment=drafted_commitment(), reason=reason, today=TODAY)


def test_state_that_does_not_allow_it_is_named_with_what_is_possible(fundraiser):
    with refused(
        "that is draft cannot be signed. It can be proposed, withdrawn.", field="state", kind=NotAllowedNow
    ):
        sign(actor=fundraiser, commitment=drafted_commitment(), signed_on=TODAY, today=TODAY)


def test_signing_twice_is_refused(fundraiser):
    with refused("that is signed cannot be signed", field="state", kind=NotAllowedNow):
        sign(actor=fundraiser, commitment=signed_commitment(), signed_on=TODAY, today=TODAY)


def test_terminated_commitment_holds_until_the_day_before(fundraiser):
    terminated = terminate(
        actor=fundraiser,
        commitment=signed_commitment(),
        closed_on=date(2025, 7, 1),
        today=date(2025, 7, 1),
        reason="Bankruptcy",
    )

    assert terminated.state == State.TERMINATED
    assert Commitment.objects.in_force(date(2025, 6, 30)).contains(terminated)
    assert not Commitment.objects.in_force(date(2025, 7, 1)).contains(terminated)


@pytest.mark.parametrize(
    ("closed_on", "sentence"),
    [
        (date(2023, 12, 31), "was signed on 2024-01-01"),
        (date(2029, 1, 1), "ends by itself after 2028-12-31"),
    ],
)
def test_termination_is_between_signature_and_last_day(fundraiser, closed_on, sentence):
    with refused(sentence, field="closed_on", kind=CommitmentError):
        terminate(
            actor=fundraiser,
            commitment=signed_commitment(),
            closed_on=closed_on,
            today=closed_on,
            reason="Why not",
        )


@pytest.mark.parametrize("closed_on", [date(2024, 1, 1), date(2028, 12, 31)])
def test_termination_on_the_day_of_signature_and_on_the_last_day_is_possible(fundraiser, closed_on):
    assert (
        terminate(
            actor=fundraiser,
            commitment=signed_commitment(),
            closed_on=closed_on,
            today=closed_on,
            reason="Why not",
        ).closed_on
        == closed_on
    )


def test_termination_is_not_before_a_late_signature(fundraiser):
    commitment = signed_commitment(signed_on=date(2024, 2, 1))

    with refused("was signed on 2024-02-01", field="closed_on", kind=CommitmentError):
        terminate(
            actor=fundraiser, commitment=commitment, closed_on=date(2024, 1, 31), today=TODAY, reason="Sold"
        )


def test_commitment_that_has_not_begun_may_be_terminated(fundraiser):
    commitment = signed_commitment(signed_on=date(2023, 11, 1))
    before = date(2023, 12, 1)

    terminated = terminate(
        actor=fundraiser, commitment=commitment, closed_on=before, today=before, reason="Sold"
    )

    assert (terminated.state, terminated.renewal_starts_on) == (State.TERMINATED, before)


def test_termination_in_the_future_is_refused(fundraiser):
    commitment = signed_commitment()

    with refused(
        "2024-03-02 is after today, 2024-03-01. Choose today", field="closed_on", kind=CommitmentError
    ):
        terminate(
            actor=fundraiser, commitment=commitment, closed_on=date(2024, 3, 2), today=TODAY, reason="Sold"
        )

    commitment.refresh_from_db()
    assert (commitment.state, commitment.closed_on) == (State.SIGNED, None)


def test_commitment_ends_only_after_its_last_day(fundraiser):
    commitment = signed_commitment()

    with refused("runs until 2028-12-31", field="state", kind=CommitmentError):
        end(actor=fundraiser, commitment=commitment, today=date(2028, 12, 31))

    ended = end(actor=fundraiser, commitment=commitment, today=date(2029, 1, 1))
    assert (ended.state, ended.closed_on) == (State.ENDED, date(2029, 1, 1))


def test_all_that_are_over_end_once_and_the_others_stay(fundraiser):
    over = signed_commitment(years=1)
    running = signed_commitment(years=2)
    proposed = proposed_commitment(years=1)
    today = date(2025, 1, 1)

    assert end_all_over(actor=None, today=today) == 1
    assert end_all_over(actor=None, today=today) == 0

    states = dict(Commitment.objects.values_list("pk", "state"))
    assert states == {over.pk: State.ENDED, running.pk: State.SIGNED, proposed.pk: State.PROPOSED}


def test_owner_may_change_in_any_state(fundraiser, finance):
    commitment = signed_commitment(owner=fundraiser)

    changed = set_owner(actor=fundraiser, commitment=commitment, owner=finance, backup=fundraiser)

    assert (changed.owner, changed.backup) == (finance, fundraiser)


def test_owner_and_backup_are_two_people(fundraiser):
    with refused("The backup is the owner", field="backup", kind=CommitmentError):
        set_owner(actor=fundraiser, commitment=signed_commitment(), owner=fundraiser, backup=fundraiser)


@pytest.mark.parametrize("field", ["owner", "backup"])
def test_somebody_who_left_cannot_look_after_a_commitment(fundraiser, field):
    gone = make_user("Gone")
    gone.is_active = False
    gone.save()
    people = {"owner": None, "backup": None} | {field: gone}

    with refused("Gone may not sign in", field=field, kind=CommitmentError):
        set_owner(actor=fundraiser, commitment=signed_commitment(), **people)


@pytest.mark.parametrize("field", ["owner", "backup"])
def test_somebody_who_sees_no_commitments_cannot_look_after_one(fundraiser, outsider, field):
    people = {"owner": None, "backup": None} | {field: outsider}

    with refused(f"Otto Outsider may not see commitments. Choose another {field}", field=field):
        set_owner(actor=fundraiser, commitment=signed_commitment(), **people)


def test_what_binds_nobody_may_change_after_signature(fundraiser):
    commitment = signed_commitment()

    changed = change_details(
        actor=fundraiser, commitment=commitment, title="Renamed", announced_on=TODAY, notes="Said on stage"
    )
    kept = change_details(actor=fundraiser, commitment=commitment)

    assert (changed.title, changed.announced_on, changed.notes) == ("Renamed", TODAY, "Said on stage")
    assert (kept.title, kept.announced_on, kept.notes) == ("Renamed", TODAY, "Said on stage")


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1989, 12, 31), date(2100, 1, 1), date.max])
def test_an_announcement_is_in_the_reach_of_a_timeline(fundraiser, day):
    with refused("must be in the years 1990 to 2099", field="announced_on", kind=CommitmentError):
        change_details(actor=fundraiser, commitment=signed_commitment(), announced_on=day)
    with refused("must be in the years 1990 to 2099", field="announced_on", kind=CommitmentError):
        revise_draft(actor=fundraiser, commitment=drafted_commitment(), announced_on=day)
    with refused("must be in the years 1990 to 2099", field="announced_on", kind=CommitmentError):
        draft_commitment(
            actor=fundraiser,
            sponsor=SponsorFactory(),
            title="Gold",
            starts_on=date(2024, 1, 1),
            ends_before=date(2025, 1, 1),
            lines=[],
            schedule=None,
            today=TODAY,
            announced_on=day,
        )


def test_terms_are_fixed_once_proposed(fundraiser):
    with refused("is proposed and its terms are fixed. Revise it first", field="state", kind=NotAllowedNow):
        revise_draft(actor=fundraiser, commitment=proposed_commitment(), title="Other")


@pytest.mark.parametrize("field", ["owner", "backup"])
def test_a_service_account_cannot_look_after_a_commitment(fundraiser, field):
    website = make_service("Website", Role.FUNDRAISING, answerable=fundraiser)
    people = {"owner": None, "backup": None} | {field: website}

    with refused("may not sign in", field=field, kind=CommitmentError):
        set_owner(actor=fundraiser, commitment=signed_commitment(), **people)
