"""The picture of a timeline: everything in its place, in proportion and legible."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from sponsors.commitments.drawing import LEGIBLE, LETTER, MARGIN, draw
from sponsors.commitments.rules import InstallmentState
from sponsors.commitments.selectors import EventKind, sponsor_timeline, timeline
from sponsors.commitments.services import renew_commitment, reverse_receipt, terminate
from sponsors.commitments.tests.factories import colleague, received, signed_commitment, written_off

pytestmark = pytest.mark.django_db

TODAY = date(2026, 6, 15)


def test_terms_lie_side_by_side_and_are_as_wide_as_their_time():
    drawing = draw(timeline(signed_commitment(years=5), TODAY))
    bars = drawing.rows[0].bars
    assert len(bars) == 5
    for left, right in pairwise(bars):
        assert left.x + left.width == pytest.approx(right.x, abs=0.2)
    assert max(bar.width for bar in bars) - min(bar.width for bar in bars) < 1


def test_installments_and_today_lie_within_the_picture_at_their_day():
    drawing = draw(timeline(signed_commitment(years=3), TODAY))
    first = drawing.rows[0].installments[0]
    assert first.x == drawing.rows[0].bars[0].x
    for mark in (*drawing.rows[0].installments, drawing.today):
        assert 0 <= mark.x <= drawing.width
        assert 0 <= mark.y <= drawing.height


def test_every_state_has_a_sign_of_its_own_beside_its_color():
    commitment = signed_commitment(years=5)
    received(commitment.sponsor, Decimal(90000))
    marks = draw(timeline(commitment, TODAY)).rows[0].installments
    assert [mark.sign for mark in marks] == ["✓", "!", "!", "", ""]
    assert "60,000.00" in marks[0].text


def test_a_terminated_commitment_stops_where_it_was_closed():
    commitment = signed_commitment(years=5)
    terminate(
        actor=colleague(),
        commitment=commitment,
        closed_on=date(2025, 1, 1),
        today=date(2025, 1, 1),
        reason="Sold",
    )
    (row,) = draw(timeline(commitment, TODAY)).rows
    assert len(row.bars) == 1
    assert [mark.sign for mark in row.installments] == ["!", "-", "-", "-", "-"]


def test_marks_of_one_day_lie_under_each_other():
    commitment = signed_commitment(years=1)
    for _number in range(4):
        received(commitment.sponsor, 10, on=date(2024, 5, 1))
    receipts = draw(sponsor_timeline(commitment.sponsor, TODAY)).receipts
    assert len({mark.y for mark in receipts}) == 4
    events = draw(timeline(commitment, TODAY)).events
    for one in events:
        for other in events:
            assert one is other or one.y != other.y or abs(one.x - other.x) >= LEGIBLE * 2


def test_labels_end_inside_the_picture_and_a_renewal_is_marked_once():
    first = signed_commitment(
        years=1, title="A title that is long enough to run out of the picture at its end"
    )
    renewal = renew_commitment(actor=colleague(), commitment=first, today=date(2024, 6, 1))
    drawing = draw(sponsor_timeline(first.sponsor, date(2024, 6, 1)))
    for row in drawing.rows:
        assert row.x + len(row.label) * LETTER <= drawing.width or row.x == MARGIN
    assert [mark.text for mark in drawing.events if mark.sign == "R"] == [
        f"{renewal.starts_on}: {renewal.number} follows {first.number}"
    ]


def test_a_reversed_receipt_is_marked():
    commitment = signed_commitment(years=1)
    receipt = received(commitment.sponsor, 10, on=date(2024, 5, 1))
    reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=TODAY)
    marks = draw(sponsor_timeline(commitment.sponsor, TODAY)).receipts
    assert {mark.kind for mark in marks} == {"reversed"}


def test_the_page_draws_and_says_the_same_in_a_table(signed_in, auditor):
    commitment = signed_commitment(years=5)
    received(commitment.sponsor, 70_000, reference="wire-70")
    response = signed_in(auditor).get(f"/admin/sponsors/commitment/{commitment.pk}/timeline/")
    content = response.content.decode()
    assert content.count("tl-term") == 5
    assert 'role="img"' in content
    assert "wire-70" in content
    for entry in response.context["line"].entries:
        assert entry.text in content


def test_the_page_of_a_sponsor_shows_all_its_commitments(signed_in, auditor):
    first = signed_commitment(years=1)
    second = signed_commitment(first.sponsor, years=2)
    content = signed_in(auditor).get(f"/admin/sponsors/sponsor/{first.sponsor.pk}/timeline/").content.decode()
    assert first.number in content
    assert second.number in content


def test_a_sponsor_without_commitments_is_told_what_to_do(signed_in, auditor):
    from sponsors.directory.tests.factories import SponsorFactory

    content = (
        signed_in(auditor).get(f"/admin/sponsors/sponsor/{SponsorFactory().pk}/timeline/").content.decode()
    )
    assert "Draft a commitment first." in content


def test_timelines_are_only_for_those_who_may_see_them(signed_in, grants_officer):
    commitment = signed_commitment(years=1)
    client = signed_in(grants_officer)
    assert client.get(f"/admin/sponsors/commitment/{commitment.pk}/timeline/").status_code in {403, 404}
    assert client.get(f"/admin/sponsors/sponsor/{commitment.sponsor.pk}/timeline/").status_code in {403, 404}


def test_the_page_begins_at_this_year():
    line = timeline(signed_commitment(years=5), date(2026, 6, 1))
    drawing = draw(line)
    year = next(mark for mark in drawing.years if mark.text == "2026")
    assert 0 < drawing.this_year < year.x


def test_sixteen_years_fit_beside_the_sidebar_without_scrolling():
    line = timeline(signed_commitment(years=5), TODAY)
    assert draw(replace(line, years=tuple(range(2014, 2030)))).width <= 940


@pytest.mark.parametrize(("today", "side"), [(date(2026, 6, 15), "after"), (date(2026, 12, 20), "before")])
def test_the_word_today_stands_where_it_has_room(today, side):
    line = timeline(signed_commitment(years=5), today)
    assert draw(replace(line, years=(2025, 2026))).today.kind == side


def test_the_legend_names_no_two_signs_alike():
    labels = [*(state.label for state in InstallmentState), *(kind.label for kind in EventKind)]
    assert len(set(labels)) == len(labels)


def test_what_was_paid_in_part_and_then_written_off_says_both():
    commitment = signed_commitment(years=1)
    received(commitment.sponsor, 59_000)
    written_off(commitment.installments.get(), 1_000)
    line = timeline(commitment, TODAY)
    assert draw(line).rows[0].installments[0].text.endswith("paid, rest written off")
    assert "Paid, rest written off" in [entry.state for entry in line.entries]
