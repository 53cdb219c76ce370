"""What the board, the pages of renewal cases and those of letters show and do."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError

from foundation.books.selectors import local_today
from foundation.notices.models import Notice
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.rules import add_months
from sponsors.commitments.tests.factories import colleague, drafted_commitment
from sponsors.directory.models import Contact
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory
from sponsors.renewals.models import RenewalCase, RenewalLetter
from sponsors.renewals.services.letters import revise_letter
from sponsors.renewals.tests.renewing import assessed, closed, drafted_letter, due, ending, moved

pytestmark = pytest.mark.django_db
CASES, LETTERS = "/admin/sponsors/renewalcase/", "/admin/sponsors/renewalletter/"
BOARD = f"{CASES}board/"


@pytest.fixture
def client(signed_in):
    return signed_in(colleague())


def text_of(response):
    """Return what can be read on the page, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def do(client, record, name, **data):
    """Do it, and return the sentence that the next page says, or the errors of the form."""
    address = {RenewalCase: CASES, RenewalLetter: LETTERS}[type(record)]
    response = client.post(f"{address}{record.pk}/do/{name}/", data, follow=True)
    if response.redirect_chain:
        return [str(message) for message in response.context["messages"]]
    return [str(error) for errors in response.context["form"].errors.values() for error in errors]


def move(client, case, address=BOARD, **data):
    response = client.post(address, {"case": case.pk, "seen": case.state} | data)
    assert response.status_code == 302
    return response["Location"], [
        str(message) for message in client.get(response["Location"]).context["messages"]
    ]


# The board ------------------------------------------------------------------------------------


def test_the_board_shows_cards_with_what_they_are_worth(client):
    last = local_today() + timedelta(days=29)
    start = add_months(last + timedelta(days=1), -36)
    case = due(ending(SponsorFactory(name="Cloudline"), starts_on=start, title="Gold"))
    assessed(case, risk=0.2, cash=60_000, in_kind=500)
    said = text_of(client.get(BOARD))
    for words in (
        "Cloudline",
        f"{case.commitment.number} Gold",
        f"Ends {case.commitment.ends_on}, in {(case.commitment.ends_on - local_today()).days} days",
        "USD 60,000.00 a year",
        "USD 500.00 in kind a year",
        "Renewal 80%",
        "High risk",
        "Nobody owns it",
        "USD 60,000.00 expected USD 48,000.00",
    ):
        assert words in said


def test_cards_without_an_assessment_are_in_no_forecast(client):
    due()
    said = text_of(client.get(BOARD))
    assert "Cash unknown" in said
    assert "Renewal unknown" in said
    assert "In no forecast yet: 1 of 1" in said


def test_a_card_is_moved_and_the_board_stays_as_it_was_filtered(client):
    case = due()
    address = f"{BOARD}?owner=nobody"
    where, said = move(client, case, address, state="contacted", note="By telephone")
    assert where == f"{address}#case-{case.pk}"
    assert said == [f"Renewal of {case.commitment.number} is contacted now."]
    assert case.moves.get().note == "By telephone"


def test_a_decline_without_a_note_and_a_card_moved_meanwhile_say_what_to_do(client):
    case = due()
    where, said = move(client, case, state="declined")
    assert "why the sponsor declined is missing" in said[0]
    assert where == BOARD  # the page begins with what is wrong
    moved(case, "negotiating")
    assert "Somebody moved the card to “Negotiating”" in move(client, case, state="contacted")[1][0]
    case.refresh_from_db()
    assert case.state == "negotiating"


def test_the_board_is_shown_without_scripts_too(client):
    said = client.get(BOARD).content.decode()
    assert '<noscript><link href="/static/bursar/without-scripts.css" rel="stylesheet"></noscript>' in said


def test_whoever_only_reads_moves_nothing(signed_in, infrastructure):
    case, browser = due(), signed_in(infrastructure)
    assert "board-move" not in browser.get(BOARD).content.decode()
    assert browser.post(BOARD, {"case": case.pk, "state": "agreed"}).status_code == 403


def test_a_card_that_is_not_there_is_not_found(client):
    assert client.post(BOARD, {"case": "0", "state": "agreed"}).status_code == 404
    assert client.post(BOARD, {"case": "\x00", "state": "agreed"}).status_code == 404


@pytest.mark.parametrize("query", ["owner=x&quarter=y", "owner=99999999999999999999", "owner=²"])
def test_filters_that_mean_nothing_narrow_nothing(client, query):
    due()
    assert client.get(f"{BOARD}?{query}").context["board"].forecast.count == 1


def test_a_quarter_without_ends_stays_to_be_seen(client):
    form = client.get(f"{BOARD}?quarter=2030-1").context["form"]
    assert ("2030-1", "2030-1") in form.fields["quarter"].choices


def test_filters_narrow_and_lead_to_the_list(client, monkeypatch):
    monkeypatch.setattr("sponsors.renewals.selectors.board.MOST_CARDS", 1)
    olga = make_user("Olga Owner", Role.FUNDRAISING)
    due(ending(owner=olga)), due(ending(owner=olga)), due()
    page = client.get(f"{BOARD}?owner={olga.pk}&quarter=2026-4")
    assert page.context["board"].forecast.count == 2
    said = page.content.decode()
    [link] = re.findall(r'<a href="([^"]+)">1 more in the list', said)
    assert client.get(link.replace("&amp;", "&")).context["cl"].result_count == 2


def test_closed_cases_stand_beneath(client):
    case = closed(due(), "renewed")
    RenewalCase.objects.filter(pk=case.pk).update(closed_on=local_today())
    assert f"{case.commitment.number} " in text_of(client.get(BOARD))
    assert "None was closed of those that end then." in text_of(client.get(f"{BOARD}?quarter=2030-1"))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_board_is_a_file_too(client, kind):
    case = due(ending(SponsorFactory(name="Cloudline")))
    assessed(case, risk=0.2, cash=60_000)
    due(ending(owner=colleague()))
    answer = client.get(f"{BOARD}?format={kind}")
    assert "attachment" in answer["Content-Disposition"]
    if kind == "csv":
        first, row, other = answer.content.decode().splitlines()
        assert "probability of renewal" in first
        assert row.startswith(f"{case.commitment.number},Cloudline,2026-12-31")
        assert "60000" in row
        assert row.endswith("0.8,,High")
        assert "Colleague" in other


# A case ---------------------------------------------------------------------------------------


def test_a_case_is_opened_by_hand_and_refused_for_a_draft(client):
    commitment = ending()
    page = client.post(f"{CASES}add/", {"commitment": commitment.pk}, follow=True)
    case = RenewalCase.objects.get()
    assert page.redirect_chain[-1][0] == f"{CASES}{case.pk}/change/"
    refused = client.post(f"{CASES}add/", {"commitment": drafted_commitment().pk})
    assert "Only a signed commitment, or one that ended, can be renewed." in text_of(refused)
    assert RenewalCase.objects.get() == case


def test_the_page_of_a_case_says_everything(client):
    case = moved(due(), "negotiating", "They ask for fewer logos.")
    assessed(case, risk=0.2, cash=60_000)
    letter = drafted_letter(case)
    said = text_of(client.get(f"{CASES}{case.pk}/change/"))
    for words in ("They ask for fewer logos.", letter.subject, "USD 60,000.00", "nothing yet", "No reminder"):
        assert words in said
    client.post(f"{LETTERS}{letter.pk}/do/send/")
    assert f"sent to {letter.recipient}" in text_of(client.get(f"{CASES}{case.pk}/change/"))
    assert "Renewal case created" in text_of(client.get(f"{CASES}{case.pk}/history/"))


def test_a_commitment_leads_to_its_renewal(client):
    commitment = ending()
    page = f"/admin/sponsors/commitment/{commitment.pk}/change/"
    link = re.compile(rf"{CASES}[0-9]+/change/")
    assert not link.search(client.get(page).content.decode())
    case = due(commitment)
    assert link.findall(client.get(page).content.decode())[0] == f"{CASES}{case.pk}/change/"


def test_the_list_shows_open_cases_and_all(client):
    one, other = due(), closed(due(), "lapsed")
    assessed(one, risk=0.2, cash=60_000)
    rows = client.get(f"{CASES}?standing=open").context["cl"].result_list
    assert [row.pk for row in rows] == [one.pk]
    assert client.get(f"{CASES}?standing=closed").context["cl"].result_list[0] == other
    assert client.get(f"{CASES}?standing=neither").context["cl"].result_count == 2
    assert "USD 60,000.00" in text_of(client.get(CASES))


def test_cases_are_exported(client):
    assessed(due(ending(owner=colleague())), risk=0.2, cash=60_000)
    columns = ["commitment", "ends_on", "owner", "cash_a_year", "probability"]
    answer = client.post(f"{CASES}export/", {"columns": columns, "file_format": "csv"})
    assert answer.content.decode().splitlines()[1].endswith(",2026-12-31,Colleague,60000.00,0.8")


def test_a_card_is_moved_from_its_page(client):
    case = due()
    assert do(client, case, "move", state="agreed", seen="due", note="") == [
        f"Renewal of {case.commitment.number} is agreed now."
    ]
    assert "Somebody moved" in do(client, case, "move", state="contacted", seen="due", note="")[0]


def test_the_column_where_the_card_is_cannot_be_chosen(client):
    case = moved(due(), "negotiating")
    offered = client.get(f"{CASES}{case.pk}/do/move/").context["form"].fields["state"].choices
    assert [key for key, _label in offered] == ["due", "contacted", "agreed", "declined"]
    said = do(client, case, "move", state="negotiating", seen="negotiating", note="")
    assert said == ["The card is in “Negotiating” already. Choose another column."]


def test_an_estimate_is_given_in_percent_and_taken_back(client):
    case = due()
    assert "probability of 75%" in do(client, case, "estimate", percent="75")[0]
    case.refresh_from_db()
    assert case.own_probability == 0.75
    assert 'value="75"' in client.get(f"{CASES}{case.pk}/do/estimate/").content.decode()
    assert "our own estimate" in text_of(client.get(f"{CASES}{case.pk}/change/"))
    assert "assessed risk again" in do(client, case, "estimate", percent="")[0]
    assert "100" in do(client, case, "estimate", percent="101")[0]


def renewal_form(client, case, **changes):
    form = client.get(f"{CASES}{case.pk}/do/renew/").context["form"]
    return {name: form[name].value() or "" for name in form.fields} | changes


def test_a_renewal_is_drafted_with_changes_and_found_again(client):
    case = due()
    said = do(client, case, "renew", **renewal_form(client, case, months="12", percent="5"))
    renewal = case.commitment.renewals.get()
    assert said == [f"{renewal.number} is drafted. Look at its lines, schedule and terms, then propose it."]
    assert renewal.lines.get().amount == 63_000
    again = do(client, case, "renew", **renewal_form(client, case))
    assert "follows" in again[0]
    assert "Nothing was changed" in again[0]
    assert renewal.number in text_of(client.get(f"{CASES}{case.pk}/change/"))


def test_amounts_by_hand_and_another_first_day_go_through(client):
    case = due()
    given = renewal_form(client, case, line_1="90000", starts_on="2027-02-01", title="Silver")
    do(client, case, "renew", **given)
    renewal = case.commitment.renewals.get()
    assert (renewal.title, str(renewal.starts_on), renewal.lines.get().amount) == (
        "Silver",
        "2027-02-01",
        Decimal(90_000),
    )


def test_what_cannot_follow_is_said_on_the_form(client):
    case = due()
    assert "Every line is left out" in do(client, case, "renew", **renewal_form(client, case, line_1="0"))[0]
    assert "120" in do(client, case, "renew", **renewal_form(client, case, months="121"))[0]


def test_a_closed_case_may_be_opened_again_and_nothing_else(client):
    case = closed(due(), "declined")
    assert "is not possible now" in do(client, case, "move", state="agreed")[0]
    assert do(client, case, "reopen", note="A new director") == [f"{case} is open again, under negotiation."]


# A letter -------------------------------------------------------------------------------------


def test_a_letter_is_drafted_once_changed_and_sent(client):
    case = due()
    contact = ContactFactory(sponsor=case.commitment.sponsor, roles=[Contact.Role.PRIMARY])
    assert "The letter is drafted." in do(client, case, "draft-letter")[0]
    letter = RenewalLetter.objects.get()
    assert "begun before" in do(client, case, "draft-letter")[0]
    given = {
        "contact": contact.pk,
        "recipient": "office@example.org",
        "subject": letter.subject,
        "body": "Dear Ada,",
    }
    client.post(f"{LETTERS}{letter.pk}/change/", given)
    assert client.get(f"{LETTERS}{letter.pk}/pdf/").content.startswith(b"%PDF")
    assert not Notice.objects.exists()
    assert do(client, letter, "send")[-1] == "The letter goes to office@example.org, and its PDF is kept."
    assert Notice.objects.get().body_text.startswith("Dear Ada,")
    sent = client.get(f"{LETTERS}{letter.pk}/pdf/")
    assert b"".join(sent.streaming_content).startswith(b"%PDF")
    assert 'name="body"' not in client.get(f"{LETTERS}{letter.pk}/change/").content.decode()
    assert "is not possible now" in do(client, letter, "discard")[0]


def test_a_wrong_address_is_said_on_the_form(client):
    letter = drafted_letter()
    given = {"contact": letter.contact_id, "recipient": "", "subject": letter.subject, "body": letter.body}
    client.post(f"{LETTERS}{letter.pk}/change/", given)
    assert "The letter has no address." in do(client, letter, "send")[0]
    assert "nobody yet" in text_of(client.get(f"{LETTERS}{letter.pk}/do/send/"))


def test_a_draft_is_discarded_and_listed(client):
    letter = drafted_letter()
    assert do(client, letter, "discard") == ["The draft is discarded."]
    said = text_of(client.get(LETTERS))
    assert letter.subject in said
    assert "Discarded" in said


def test_a_letter_that_no_font_can_print_says_so_instead_of_a_paper(client):
    letter = drafted_letter()
    revise_letter(actor=colleague(), letter=letter, changes={"body": "\U000e0041\U0001f9ff\U0010ffff"})
    answer = client.get(f"{LETTERS}{letter.pk}/pdf/", follow=True)
    assert "cannot be printed" in str(next(iter(answer.context["messages"])))


def test_a_card_that_the_database_cannot_write_now_says_so(client, monkeypatch):
    class TakenError(Exception):
        sqlstate = "40001"

    def taken(**_given):
        raise OperationalError from TakenError

    monkeypatch.setattr("sponsors.renewals.admin.board.move_case", taken)
    assert "Somebody changed this at the same moment" in move(client, due(), state="agreed")[1][0]
