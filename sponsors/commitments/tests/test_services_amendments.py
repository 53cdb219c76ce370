"""Amending a signed commitment: what may change, what stays, and when it takes effect."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from foundation.books.closing import BooksClosed, close_books
from foundation.books.models import Fund
from foundation.documents.services import content_of
from foundation.uploads.rules import UploadRefused
from sponsors.commitments.models import Amendment, CommitmentLine, Installment, Pause, Term
from sponsors.commitments.rules import (
    AmendmentState,
    CommitmentError,
    Due,
    NotAllowedNow,
    Period,
    forgo,
    postpone,
    postponed_end,
)
from sponsors.commitments.services import (
    InvoiceRequest,
    Part,
    allocate_receipt,
    apply_waiting_amendments,
    approve_amendment,
    issue_invoice,
    propose_write_off,
    renew_commitment,
    terminate,
    withdraw_amendment,
)
from sponsors.commitments.tests.amending import (
    TODAY,
    amended,
    approver,
    cash_of,
    due,
    proposed_amendment,
    schedule,
)
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    in_kind_line,
    invoiced,
    proposed_commitment,
    received,
    signed_commitment,
    written_off,
)
from sponsors.commitments.tests.refusals import refused

pytestmark = pytest.mark.django_db

FIVE_YEARS = [due(year, 60_000) for year in range(2024, 2029)]
DOUBLED = [*FIVE_YEARS[:3], due(2027, 120_000), due(2028, 120_000)]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def test_years_four_and_five_are_doubled_and_the_old_schedule_stays():
    commitment = signed_commitment()

    amendment = amended(commitment, **cash_of(DOUBLED))

    commitment.refresh_from_db()
    assert (amendment.state, amendment.applied_on, amendment.number) == (AmendmentState.APPLIED, TODAY, 1)
    assert schedule(commitment) == DOUBLED
    assert schedule(commitment, TODAY - timedelta(days=1)) == FIVE_YEARS
    assert schedule(commitment, TODAY) == DOUBLED
    assert commitment.amended_by == amendment
    assert [line.amount for line in commitment.lines.all()] == [Decimal(420_000)]
    assert [row.position for row in commitment.installments.order_by("due_on")] == [1, 2, 3, 6, 7]


def test_what_does_not_change_keeps_its_rows():
    commitment = signed_commitment(lines=[cash_line(300_000), in_kind_line(5_000)])
    before = set(Installment.versions.values_list("pk", flat=True))

    amended(commitment, installments=DOUBLED, lines=[cash_line(420_000), in_kind_line(5_000)])

    assert Installment.versions.filter(pk__in=before, removed_by=None).count() == 3
    assert CommitmentLine.versions.filter(removed_by__isnull=False).count() == 1
    assert not Term.versions.filter(removed_by__isnull=False).exists()


def test_proposing_changes_nothing_yet():
    commitment = signed_commitment()
    amendment = proposed_amendment(commitment, **cash_of(DOUBLED))
    assert amendment.state == AmendmentState.PROPOSED
    assert schedule(commitment) == FIVE_YEARS


def test_nobody_approves_their_own_amendment():
    amendment = proposed_amendment(signed_commitment(), **cash_of(DOUBLED))
    with refused("somebody else approves it", field="approved_by", kind=NotAllowedNow):
        approve_amendment(actor=colleague(), amendment=amendment, today=TODAY)
    amendment.refresh_from_db()
    assert amendment.state == AmendmentState.PROPOSED


def test_approving_twice_is_refused():
    amendment = amended(signed_commitment(), **cash_of(DOUBLED))
    with refused("in effect already", field="state", kind=NotAllowedNow):
        approve_amendment(actor=approver(), amendment=amendment, today=TODAY)


def test_a_scheduled_amendment_takes_effect_by_itself_and_once():
    commitment = signed_commitment()
    day = date(2026, 7, 1)
    amendment = amended(commitment, effective_on=day, **cash_of(DOUBLED))
    assert amendment.state == AmendmentState.APPROVED

    assert apply_waiting_amendments(actor=None, today=day - timedelta(days=1)) == (0, 0)
    assert schedule(commitment) == FIVE_YEARS
    assert apply_waiting_amendments(actor=None, today=day + timedelta(days=2)) == (1, 0)
    assert apply_waiting_amendments(actor=None, today=day + timedelta(days=2)) == (0, 0)

    amendment.refresh_from_db()
    assert (amendment.state, amendment.applied_on) == (AmendmentState.APPLIED, day + timedelta(days=2))
    assert schedule(commitment, day - timedelta(days=1)) == FIVE_YEARS
    assert schedule(commitment, day) == DOUBLED


def test_one_that_does_not_fit_any_more_says_why_and_holds_nobody_up():
    commitment, other = signed_commitment(), signed_commitment()
    day = date(2026, 7, 1)
    stuck = amended(commitment, effective_on=day, **cash_of([*FIVE_YEARS[:4], due(2028, 90_000)]))
    fine = amended(other, effective_on=day, **cash_of(DOUBLED))
    received(commitment.sponsor, 300_000, on=TODAY)

    assert apply_waiting_amendments(actor=None, today=day) == (1, 1)
    assert apply_waiting_amendments(actor=None, today=day) == (0, 1)

    stuck.refresh_from_db()
    fine.refresh_from_db()
    assert "60,000 USD due on 2028-01-01 was paid, invoiced or written off" in stuck.problem
    assert (stuck.state, fine.state) == (AmendmentState.APPROVED, AmendmentState.APPLIED)
    withdrawn = withdraw_amendment(actor=colleague(), amendment=stuck, reason="Paid early")
    assert (withdrawn.state, withdrawn.withdrawn_reason) == (AmendmentState.WITHDRAWN, "Paid early")


def test_one_that_somebody_withdraws_meanwhile_is_left_alone(monkeypatch):
    from sponsors.commitments.services import amendments

    amendment = amended(signed_commitment(), effective_on=date(2026, 7, 1), **cash_of(DOUBLED))
    lock = amendments._lock

    def withdrawn_first(waiting):
        Amendment.objects.filter(pk=amendment.pk).update(state="withdrawn", withdrawn_reason="Given up")
        return lock(waiting)

    monkeypatch.setattr(amendments, "_lock", withdrawn_first)
    assert apply_waiting_amendments(actor=None, today=date(2026, 7, 1)) == (0, 0)


def test_a_paid_installment_cannot_change():
    commitment = signed_commitment()
    received(commitment.sponsor, 20_000)
    with refused(
        "60,000 USD due on 2024-01-01 was paid, invoiced or written off",
        field="installments",
        kind=NotAllowedNow,
    ):
        proposed_amendment(commitment, **cash_of([due(2024, 10_000), *FIVE_YEARS[1:]]))
    assert not Amendment.objects.exists()


def test_of_two_equal_installments_the_paid_one_stays():
    commitment = signed_commitment(
        lines=[cash_line(300)], schedule=[(date(2025, 1, 1), Decimal(100))] * 3, years=2
    )
    received(commitment.sponsor, 100)
    paid = commitment.installments.get(paid=100)

    amended(commitment, today=date(2025, 6, 1), **cash_of([due(2025, 100)]))

    assert commitment.installments.get() == paid


def test_two_amendments_of_one_installment_the_second_is_told():
    commitment = signed_commitment()
    first = proposed_amendment(commitment, **cash_of(DOUBLED))
    second = proposed_amendment(commitment, **cash_of([*FIVE_YEARS[:4], due(2028, 90_000)]))
    assert (first.number, second.number) == (1, 2)
    approve_amendment(actor=approver(), amendment=first, today=TODAY)
    with refused("changed by another one meanwhile", field="lines", kind=NotAllowedNow):
        approve_amendment(actor=approver(), amendment=second, today=TODAY)
    assert schedule(commitment) == DOUBLED


def test_the_end_moves_and_terms_tile_the_new_period():
    commitment = signed_commitment()
    longer = [*FIVE_YEARS, due(2029, 60_000)]

    amended(commitment, ends_before=date(2029, 7, 1), **cash_of(longer))

    commitment.refresh_from_db()
    assert commitment.ends_before == date(2029, 7, 1)
    terms = list(commitment.terms.order_by("position").values_list("position", "starts_on", "ends_before"))
    assert terms[4:] == [(5, date(2028, 1, 1), date(2029, 1, 1)), (6, date(2029, 1, 1), date(2029, 7, 1))]
    assert commitment.installments.get(due_on=date(2029, 1, 1)).term.position == 6


def test_ending_early_keeps_what_was_paid_in_the_term_that_shrinks():
    commitment = signed_commitment()
    received(commitment.sponsor, 180_000, on=TODAY)

    amended(commitment, ends_before=date(2026, 7, 1), **cash_of(FIVE_YEARS[:3]))

    commitment.refresh_from_db()
    assert commitment.ends_on == date(2026, 6, 30)
    assert schedule(commitment) == FIVE_YEARS[:3]
    assert list(commitment.terms.values_list("position", flat=True)) == [1, 2, 3]
    third = commitment.installments.get(due_on=date(2026, 1, 1))
    assert (third.term.position, third.term.ends_before) == (3, date(2027, 1, 1))  # as it was when paid
    before = Term.versions.filter(commitment=commitment).as_of(TODAY - timedelta(days=1))
    assert max(term.ends_before for term in before) == date(2029, 1, 1)


def test_a_year_is_paused_and_what_is_unpaid_postponed():
    commitment = signed_commitment()
    received(commitment.sponsor, 120_000)
    rest = Period(date(2026, 4, 1), date(2027, 4, 1))
    parts = postpone(FIVE_YEARS, rest)

    amended(
        commitment, installments=parts, pauses=[rest], ends_before=postponed_end(commitment.ends_before, rest)
    )

    assert schedule(commitment) == [
        *FIVE_YEARS[:3],
        due(2028, 60_000),
        due(2029, 60_000),
    ]
    paused = commitment.pauses.get()
    assert (paused.starts_on, paused.ends_on) == (date(2026, 4, 1), date(2027, 3, 31))
    assert str(paused) == "2026-04-01 to 2027-03-31"


def test_a_pause_can_be_taken_back():
    commitment = signed_commitment()
    rest = Period(date(2027, 1, 1), date(2028, 1, 1))
    amended(commitment, pauses=[rest], **cash_of(forgo(FIVE_YEARS, rest)))

    amended(commitment, pauses=[], **cash_of(FIVE_YEARS))

    assert not commitment.pauses.exists()
    removed = Pause.versions.get(commitment=commitment).removed_by
    assert removed is not None
    assert removed.number == 2
    assert schedule(commitment) == FIVE_YEARS


@pytest.mark.parametrize(
    ("change", "sentence", "field"),
    [
        ({}, "This is how", "installments"),
        ({"reason": " ", "installments": DOUBLED, "lines": [cash_line]}, "reason is missing", "reason"),
        ({"installments": DOUBLED}, "The installments sum to", "installments"),
        ({"lines": [], "installments": []}, "Nothing would be promised any more", "lines"),
        ({"ends_before": date(2023, 1, 1)}, "The last day is before the first day", "ends_on"),
        ({"effective_on": date(2100, 1, 1), "lines": [cash_line]}, "1990 to 2099", "effective_on"),
        ({"effective_on": date(2023, 1, 1), "lines": [cash_line]}, "was signed on", "effective_on"),
        (
            {"pauses": [Period(date(2026, 1, 2), date(2026, 12, 31))]},
            "The pause begins on 2026-01-02, before the amendment takes effect",
            "pauses",
        ),
        (
            {"pauses": [Period(date(2027, 1, 1), date(2027, 12, 31))]},
            "An installment falls due on 2027-01-01, in the pause",
            "installments",
        ),
        ({"signed_copy": b"no pdf", "lines": [cash_line]}, "not a whole PDF", "signed_copy"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(change, sentence, field):
    commitment = signed_commitment()
    if change.get("lines") == [cash_line]:  # funds exist only inside a test
        change = change | {"lines": [cash_line(300_000, description="Support for the index")]}
        change.pop("installments", None)
    with refused(sentence, field=field):
        proposed_amendment(commitment, **change)
    assert not Amendment.objects.exists()


def test_only_what_is_signed_is_amended():
    with refused("is proposed. Only a signed commitment is amended", field="commitment", kind=NotAllowedNow):
        proposed_amendment(proposed_commitment(), **cash_of(DOUBLED))


def test_a_terminated_commitment_takes_no_scheduled_amendment():
    commitment = signed_commitment()
    day = date(2026, 7, 1)
    amendment = amended(commitment, effective_on=day, **cash_of(DOUBLED))
    terminate(actor=colleague(), commitment=commitment, closed_on=TODAY, reason="Bought", today=TODAY)
    assert apply_waiting_amendments(actor=None, today=day) == (0, 1)
    amendment.refresh_from_db()
    assert "is terminated" in amendment.problem


def test_an_amendment_cannot_take_effect_in_closed_books():
    commitment = signed_commitment()
    close_books(actor=colleague(), through=date(2025, 12, 31), today=TODAY)
    with refused("An amendment cannot be dated 2025-12-31", field="effective_on", kind=BooksClosed):
        proposed_amendment(commitment, effective_on=date(2025, 12, 31), **cash_of(DOUBLED))


def test_a_closed_fund_keeps_what_stands_and_takes_nothing_new():
    commitment = signed_commitment(lines=[cash_line(300_000), in_kind_line(5)])
    Fund.objects.update(is_open=False)
    amended(commitment, lines=[cash_line(300_000), in_kind_line(7)])
    with refused("the fund General is closed", field="lines", kind=CommitmentError):
        proposed_amendment(commitment, installments=DOUBLED, lines=[cash_line(420_000), in_kind_line(7)])


def test_the_signed_copy_is_kept():
    amendment = proposed_amendment(signed_commitment(), signed_copy=PDF, **cash_of(DOUBLED))
    assert amendment.document is not None
    assert content_of(amendment.document) == PDF
    assert amendment.document.title == str(amendment)


def test_a_bad_file_writes_nothing():
    with pytest.raises(UploadRefused):
        proposed_amendment(signed_commitment(), signed_copy=b"%PDF-1.7 cut off", **cash_of(DOUBLED))
    assert not Amendment.objects.exists()


def test_a_renewal_follows_the_amended_commitment():
    commitment = signed_commitment()
    amended(commitment, ends_before=date(2030, 1, 1), **cash_of([*DOUBLED, due(2029, 120_000)]))
    draft = renew_commitment(actor=colleague(), commitment=commitment, today=TODAY)
    assert (draft.starts_on, draft.ends_before) == (date(2030, 1, 1), date(2036, 1, 1))
    assert schedule(draft)[-1] == due(2035, 120_000)


def test_the_amount_may_be_written_with_other_decimals():
    commitment = signed_commitment()
    same = [Due(part.due_on, Decimal("60000.00")) for part in FIVE_YEARS]
    with refused("This is how", field="installments"):
        proposed_amendment(commitment, installments=same)


def test_what_an_amendment_replaced_is_neither_paid_nor_invoiced_nor_written_off():
    commitment = signed_commitment()
    credit = received(commitment.sponsor, 5_000, allocate="none")
    gone = commitment.installments.get(due_on=date(2028, 1, 1))
    amended(commitment, **cash_of(DOUBLED))
    sentence = "was replaced by an amendment. Choose one of the schedule as it stands."

    with refused(sentence, field="allocations", kind=NotAllowedNow):
        allocate_receipt(
            actor=colleague(), receipt=credit, allocate=[Part(gone, Decimal(5_000))], today=TODAY
        )
    with refused(sentence, field="installments", kind=NotAllowedNow):
        issue_invoice(
            actor=colleague(), request=InvoiceRequest(commitment=commitment, installments=[gone]), today=TODAY
        )
    with refused(sentence, field="installment", kind=NotAllowedNow):
        propose_write_off(actor=colleague(), installment=gone, amount=Decimal(1), reason="Not coming")


def test_what_is_invoiced_or_written_off_cannot_change():
    commitment = signed_commitment()
    rows = list(commitment.installments.select_related("commitment").order_by("due_on"))
    invoiced(rows[4])
    written_off(rows[3], 10)
    for year in (2027, 2028):
        parts = [due(part.due_on.year, 1) if part.due_on.year == year else part for part in FIVE_YEARS]
        with refused("was paid, invoiced or written off", field="installments", kind=NotAllowedNow):
            proposed_amendment(commitment, **cash_of(parts))
