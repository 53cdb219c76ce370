"""The digest: one mail a day to each person, with what it takes to act, and links that change nothing by themselves."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.notices.models import Notice
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.rules import RenewalTerms
from sponsors.directory.models import Interaction
from sponsors.directory.tests.factories import InteractionFactory
from sponsors.renewals.models import Digest, ReminderStep, Telling
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.reasons import Reason
from sponsors.renewals.rules.scoring import Weighed
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.selectors import digests as reading
from sponsors.renewals.services.answering import acknowledge
from sponsors.renewals.services.digests import send_digest, send_digests
from sponsors.renewals.tests.paying import payment_reminder
from sponsors.renewals.tests.reminding import (
    DAY,
    assessed,
    backup,
    before,
    ending_commitment,
    give_backup,
    open_step,
    owner,
    set_people,
    sweep,
)

pytestmark = pytest.mark.django_db
TODAY = before(90)


def mails() -> list[Notice]:
    return list(Notice.objects.filter(kind="renewal_digest").order_by("pk"))


def text() -> str:
    (mail,) = mails()
    return mail.body_text


def send(today=TODAY) -> int:
    return send_digests(actor=None, today=today)


def test_a_person_has_one_mail_of_all_that_is_new():
    open_step()
    open_step()
    assert send() == 1
    (mail,) = mails()
    assert (mail.recipient, mail.subject) == (owner().email, "2 renewals wait for you")
    assert Telling.objects.not_mailed().count() == 0
    assert Digest.objects.get().tellings.count() == 2


def test_the_subject_names_the_only_sponsor():
    step = open_step()
    send()
    assert mails()[0].subject == f"{step.commitment.sponsor.name} ends in 90 days"


def test_a_second_run_of_the_day_mails_nothing():
    open_step()
    assert (send(), send(), len(mails())) == (1, 0, 1)


def test_what_is_new_waits_for_the_digest_of_the_next_day():
    open_step()
    send()
    later = open_step()
    assert send() == 0
    assert send(before(89)) == 1
    assert later.commitment.number in mails()[1].body_text
    assert "1 earlier reminder still waits for your answer." in mails()[1].body_text


def test_what_was_answered_meanwhile_is_not_told():
    step = open_step()
    acknowledge(actor=owner(), step=step)
    assert (send(), mails()) == (0, [])


def test_whoever_may_not_sign_in_has_no_mail():
    open_step()
    type(owner()).objects.filter(pk=owner().pk).update(is_active=False)
    assert send() == 0


def test_the_most_urgent_comes_first():
    low, high, dear = open_step(), open_step(), open_step()
    assessed(low.commitment)
    assessed(high.commitment, band=Band.HIGH, probability=0.3, low=0.2, high=0.4)
    assessed(dear.commitment, band=Band.HIGH, probability=0.3, low=0.2, high=0.4, cash_a_year=Decimal(5000))
    content = reading.digest_content(owner(), TODAY)
    assert [entry.step for entry in content.entries] == [dear, high, low]


def test_an_entry_says_all_it_takes_to_act():
    step = open_step()
    commitment = step.commitment
    assessed(
        commitment,
        band=Band.HIGH,
        probability=0.271,
        low=0.14,
        high=0.45,
        cash_a_year=Decimal(60_000),
        replacement_a_year=Decimal(21_600_000),
        reasons=[
            {"reason": "overdue", "points": 0.6, "spread": 0.3, "evidence": "expert", "known": True},
            {"reason": "tenure", "points": -0.3, "spread": 0.0, "evidence": "histories", "known": True},
        ],
    )
    InteractionFactory(
        sponsor=commitment.sponsor,
        kind=Interaction.Kind.CALL,
        occurred_at=datetime(2026, 1, 15, 12, tzinfo=UTC),
        by=owner(),
    )
    send()
    for sentence in (
        f"{commitment.sponsor.name}: {commitment.title} ({commitment.number})",
        "Ends in 90 days, on 2026-04-30. Reminder 90 days before the end.",
        "Risk: high, lapse 27% (14% to 45%)",
        "- A payment is overdue.",
        "Lost a year in cash: USD 60,000.00",
        "To replace what they give in kind, a year: USD 21,600,000.00",
        "Last contact: Call on 2026-01-15, Olga.",
        (
            "What to do: Clear up the overdue payment with their billing contact before you speak of renewal. Send the "
            "renewal letter with the terms you propose."
        ),
        "You own this commitment.",
    ):
        assert sentence in text()
    assert "supported us for some time" not in text()


def test_a_reminder_of_a_notice_names_the_day():
    commitment = ending_commitment(renewal=RenewalTerms(notice_days=90))
    last = commitment.notice_on
    sweep(last - 30 * DAY)
    entries = reading.digest_content(owner(), last - 30 * DAY).entries
    assert f"30 days before the last day for notice, {last}" in [entry.headline for entry in entries]


def test_what_nobody_assessed_is_told_all_the_same():
    open_step()
    send()
    assert "Risk: not assessed yet" in text()
    assert "Last contact: Nobody has spoken with them yet." in text()


def test_what_nobody_can_convert_is_not_told_as_nothing():
    assessed(open_step().commitment, cash_a_year=None)
    send()
    assert "Lost a year in cash: unknown, as there is no recent exchange rate to USD" in text()


@pytest.mark.parametrize("path", ["acknowledge", "snooze", "record-outcome"])
def test_links_lead_through_sign_in_to_a_form_and_change_nothing(client, signed_in, path):
    step = open_step()
    send()
    (address,) = [line.split()[-1] for line in text().splitlines() if line.endswith(f"/do/{path}/")]
    link = urlsplit(address).path
    answer = client.get(link)
    assert answer.status_code == 302
    assert f"next={link}" in answer["Location"]
    assert signed_in(owner()).get(link).status_code == 200
    step.refresh_from_db()
    assert step.state == StepState.OPEN


def test_the_html_has_the_same_links_as_the_text():
    step = open_step()
    send()
    (mail,) = mails()
    for name in ("acknowledge", "snooze", "record-outcome"):
        assert f"/sponsors/reminderstep/{step.pk}/do/{name}/" in mail.body_html


def test_the_backup_is_told_who_has_not_answered():
    step = open_step()
    give_backup(step.commitment, backup())
    for day in range(89, 79, -1):
        sweep(before(day))
    send(before(80))
    mail = next(mail for mail in mails() if mail.recipient == backup().email)
    assert "You are its backup, and Olga has not answered in time." in mail.body_text


def test_the_lead_is_told_that_nobody_owns_it():
    lead = make_user("Lena", Role.FUNDRAISING)
    set_people(lead=lead)
    ending_commitment(with_owner=False, signed_on=before(95))
    sweep(TODAY)
    send()
    assert "You are the fundraising lead, and nobody owns it. Give it an owner." in text()


def test_an_administrator_is_told_to_choose_a_lead(administrator):
    ending_commitment(with_owner=False, signed_on=before(95))
    sweep(TODAY)
    send()
    assert (
        "no fundraising lead is set. Give it an owner, and choose a lead in the renewal settings." in text()
    )


def test_payments_are_a_section_of_the_same_mail():
    reminder = payment_reminder()
    Telling.objects.create(payment=reminder, person=owner(), role="finance", told_on=reminder.taken_on)
    open_step()
    send()
    (mail,) = [mail for mail in mails() if mail.recipient == owner().email]
    assert mail.subject.endswith("ends in 90 days, 1 payment to look after")
    assert "This payment is yours to look after:" in mail.body_text
    assert f"({reminder.installment.commitment.number})" in mail.body_text


def test_of_very_many_the_most_urgent_are_told_and_the_others_counted(monkeypatch):
    monkeypatch.setattr(reading, "MOST_IN_A_MAIL", 1)
    open_step()
    open_step()
    send()
    assert "And 1 more." in text()
    assert Telling.objects.not_mailed().count() == 0


def test_a_step_told_twice_before_a_mail_is_one_entry():
    step = open_step()
    Telling.objects.create(step=step, person=owner(), role="owner", told_on=before(89))
    send(before(89))
    assert mails()[0].subject == f"{step.commitment.sponsor.name} ends in 89 days"


def test_a_digest_costs_as_many_queries_for_many_as_for_one(django_assert_num_queries):
    open_step()
    with CaptureQueriesContext(connection) as one:
        send()
    for _ in range(4):
        open_step()
    with django_assert_num_queries(len(one)):
        send(before(89))


def test_a_crash_between_two_people_loses_nothing_and_doubles_nothing(monkeypatch):
    open_step()
    other = make_user("Zoe", Role.FUNDRAISING)
    ending_commitment(owner=other, signed_on=before(95))
    sweep(TODAY)
    people = reading.people_to_mail(TODAY)

    real = reading.digest_content

    def dies(person, today):
        if person == people[1]:
            raise KeyboardInterrupt
        return real(person, today)

    monkeypatch.setattr("sponsors.renewals.services.digests.digest_content", dies)
    with pytest.raises(KeyboardInterrupt):
        send()
    monkeypatch.undo()
    assert (len(mails()), send(), len(mails())) == (1, 1, 2)


def test_the_telling_of_a_closed_step_is_told_to_nobody():
    step = open_step()
    ReminderStep.objects.filter(pk=step.pk).update(state=StepState.REPLACED)
    assert send(TODAY + timedelta(days=1)) == 0


def test_who_had_a_digest_today_or_has_nothing_to_be_told_gets_none():
    open_step()
    assert send_digest(actor=None, person=backup(), today=TODAY) is None
    assert send_digest(actor=None, person=owner(), today=TODAY) is not None
    assert send_digest(actor=None, person=owner(), today=TODAY) is None
    assert len(mails()) == 1


def test_a_mail_may_be_of_payments_alone():
    reminder = payment_reminder()
    today = reminder.due_on
    Telling.objects.create(payment=reminder, person=owner(), role="finance", told_on=today)
    send(today)
    (mail,) = [mail for mail in mails() if mail.recipient == owner().email]
    assert mail.subject == "1 payment to look after"
    assert "due today" in mail.body_text
    assert "waits for you" not in mail.body_text


@pytest.mark.parametrize(
    ("days", "words"),
    [(-2, "due on 2026-03-01, in 2 days"), (0, "due today"), (1, "due on 2026-03-01, 1 day overdue")],
)
def test_when_a_payment_is_due_is_said_from_both_sides(days, words):
    due_on = date(2026, 3, 1)
    assert reading.due_in_words(due_on, due_on + timedelta(days=days)) == words


def test_a_mail_tells_what_somebody_can_do_something_about():
    raises, lowers = Weighed(Reason.SILENCE, 0.4), Weighed(Reason.TOP_LEVEL, -0.6)
    years, unknown_years = Weighed(Reason.TENURE, 0.3), Weighed(Reason.TENURE, 0.1, is_known=False)
    assert reading.worth_telling([raises, lowers, years]) == [raises]
    assert reading.worth_telling([unknown_years, lowers]) == [unknown_years]
