from datetime import date
from decimal import Decimal

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.books.closing import close_books
from foundation.imports.progress import Progress
from foundation.imports.rules import RunState
from foundation.imports.tests.factories import applied
from sponsors.commitments.models import Commitment, ExternalKey
from sponsors.commitments.rules import State
from sponsors.commitments.services.importing import commitments as planning
from sponsors.commitments.services.importing import drafts
from sponsors.commitments.tests.factories import general_fund
from sponsors.commitments.tests.imported import brought_in, looked_at, refused
from sponsors.directory.services import lock_sponsors, merge_sponsors
from sponsors.directory.tests.factories import SponsorFactory

WHOLE = {
    "key": "CRM-1",
    "sponsor": "acme",
    "title": "Platinum",
    "currency": "usd",
    "starts_on": "2024-01-01",
    "ends_on": "2025-12-31",
    "shape": "",
    "frequency": "yearly",
    "first_due_on": "2024-01-31",
    "state": "signed",
    "signed_on": "2023-12-15",
    "owner": "FRED@foundation.example",
}
DRAFT = {"state": "", "signed_on": ""}
CASH = {"kind": "cash", "description": "Support", "amount": "100000.01", "fund": "general"}
GIFT = {
    "kind": "in_kind",
    "description": "CDN",
    "amount": "5000",
    "fund": "",
    "category": "CDN",
    "estimate_basis": "List price",
}
BLANK = dict.fromkeys([*WHOLE, *CASH, *GIFT], "")


def row(*parts, **cells):
    values = dict(BLANK)
    for part in parts:
        values |= part
    return values | cells


@pytest.fixture(autouse=True)
def acme(db):
    general_fund()
    return SponsorFactory(name="Acme", slug="acme")


def test_the_rows_of_a_key_are_one_commitment_with_its_schedule(fundraiser, acme):
    run = brought_in(fundraiser, "commitments", row(WHOLE, CASH), row({"key": "CRM-1"}, GIFT))
    assert (run.state, run.row_count, run.new_count) == (RunState.APPLIED, 2, 1)
    commitment = Commitment.objects.get()
    assert (commitment.sponsor, commitment.title, commitment.currency) == (acme, "Platinum", "USD")
    assert (commitment.starts_on, commitment.ends_on) == (date(2024, 1, 1), date(2025, 12, 31))
    assert (commitment.state, commitment.signed_on) == (State.SIGNED, date(2023, 12, 15))
    assert (commitment.owner, commitment.external_key.key) == (fundraiser, "CRM-1")
    assert [(line.kind, line.category, line.amount) for line in commitment.lines.all()] == [
        ("cash", "", Decimal("100000.01")),
        ("in_kind", "cdn", Decimal(5000)),
    ]
    assert [(part.due_on, part.amount) for part in commitment.installments.all()] == [
        (date(2024, 1, 31), Decimal("50000.00")),
        (date(2025, 1, 31), Decimal("50000.01")),
    ]
    event = pghistory.models.Events.objects.tracks(commitment).first()
    assert event.pgh_context["actor"] == fundraiser.pk


def test_what_it_would_add_is_shown_before(fundraiser):
    run = looked_at(fundraiser, "commitments", row(WHOLE, CASH, sponsor="ACME"), row({"key": "CRM-1"}, GIFT))
    (step,) = run.steps.all()
    assert (step.line, step.outcome, step.title, step.reference) == (2, "add", "Platinum", "CRM-1")
    assert step.changes == [
        ["sponsor", "", "Acme"],
        ["period", "", "2024-01-01 to 2025-12-31"],
        ["cash", "", "USD 100,000.01"],
        ["in kind", "", "USD 5,000.00"],
        ["installments", "", "2"],
        ["state", "", "signed on 2023-12-15"],
    ]
    assert not Commitment.objects.exists()


def test_a_gift_needs_no_schedule_and_no_state_is_a_draft(fundraiser):
    brought_in(
        fundraiser, "commitments", row(WHOLE, GIFT, state="", signed_on="", frequency="", first_due_on="")
    )
    assert Commitment.objects.get().state == State.DRAFT


def test_one_bad_row_among_many_writes_nothing(fundraiser):
    rows = [row(WHOLE, CASH, key=f"K{n}", amount="12000" if n != 7 else "12,000") for n in range(20)]
    faults = refused(fundraiser, "commitments", *rows)
    assert faults == {(9, "amount"): "This is no amount. Write digits and a dot only, such as 1500.00."}
    assert not Commitment.objects.exists()


def test_the_same_file_again_changes_nothing_and_says_so(fundraiser, acme):
    rows = [row(WHOLE, CASH), row(WHOLE, GIFT)]
    brought_in(fundraiser, "commitments", *rows)
    commitment = Commitment.objects.get()
    close_books(actor=fundraiser, through=date(2024, 1, 31), today=date(2024, 6, 1))
    merge_sponsors(actor=fundraiser, kept=SponsorFactory(slug="kept"), absorbed=acme, reason="Same")
    again = [entry | {"sponsor": "kept"} for entry in rows]
    run = looked_at(fundraiser, "commitments", *again)
    assert (run.new_count, run.changed_count, run.same_count) == (0, 0, 1)
    (step,) = run.steps.all()
    assert (step.outcome, step.title) == ("same", commitment.number)
    assert applied(fundraiser, run).state == RunState.APPLIED
    assert Commitment.objects.get() == commitment


def test_other_values_under_a_known_key_are_a_fault(fundraiser):
    brought_in(fundraiser, "commitments", row(WHOLE, CASH))
    number = Commitment.objects.get().number
    faults = refused(fundraiser, "commitments", row(WHOLE, CASH, title="Gold"))
    assert faults[2, "key"].startswith(f"{number} was imported under this key with other values.")


@pytest.mark.parametrize(
    ("cells", "column", "sentence"),
    [
        ({"sponsor": ""}, "sponsor", "The sponsor is missing on the first line"),
        ({"sponsor": "nobody"}, "sponsor", "There is no sponsor with this slug or name."),
        ({"title": ""}, "title", "The title is missing"),
        ({"title": "x" * 201}, "title", "The title has 201 characters"),
        ({"currency": ""}, "currency", "The currency is missing"),
        ({"currency": "DOL"}, "currency", "The currency is not an ISO 4217 code."),
        ({"starts_on": ""}, "starts_on", "The first day is missing"),
        ({"starts_on": "1.1.2024"}, "starts_on", "This is no date."),
        ({"starts_on": "2024-02-30"}, "starts_on", "This is no date."),
        ({"starts_on": "1900-01-01"}, "starts_on", "The first day must be in the years"),
        ({"ends_on": "2023-12-31"}, "ends_on", "The last day is before the first day."),
        ({"shape": "custom"}, "shape", "This is not known here. Write one of equal, front_loaded."),
        ({"frequency": "weekly"}, "frequency", "This is not known here."),
        ({"frequency": ""}, "frequency", "A schedule needs both"),
        ({"first_due_on": ""}, "first_due_on", "A schedule needs both"),
        ({"first_due_on": "", "frequency": ""}, "frequency", "The lines promise cash"),
        ({"first_due_on": "2030-01-01"}, "first_due_on", "The first due date is more than a year"),
        ({"amount": ""}, "amount", "The amount is missing."),
        ({"amount": "0.01"}, "frequency", "USD 0.01 is too little for 2 installments."),
        ({"state": "draft"}, "state", "There is a signing date."),
        ({"state": "ended"}, "state", "This is not known here. Write one of draft, signed."),
        ({"signed_on": ""}, "signed_on", "The signing date is missing."),
        ({"signed_on": "2099-01-01"}, "signed_on", "The signing date 2099-01-01 is after today"),
        ({"owner": "nobody@foundation.example"}, "owner", "This is no colleague who may sign in."),
        ({"kind": "barter"}, "kind", "This is not known here. Write one of cash, in_kind."),
        ({"description": "x" * 201}, "description", "The description of line 2 has 201 characters"),
        ({"fund": ""}, "fund", "Line 2: cash goes into a fund."),
        ({"fund": "none"}, "fund", "There is no fund none. The codes are: general."),
        ({"category": "cdn"}, "category", "Line 2: cash has no category."),
        ({"amount": "1.001"}, "amount", "The amount of line 2 is not exact."),
        ({"estimate_basis": "x" * 301}, "estimate_basis", "At most 300 characters fit."),
        ({"key": "x" * 101}, "key", "The key has more than 100 characters."),
    ],
)
def test_a_fault_names_row_column_and_fix(fundraiser, cells, column, sentence):
    faults = refused(fundraiser, "commitments", row(WHOLE, CASH, **cells))
    assert faults[2, column].startswith(sentence), faults
    assert not Commitment.objects.exists()


def test_all_faults_of_all_rows_are_found_at_once(fundraiser, monkeypatch):
    monkeypatch.setattr(planning, "MOST_LINES", 1)
    faults = refused(
        fundraiser,
        "commitments",
        row(WHOLE, CASH, starts_on="soon", fund="none"),
        row({"key": "CRM-1"}, GIFT, amount="much", title="Gold"),
        row(WHOLE, GIFT, key="", category=""),
        row(WHOLE, GIFT, key="CRM-2", first_due_on="x" * 6000),
    )
    assert set(faults) == {
        (2, "starts_on"),
        (2, "fund"),
        (2, "key"),
        (3, "amount"),
        (3, "title"),
        (4, "key"),
        (5, "first_due_on"),
    }


def test_a_gift_without_category_or_with_a_schedule_of_cash_is_refused(fundraiser):
    assert refused(fundraiser, "commitments", row(WHOLE, GIFT, category=""))[2, "category"].startswith(
        "Line 2"
    )
    faults = refused(fundraiser, "commitments", row(WHOLE, GIFT))
    assert faults == {
        (
            2,
            "frequency",
        ): "No line promises cash, so nothing falls due. Add a cash line, or leave the schedule out."
    }


def test_a_signature_in_closed_books_is_refused(fundraiser):
    close_books(actor=fundraiser, through=date(2024, 1, 31), today=date(2024, 6, 1))
    faults = refused(fundraiser, "commitments", row(WHOLE, CASH))
    assert "the books are closed up to and including 2024-01-31" in faults[2, "signed_on"]


def test_of_two_sponsors_of_a_name_the_slug_is_asked_and_a_merged_one_leads_on(fundraiser, acme):
    other = SponsorFactory(name="ACME", slug="other")
    faults = refused(fundraiser, "commitments", row(WHOLE, CASH, sponsor="Acme"))
    assert faults[2, "sponsor"].endswith("Give the slug of the one that is meant: acme, other.")
    merge_sponsors(actor=fundraiser, kept=other, absorbed=acme, reason="Same")
    faults = refused(fundraiser, "commitments", row(WHOLE, CASH))
    assert faults[2, "sponsor"] == "Acme was merged into ACME. Use the slug other."


def test_checking_costs_the_same_number_of_queries_for_any_number_of_rows(fundraiser):
    costs = []
    for count in (1, 2, 60):
        rows = [row(WHOLE, CASH, key=f"K{n}") for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            looked_at(fundraiser, "commitments", *rows)
        costs.append(len(queries))
    assert costs[1] == costs[2] <= costs[0]


def test_what_a_service_refuses_at_the_last_moment_writes_nothing_and_is_said(fundraiser, monkeypatch):
    run = looked_at(fundraiser, "commitments", row(WHOLE, CASH, key="K1"), row(WHOLE, CASH, key="K2"))

    def late(keys):
        lock_sponsors(keys)
        close_books(actor=fundraiser, through=date(2024, 1, 31), today=timezone.now().date())

    monkeypatch.setattr(drafts, "lock_sponsors", late)
    run = applied(fundraiser, run)
    assert run.state == RunState.FAILED
    assert run.remark.startswith("Nothing was imported. A signature cannot be dated 2023-12-15")
    assert not Commitment.objects.exists()
    assert not ExternalKey.objects.exists()


def test_a_sponsor_that_is_merged_at_the_last_moment_gets_nothing(fundraiser, monkeypatch, acme):
    run = looked_at(fundraiser, "commitments", row(WHOLE, CASH))

    def late(keys):
        merge_sponsors(actor=fundraiser, kept=SponsorFactory(name="Kept"), absorbed=acme, reason="Same")
        lock_sponsors(keys)

    monkeypatch.setattr(drafts, "lock_sponsors", late)
    run = applied(fundraiser, run)
    assert run.remark == "Nothing was imported. Acme was merged into Kept. Use that sponsor instead."
    assert not Commitment.objects.exists()


def test_writing_costs_the_same_number_of_queries_for_any_number_of_rows(fundraiser, monkeypatch):
    monkeypatch.setattr(Progress, "tell", lambda *_: None)
    costs = []
    for count in (2, 60):
        rows = [row(WHOLE, CASH, key=f"K{count}-{n}") for n in range(count)]
        run = looked_at(fundraiser, "commitments", *rows, row(WHOLE, CASH, key=f"K{count}", **DRAFT))
        with CaptureQueriesContext(connection) as queries:
            applied(fundraiser, run)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert list(Commitment.objects.order_by("pk").values_list("state", flat=True)) == (
        ["signed"] * 2 + ["draft"] + ["signed"] * 60 + ["draft"]
    )


def test_batches_are_written_one_after_the_other_in_the_order_of_the_file(fundraiser, monkeypatch):
    monkeypatch.setattr(drafts, "AT_ONCE", 2)
    brought_in(fundraiser, "commitments", *(row(WHOLE, CASH, key=f"K{n}") for n in range(5)))
    keys = ExternalKey.objects.order_by("commitment__number").values_list("key", flat=True)
    assert list(keys) == ["K0", "K1", "K2", "K3", "K4"]
    for commitment in Commitment.objects.all():
        due = [(part.amount, part.term.commitment_id) for part in commitment.installments.all()]
        assert due == [(Decimal("50000.01"), commitment.pk), (Decimal("50000.00"), commitment.pk)] or due == [
            (Decimal("50000.00"), commitment.pk),
            (Decimal("50000.01"), commitment.pk),
        ]


def test_the_key_is_shown_on_the_page_of_the_commitment(fundraiser, signed_in):
    brought_in(fundraiser, "commitments", row(WHOLE, CASH))

    page = signed_in(fundraiser).get(f"/admin/sponsors/commitment/{Commitment.objects.get().pk}/change/")

    assert "<dt>Imported as</dt><dd>CRM-1</dd>" in page.content.decode()
