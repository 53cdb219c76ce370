"""Renewal letters: written from facts, changed by people, and sent by nobody else."""

from datetime import date, timedelta
from typing import Any, cast

import pytest

from foundation.documents.services import content_of
from foundation.notices.models import Notice
from foundation.people.roles import Role
from foundation.people.tests.factories import make_service, make_user
from sponsors.commitments.tests.factories import cash_line, colleague, in_kind_line
from sponsors.directory.models import Contact, Interaction
from sponsors.directory.services import add_contact
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.inkind.tests.factories import service, supplied
from sponsors.inkind.tests.valuing import metered_line
from sponsors.renewals.models import RenewalLetter
from sponsors.renewals.services import letters
from sponsors.renewals.tests.renewing import NOW, TODAY, closed, due, ending, moved, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def sponsor():
    return SponsorFactory(name="Cloudline", legal_name="Cloudline Inc.")


@pytest.fixture
def ada(sponsor):
    return person(sponsor, "Ada Lovelace", "ada@cloudline.example", Contact.Role.PRIMARY)


def person(sponsor, name, email, *roles):
    return add_contact(actor=colleague(), sponsor=sponsor, name=name, email=email, roles=list(roles))


def drafted(case):
    return letters.draft_letter(actor=colleague(), case=case, today=TODAY)


def revised(letter, **changes: Any):
    return letters.revise_letter(
        actor=colleague(), letter=letter, changes=cast("letters.LetterChanges", changes)
    )


def sent(letter, *, actor=None):
    return letters.send_letter(actor=actor or colleague(), letter=letter, today=TODAY, now=NOW)


def test_a_draft_goes_to_the_primary_contact_and_says_what_is_known(sponsor, ada):
    person(sponsor, "Bob", "bob@cloudline.example", Contact.Role.BILLING)
    owner = make_user("Olga Owner", Role.FUNDRAISING)
    letter = drafted(due(ending(sponsor, owner=owner, title="Gold 2024 to 2026"))).letter
    assert (letter.contact, letter.recipient, letter.state) == (ada, "ada@cloudline.example", "draft")
    assert "Gold 2024 to 2026" in letter.subject
    assert "Dear Ada Lovelace," in letter.body
    assert "USD 180,000.00 in cash" in letter.body
    assert "ends on 31 December 2026" in letter.body
    assert "\nOlga Owner\n" in letter.body
    assert not Notice.objects.exists()


def test_a_second_draft_is_the_first_one_until_that_is_gone(ada):
    case = due(ending(ada.sponsor))
    first = drafted(case)
    again = drafted(case)
    assert (first.is_new, again.is_new, again.letter) == (True, False, first.letter)
    letters.discard_letter(actor=colleague(), letter=first.letter)
    assert drafted(case).is_new


def test_without_a_contact_the_letter_is_drafted_to_colleagues_and_cannot_leave(sponsor):
    letter = drafted(due(ending(sponsor))).letter
    assert (letter.contact, letter.recipient) == (None, "")
    assert "Dear colleagues at Cloudline," in letter.body
    with refused("required", "recipient"):
        sent(letter)


def test_a_closed_case_gets_no_letter(ada):
    case = due(ending(ada.sponsor))
    letter = drafted(case).letter
    closed(case, "lapsed")
    with refused("case_is_closed", "state"):
        sent(letter)
    with refused("case_is_closed", "state"):
        drafted(case)


def test_a_draft_is_changed_and_another_contact_brings_an_address(sponsor, ada):
    bob = person(sponsor, "Bob", "bob@cloudline.example")
    letter = drafted(due(ending(sponsor))).letter
    assert revised(letter, contact=bob).recipient == "bob@cloudline.example"
    assert (
        revised(letter, contact=ada, recipient=" office@cloudline.example ").recipient
        == "office@cloudline.example"
    )
    assert revised(letter, contact=ada).recipient == "office@cloudline.example"
    assert revised(letter, contact=None, recipient="").recipient == ""
    changed = revised(letter, subject=" Our  thanks\n", body="Dear Ada,\r\n\r\nStay.\r\n")
    assert (changed.subject, changed.body) == ("Our thanks", "Dear Ada,\n\nStay.")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"recipient": "ada at cloudline"}, "email_invalid", "recipient"),
        ({"recipient": f"ada@{'cloud.' * 50}example.org"}, "too_long", "recipient"),
        ({"subject": " "}, "required", "subject"),
        ({"subject": "x" * 201}, "too_long", "subject"),
        ({"body": ""}, "required", "body"),
        ({"body": "Hello\u202e"}, "unreadable", "body"),
    ],
)
def test_what_a_letter_cannot_be_is_refused(ada, changes, code, field):
    letter = drafted(due(ending(ada.sponsor))).letter
    with refused(code, field):
        revised(letter, **changes)


def test_somebody_of_another_sponsor_is_not_written_to(ada):
    stranger = person(SponsorFactory(), "Eve", "eve@elsewhere.example")
    letter = drafted(due(ending(ada.sponsor))).letter
    with refused("contact_of_another_sponsor", "contact"):
        revised(letter, contact=stranger)


def test_sending_keeps_the_paper_mails_it_and_notes_it_with_the_sponsor(ada):
    owner, sender = make_user("Olga Owner", Role.FUNDRAISING), colleague()
    case = due(ending(ada.sponsor, owner=owner))
    letter = sent(drafted(case).letter, actor=sender)
    assert (letter.state, letter.sent_by, letter.sent_on) == ("sent", sender, TODAY)
    notice = letter.notice
    assert (notice.recipient, notice.reply_to, notice.attachment) == (ada.email, owner.email, letter.document)
    assert letter.body in notice.body_text
    assert content_of(letter.document).startswith(b"%PDF")
    noted = Interaction.objects.get()
    assert (noted.kind, noted.occurred_at, list(noted.contacts.all())) == ("letter", NOW, [ada])
    case.refresh_from_db()
    assert (case.state, case.moves.get().note) == ("contacted", "A renewal letter was sent.")


def test_a_program_sends_no_letter(ada, administrator):
    letter = drafted(due(ending(ada.sponsor))).letter
    with refused("sent_by_a_person", "state"):
        sent(letter, actor=make_service("Robot", Role.FUNDRAISING, answerable=administrator))
    assert not Notice.objects.exists()


def test_a_card_that_is_further_stays_there(ada):
    case = moved(due(ending(ada.sponsor)), "negotiating")
    sent(drafted(case).letter)
    case.refresh_from_db()
    assert case.state == "negotiating"


def test_a_letter_leaves_once(ada):
    letter = sent(drafted(due(ending(ada.sponsor))).letter)
    for again in (
        lambda: sent(letter),
        lambda: revised(letter, subject="Other"),
        lambda: letters.discard_letter(actor=colleague(), letter=letter),
    ):
        with refused("not_allowed_now", "state"):
            again()
    assert Notice.objects.count() == 1
    assert str(RenewalLetter.objects.get()) == letter.subject


def test_without_an_owner_answers_go_to_the_sender(ada):
    letter = sent(drafted(due(ending(ada.sponsor))).letter)
    assert letter.notice.reply_to == colleague().email


def test_a_contact_that_went_to_another_sponsor_is_not_noted_with_this_one(sponsor, ada):
    letter = drafted(due(ending(sponsor))).letter
    Contact.objects.filter(pk=ada.pk).update(sponsor=SponsorFactory())
    sent(letter)
    assert not Interaction.objects.get().contacts.exists()


def test_the_preview_is_a_pdf_and_writes_nothing(ada):
    letter = drafted(due(ending(ada.sponsor))).letter
    assert letters.preview_letter(letter, today=TODAY) == letters.preview_letter(letter, today=TODAY)
    assert letters.preview_letter(letter, today=TODAY).startswith(b"%PDF")
    assert not Notice.objects.exists()


def test_gifts_are_named_and_the_first_support_is_remembered(sponsor, ada):
    ending(sponsor, starts_on=date(2016, 3, 1))
    lines = [cash_line(90_000), in_kind_line(300)]
    letter = drafted(due(ending(sponsor, lines=lines))).letter
    assert "since March 2016" in letter.body
    assert "CDN for the package index" in letter.body


def test_a_contact_who_left_is_not_addressed(sponsor, ada):
    Contact.objects.filter(pk=ada.pk).update(left_on=TODAY - timedelta(days=1))
    assert drafted(due(ending(sponsor))).letter.contact is None


def test_what_services_did_on_the_gift_in_twelve_months_is_told():
    line = metered_line(date(2026, 3, 1))
    supplied(service("docs"), line)
    body = drafted(due(line.commitment)).letter.body
    told = f"Files-{line.pk} served 1 PB and 1 billion requests and Docs kept running."
    assert f"What that made possible in the last twelve months: {told}" in body


def test_use_of_longer_ago_is_not_told():
    line = metered_line(date(2025, 3, 1))
    assert f"Files-{line.pk} kept running." in drafted(due(line.commitment)).letter.body
