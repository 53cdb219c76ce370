"""Amending in the admin site: the form, the comparison, approval."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import Amendment
from sponsors.commitments.rules import Period
from sponsors.commitments.selectors import comparison
from sponsors.commitments.services import changed_since
from sponsors.commitments.tests.amending import TODAY, amended, cash_of, due, schedule
from sponsors.commitments.tests.factories import cash_line, in_kind_line, received, signed_commitment

pytestmark = pytest.mark.django_db
FIVE_YEARS = [due(year, 60_000) for year in range(2024, 2029)]
DOUBLED = [*FIVE_YEARS[:3], due(2027, 120_000), due(2028, 120_000)]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    for module in ("amendment_forms", "amendments", "actions"):
        monkeypatch.setattr(f"sponsors.commitments.admin.{module}.local_today", lambda: TODAY)


def page_of(commitment):
    return f"/admin/sponsors/commitment/{commitment.pk}/do/amend/"


def as_it_stands(client, commitment, **changes):
    """Return what a browser posts when nothing but `changes` is written over."""
    form = client.get(page_of(commitment)).context["form"]
    posted = {"effective_on": TODAY.isoformat(), "reason": "Agreed in Oslo"}
    for bound in form:
        value = bound.value()
        if bound.name not in posted and value not in (None, False, ""):
            posted[bound.name] = str(value)
    return posted | {name: value for name, value in changes.items() if value is not None}


def row_of(commitment, year):
    return commitment.installments.get(due_on__year=year).pk


def amend(client, commitment, **changes):
    return client.post(page_of(commitment), as_it_stands(client, commitment, **changes), follow=True)


@pytest.fixture
def commitment():
    return signed_commitment()


@pytest.fixture
def client(signed_in, fundraiser):
    return signed_in(fundraiser)


def test_two_years_are_doubled_looked_at_and_approved(client, signed_in, finance, commitment):
    line = commitment.lines.get()
    page = amend(
        client,
        commitment,
        **{
            f"line_{line.pk}": "420000",
            f"amount_{row_of(commitment, 2027)}": "120000",
            f"amount_{row_of(commitment, 2028)}": "120000",
            "signed_copy": SimpleUploadedFile("signed.pdf", PDF, "application/pdf"),
        },
    )

    assert f"{commitment.number} amendment 1 is proposed" in page.content.decode()
    amendment = Amendment.objects.get()
    assert page.redirect_chain[-1][0] == f"/admin/sponsors/amendment/{amendment.pk}/change/"
    text = " ".join(page.content.decode().split())
    for words in ("300,000.00", "420,000.00", "changed", "stays", "Signed amendment"):
        assert words in text
    copy = client.get(f"/admin/sponsors/amendment/{amendment.pk}/document/")
    assert (b"".join(copy.streaming_content), copy["Content-Type"]) == (PDF, "application/pdf")

    judge = signed_in(finance)
    done = judge.post(f"/admin/sponsors/amendment/{amendment.pk}/do/approve/", follow=True)
    assert "is approved and in effect" in done.content.decode()
    assert schedule(commitment) == DOUBLED
    shown = judge.get(f"/admin/sponsors/commitment/{commitment.pk}/change/").content.decode()
    assert "Amendment 1" in shown
    assert "Agreed in Oslo" in shown
    drawn = judge.get(f"/admin/sponsors/commitment/{commitment.pk}/timeline/").content.decode()
    assert "amendment 1: Agreed in Oslo" in drawn


def test_whoever_proposed_is_told_that_somebody_else_approves(signed_in, commitment):
    treasurer = signed_in(make_user("Two Hats", Role.FINANCE))
    amend(treasurer, commitment, ends_on="2029-06-30")
    answer = treasurer.post(f"/admin/sponsors/amendment/{Amendment.objects.get().pk}/do/approve/")
    assert "somebody else approves it" in answer.content.decode()


def test_a_later_day_is_said_on_approval(client, signed_in, finance, commitment):
    amend(client, commitment, ends_on="2029-06-30", effective_on="2026-07-01")
    amendment = Amendment.objects.get()
    address = f"/admin/sponsors/amendment/{amendment.pk}/do/approve/"
    judge = signed_in(finance)
    assert "by itself on 2026-07-01" in judge.get(address).content.decode()
    assert "takes effect on 2026-07-01" in judge.post(address, follow=True).content.decode()


def test_withdrawing_asks_for_a_reason_and_keeps_the_commitment(client, commitment):
    amend(client, commitment, ends_on="2029-06-30")
    amendment = Amendment.objects.get()
    address = f"/admin/sponsors/amendment/{amendment.pk}/do/withdraw/"
    assert "This field is required" in client.post(address, {}).content.decode()
    page = client.post(address, {"reason": "They changed their mind"}, follow=True).content.decode()
    assert "is withdrawn" in page
    assert "They changed their mind" in page
    commitment.refresh_from_db()
    assert commitment.ends_on == date(2028, 12, 31)


def test_a_paused_year_is_postponed_with_the_end(client, commitment):
    amend(client, commitment, pause_first="2027-01-01", pause_last="2027-12-31", during="postpone")
    found = comparison(Amendment.objects.get())
    assert found.ends_on == date(2029, 12, 31)
    assert [row.due_on.year for row in found.installments if row.after] == [
        *range(2024, 2027),
        2028,
        2029,
    ]


def test_an_end_that_was_chosen_is_kept_when_postponing(client, commitment):
    changes = {"pause_first": "2027-01-01", "pause_last": "2027-12-31", "during": "postpone"}
    amend(client, commitment, ends_on="2029-06-30", **changes)
    assert comparison(Amendment.objects.get()).ends_on == date(2029, 6, 30)


def test_a_paused_year_is_forgone_and_the_only_cash_line_is_less(client, commitment):
    amend(client, commitment, pause_first="2027-01-01", pause_last="2027-12-31", during="forgo")
    found = comparison(Amendment.objects.get())
    assert (found.cash_before, found.cash_after) == (Decimal(300_000), Decimal(240_000))
    assert [row.starts_on for row in found.pauses] == [date(2027, 1, 1)]


def test_of_several_cash_lines_people_say_which_is_less(client):
    commitment = signed_commitment(lines=[cash_line(200_000), cash_line(100_000, description="Travel")])
    page = amend(client, commitment, pause_first="2027-01-01", pause_last="2027-12-31", during="forgo")
    assert "The installments sum to" in page.content.decode()
    assert not Amendment.objects.exists()


def test_a_pause_is_taken_back_by_unticking_it(client, commitment):
    amend(client, commitment, pause_first="2027-02-01", pause_last="2027-03-31")
    first = Amendment.objects.get()
    from sponsors.commitments.services import approve_amendment

    approve_amendment(actor=make_user("Judge", Role.FINANCE), amendment=first, today=TODAY)
    pause = commitment.pauses.get()
    posted = as_it_stands(client, commitment)
    assert posted.pop(f"pause_{pause.pk}")
    page = client.post(page_of(commitment), posted, follow=True)
    assert "amendment 2 is proposed" in page.content.decode()


def test_rows_are_added_and_taken_away(client, commitment):
    line = commitment.lines.get()
    fund = line.fund.pk
    amend(
        client,
        commitment,
        **{
            f"line_{line.pk}": "240000",
            "new_description_1": "Travel grants",
            "new_fund_1": str(fund),
            "new_line_1": "50000",
            f"amount_{row_of(commitment, 2028)}": "",
            "new_due_1": "2028-03-01",
            "new_amount_1": "50000",
        },
    )
    found = comparison(Amendment.objects.get())
    assert [(row.fate, row.description) for row in found.lines][-1] == ("added", "Travel grants")
    assert [(row.fate, row.due_on) for row in found.installments][-2:] == [
        ("removed", date(2028, 1, 1)),
        ("added", date(2028, 3, 1)),
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pause_first": "2027-01-01"}, "A pause has a first and a last day. Enter both."),
        ({"pause_last": "2027-01-01"}, "A pause has a first and a last day. Enter both."),
        ({"during": "forgo"}, "Say from when to when it is paused"),
        ({"new_amount_1": "5"}, "Enter the date on which it falls due."),
        ({"new_due_1": "2027-05-05"}, "Enter the amount."),
        ({"new_description_1": "Travel"}, "A new line needs a description, a fund and an amount."),
        ({"ends_on": "nonsense"}, "Enter a valid date."),
        ({"effective_on": "2023-01-01", "ends_on": "2029-06-30"}, "was signed on"),
        ({"signed_copy": SimpleUploadedFile("a.pdf", b"GIF89a"), "ends_on": "2029-06-30"}, "not a whole PDF"),
        ({}, "This is how"),
    ],
)
def test_slips_are_told_at_their_field_and_nothing_is_written(client, commitment, changes, sentence):
    page = amend(client, commitment, **changes)
    assert sentence in page.content.decode()
    assert not Amendment.objects.exists()


def test_a_page_opened_before_a_colleagues_amendment_takes_nothing_of_it_away(client):
    commitment = signed_commitment(lines=[cash_line(300_000), in_kind_line(1_000)])
    posted = as_it_stands(client, commitment, notice_days="30")
    amended(
        commitment,
        lines=[cash_line(300_000), in_kind_line(2_000)],
        pauses=[Period(date(2027, 2, 1), date(2027, 4, 1))],
    )
    page = client.post(page_of(commitment), posted)
    assert page.context["form"].errors == {"__all__": [changed_since(commitment)]}
    assert "was changed since you opened this page" in page.content.decode()
    assert client.post(page_of(commitment), page.context["form"].data).status_code == 200
    assert commitment.amendments.count() == 1
    assert "amendment 2 is proposed" in amend(client, commitment, notice_days="30").content.decode()


def test_a_page_opened_before_a_payment_drops_nothing_that_was_typed(client, commitment):
    posted = as_it_stands(client, commitment, **{f"due_{row_of(commitment, 2024)}": "2024-06-01"})
    received(commitment.sponsor, 60_000)
    page = client.post(page_of(commitment), posted | {"notice_days": "30"})
    assert "was changed since you opened this page" in page.content.decode()
    assert not Amendment.objects.exists()


def test_what_is_paid_is_shown_and_cannot_be_written_over(client, commitment):
    received(commitment.sponsor, 60_000)
    page = client.get(page_of(commitment)).content.decode()
    assert "60,000.00 of it paid: stays" in page
    assert f"amount_{row_of(commitment, 2024)}" not in page


def test_a_gift_in_kind_may_be_amended_without_a_schedule(client):
    commitment = signed_commitment(lines=[in_kind_line(5_000)])
    line = commitment.lines.get()
    page = amend(client, commitment, **{f"line_{line.pk}": "7000"})
    assert "No cash falls due" in page.content.decode()


def test_the_list_finds_by_commitment_reason_and_sponsor(client, commitment):
    amended(commitment, **cash_of(DOUBLED))
    for term in ("", commitment.number, "doubles", commitment.sponsor.name):
        listed = client.get("/admin/sponsors/amendment/", {"q": term})
        assert len(listed.context["cl"].result_list) == 1, term
    assert not client.get("/admin/sponsors/amendment/", {"q": "nothing like it"}).context["cl"].result_list


def test_without_a_signed_copy_there_is_no_document(client, commitment):
    amendment = amended(commitment, **cash_of(DOUBLED))
    assert client.get(f"/admin/sponsors/amendment/{amendment.pk}/document/").status_code == 404


def test_comparison_of_the_first_of_two_in_effect_does_not_know_the_second(commitment):
    first = amended(commitment, **cash_of(DOUBLED))
    second = amended(commitment, **cash_of([*DOUBLED[:4], due(2028, 1)]), ends_before=date(2029, 7, 1))
    one, other = comparison(first), comparison(second)
    assert (one.cash_before, one.cash_after) == (Decimal(300_000), Decimal(420_000))
    assert (other.cash_before, other.cash_after) == (Decimal(420_000), Decimal(300_001))
    assert not one.end_changes
    assert (other.ended_on, other.ends_on) == (date(2028, 12, 31), date(2029, 6, 30))
