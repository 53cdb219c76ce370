"""Conditions, restrictions, notice and renewal in the admin site."""

from datetime import date

import pytest

from sponsors.commitments.models import Commitment, NonRenewal
from sponsors.commitments.rules import RenewalTerms
from sponsors.commitments.services import approve_amendment, give_notice, renew_automatically
from sponsors.commitments.tests.amending import TODAY, amended, approver
from sponsors.commitments.tests.conditions import fund, limit, match, only_condition, progressed
from sponsors.commitments.tests.factories import (
    colleague,
    drafted_commitment,
    general_fund,
    signed_commitment,
)
from sponsors.commitments.tests.test_admin_amendments import as_it_stands
from sponsors.commitments.tests.test_admin_commitments import cash, draft_form, rows, sentences
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
ADD = "/admin/sponsors/commitment/add/"
MATCH = {
    "description": "Others give as much.",
    "measure": "The quarterly report",
    "target": "100000",
    "amount": "100000",
    "due_on": "",
    "money_returns": "on",
}
AGREED = RenewalTerms(notice_days=30, automatically=True, months=12)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    for module in ("amendment_forms", "amendments", "actions", "conditions", "promise_forms", "summary"):
        monkeypatch.setattr(f"sponsors.commitments.admin.{module}.local_today", lambda: TODAY)


@pytest.fixture
def client(signed_in, fundraiser):
    return signed_in(fundraiser)


@pytest.fixture
def commitment():
    return signed_commitment(
        years=3,
        conditions=[match(due_on=date(2026, 12, 31))],
        restrictions=[limit(percent=25)],
        renewal=AGREED,
    )


def text_of(response):
    return " ".join(response.content.decode().split())


def page_of(record, rest="change/"):
    return f"/admin/sponsors/{record._meta.model_name}/{record.pk}/{rest}"


def a_grant(**changes):
    return {"fund": str(fund().pk), "purpose": "Travel", "percent": "25", "amount": "", "term": ""} | changes


def test_a_draft_is_written_with_all_that_is_agreed(client):
    form = draft_form(
        SponsorFactory(), cash(), notice_days="90", renews_automatically="on", renewal_months="12"
    )
    form |= rows("conditions", MATCH) | rows("restrictions", a_grant())
    assert client.post(ADD, form).status_code == 302
    draft = Commitment.objects.get()
    assert draft.renewal_terms == RenewalTerms(notice_days=90, automatically=True, months=12)
    condition = draft.conditions.get()
    assert (condition.amount, condition.target, condition.money_returns) == (100_000, 100_000, True)
    assert draft.restrictions.get().percent == 25


def test_a_refused_draft_keeps_what_was_typed(client):
    form = draft_form(SponsorFactory(), cash(), renews_automatically="on", notice_days="30")
    form |= rows("conditions", MATCH) | rows("restrictions", a_grant())
    response = client.post(ADD, form)
    assert "Enter the months of each renewal" in sentences(response)
    assert "The quarterly report" in text_of(response)
    form["renewal_months"] = "12"
    form |= rows("restrictions", a_grant(percent="", amount="300001"))
    assert "only USD 300,000.00 in cash is promised" in text_of(client.post(ADD, form))
    assert not Commitment.objects.exists()


def test_a_percent_over_100_is_refused_with_a_sentence(client):
    form = draft_form(SponsorFactory(), cash()) | rows("restrictions", a_grant(percent="101"))
    assert "Restriction 1: the percent must be more than 0 and at most 100" in sentences(
        client.post(ADD, form)
    )


def test_the_top_of_a_refused_page_names_each_field_and_row(client):
    form = draft_form(SponsorFactory(), cash(), title="")
    form |= rows("conditions", MATCH, MATCH | {"amount": "much"})
    page = text_of(client.post(ADD, form))
    assert "Nothing was saved. Correct this:" in page
    assert '<a class="underline" href="#id_title">Title</a>: This field is required.' in page
    assert (
        '<a class="underline" href="#id_conditions-1-amount">Condition 2, Amount that depends on it</a>: '
        "Write the amount in digits" in page
    )


def test_the_top_of_a_refused_amendment_names_the_field(client, commitment):
    page = text_of(amend(client, commitment, condition_new_amount="5"))
    assert "Nothing was proposed. Correct this:" in page
    assert 'href="#id_condition_new_measure">What satisfies the new condition</a>: A new row' in page


def test_a_draft_shows_and_keeps_its_conditions(client):
    draft = drafted_commitment(conditions=[match()], restrictions=[limit(amount=5)])
    response = client.get(page_of(draft))
    prefixes = {
        row.formset.prefix: row.formset.initial_form_count()
        for row in response.context["inline_admin_formsets"]
    }
    assert prefixes["conditions"] == prefixes["restrictions"] == 1


def test_the_page_says_what_depends_on_what_and_where_the_cash_goes(client, commitment):
    progressed(only_condition(commitment), 60_000)
    text = text_of(client.get(page_of(commitment)))
    for words in (
        "USD 40,000.00 of USD 180,000.00 in cash still depends on them",
        "Partly met",
        "25% of the cash to Grants",
        "2026-12-01, 30 days before the last day",
        "for 12 months",
    ):
        assert words in text


def test_progress_is_recorded_and_reversed_on_the_page_of_the_condition(
    client, signed_in, finance, commitment
):
    condition = only_condition(commitment)
    record = page_of(condition, "do/record-progress/")
    posted = {"met_on": "2026-02-01", "amount": "60000", "reference": "q1", "note": "As reported."}
    assert "USD 100,000.00 of USD 100,000.00 is missing" in text_of(client.get(record))
    done = text_of(client.post(record, posted, follow=True))
    assert "USD 60,000.00 is recorded" in done
    assert "As reported." in done
    refused = text_of(client.post(record, posted | {"reference": "q2"}))
    assert "would go above the target" in refused
    assert 'value="q2"' in refused
    treasurer = signed_in(finance)
    reverse = page_of(condition, "do/reverse-progress/")
    entry = condition.progress.get()
    done = text_of(treasurer.post(reverse, {"progress": entry.pk, "reason": "Counted twice."}, follow=True))
    assert "q1 is reversed and no longer counts" in done
    assert "(reversal)" in done
    condition.refresh_from_db()
    assert condition.reached == 0


def test_the_list_is_found_by_number_words_and_state(client, commitment):
    address = "/admin/sponsors/condition/"
    for query in ("", f"?q={commitment.number}", "?q=community", "?state=open"):
        assert str(only_condition(commitment)) in text_of(client.get(address + query)), query
    for query in ("?q=C-1900", "?state=met"):
        assert str(only_condition(commitment)) not in text_of(client.get(address + query)), query


def test_notice_is_recorded_and_withdrawn(client, commitment):
    give = page_of(commitment, "do/give-notice/")
    assert "The last day for notice is 2026-12-01" in text_of(client.get(give))
    posted = {"given_by": "sponsor", "given_on": "2026-02-01", "reason": "Budget cut."}
    done = text_of(client.post(give, posted, follow=True))
    assert f"Notice is recorded. {commitment.number} ends after 2026-12-31." in done
    assert "Notice by the sponsor on 2026-02-01: Budget cut." in done
    withdraw = page_of(commitment, "do/withdraw-notice/")
    assert "It renews by itself again, for 12 months" in text_of(client.get(withdraw))
    assert "is withdrawn" in text_of(client.post(withdraw, {"reason": "They stay."}, follow=True))
    assert NonRenewal.objects.get().withdrawn_reason == "They stay."


def test_withdrawing_notice_for_what_does_not_renew_by_itself_says_so(client):
    commitment = signed_commitment(years=3)
    give_notice(
        actor=colleague(),
        commitment=commitment,
        given_on=TODAY,
        given_by="foundation",
        reason="Other plans.",
        today=TODAY,
    )
    assert "It can be renewed by hand" in text_of(client.get(page_of(commitment, "do/withdraw-notice/")))


@pytest.mark.parametrize("standing", ["notice", "to_renew", "ends_30", "not_renewed", "open", "in_force"])
def test_the_list_of_commitments_is_narrowed_by_what_comes(client, commitment, standing):
    assert client.get(f"/admin/sponsors/commitment/?standing={standing}").status_code == 200


def test_the_page_says_why_it_was_not_renewed_by_itself(client):
    stuck = signed_commitment(years=1, starts_on=date(2025, 1, 1), renewal=AGREED)
    general = general_fund()
    general.is_open = False
    general.save()
    text = text_of(client.get(page_of(stuck)))
    assert "as nobody gave notice by 2025-12-01. Bursar renews it within the hour." in text
    assert renew_automatically(actor=None, today=TODAY) == (0, 1)
    text = text_of(client.get(page_of(stuck)))
    assert "It could not yet: Line 1: the fund General is closed" in text
    assert "Bursar tries again every hour, or renew it by hand." in text
    general.is_open = True
    general.save()
    assert renew_automatically(actor=None, today=TODAY) == (1, 0)
    assert "It was agreed to renew by itself" not in text_of(client.get(page_of(stuck)))


# Amending ----------------------------------------------------------------------------------------


def amend(client, commitment, **changes):
    address = page_of(commitment, "do/amend/")
    posted = as_it_stands(client, commitment, **changes)
    return client.post(address, posted, follow=True)


def test_an_amendment_writes_over_what_is_agreed(client, commitment):
    condition, restriction = only_condition(commitment), commitment.restrictions.get()
    page = amend(
        client,
        commitment,
        **{
            f"condition_{condition.pk}_due_on": "2027-06-30",
            "condition_new_description": "The index stays free.",
            "condition_new_measure": "Our word",
            "condition_new_amount": "5",
            f"restriction_{restriction.pk}_percent": "30",
            "restriction_new_1_fund": str(fund("cdn").pk),
            "restriction_new_1_purpose": "CDN",
            "restriction_new_1_amount": "500",
            "restriction_new_1_term": "3",
            "notice_days": "60",
        },
    )
    text = text_of(page)
    for words in (
        "<del>30</del> <ins>60</ins>",
        "USD 100,000.00, target USD 100,000.00, by 2027-06-30",
        "The index stays free.",
        "30%",
        "term 3",
    ):
        assert words in text, words


def test_an_amendment_changes_the_words_of_a_condition_and_what_becomes_of_money(client, commitment):
    key = f"condition_{only_condition(commitment).pk}"
    address = page_of(commitment, "do/amend/")
    posted = as_it_stands(client, commitment, **{f"{key}_description": "Others give more."})
    posted[f"{key}_measure"] = "The audited report"
    assert posted.pop(f"{key}_money_returns")
    text = text_of(client.post(address, posted, follow=True))
    for words in (
        "<del>The community gives as much.</del> <ins>Others give more.</ins>",
        "Donations by the quarterly report<br>money that came goes back",
        "The audited report<br>money that came stays",
        "changed",
    ):
        assert words in text, words
    amendment = commitment.amendments.get()
    approve_amendment(actor=approver(), amendment=amendment, today=TODAY)
    barrier = commitment.conditions.get().barrier
    assert (barrier.description, barrier.measure) == ("Others give more.", "The audited report")
    assert (barrier.money_returns, barrier.position) == (False, 1)


def test_breaks_in_the_words_of_a_condition_are_no_change_of_it(client):
    agreed = signed_commitment(conditions=[match(description="Others give\nas much.")])
    key = f"condition_{only_condition(agreed).pk}"
    broken = {f"{key}_description": "Others give\r\nas much.", f"{key}_measure": "Their\r\nreport"}
    amend(client, agreed, **broken)
    [added] = agreed.amendments.get().change["conditions_added"]
    assert (added["description"], added["measure"]) == ("Others give\nas much.", "Their report")


def test_a_condition_keeps_its_words_or_is_waived(client, commitment):
    key = f"condition_{only_condition(commitment).pk}"
    text = text_of(amend(client, commitment, **{f"{key}_description": "", f"{key}_measure": ""}))
    assert "Say what must happen, or empty the amount to waive the condition." in text
    assert "Say what satisfies it, or empty the amount to waive the condition." in text
    emptied = {f"{key}_{name}": "" for name in ("description", "measure", "amount")}
    assert "is proposed" in text_of(amend(client, commitment, **emptied))


def test_emptied_amounts_waive_and_take_away(client, commitment):
    condition, restriction = only_condition(commitment), commitment.restrictions.get()
    text = text_of(
        amend(
            client,
            commitment,
            **{
                f"condition_{condition.pk}_amount": "",
                f"restriction_{restriction.pk}_percent": "",
                "renewal_months": "6",
            },
        )
    )
    assert text.count("removed") == 2
    assert "<del>12</del> <ins>6</ins>" in text


def test_half_a_new_row_is_a_slip(client, commitment):
    text = text_of(amend(client, commitment, condition_new_amount="5", restriction_new_1_percent="5"))
    # Each at its field and at the top of the page.
    assert text.count("A new row says what must happen, what satisfies it and its amount") == 4
    assert text.count("A new row needs a fund, a purpose and an amount or percent") == 4


def test_the_timeline_tells_what_was_met_and_said(client, commitment):
    condition = only_condition(commitment)
    progressed(condition, 60_000)
    amended(commitment, conditions=[])
    give_notice(
        actor=colleague(),
        commitment=commitment,
        given_on=TODAY,
        given_by="sponsor",
        reason="Sold.",
        today=TODAY,
    )
    text = text_of(client.get(page_of(commitment, "timeline/")))
    assert "condition 1: USD 60,000.00 met, report-1" in text
    assert "will not be renewed, says the sponsor: Sold." in text
