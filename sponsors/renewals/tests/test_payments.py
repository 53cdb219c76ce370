"""Payments are reminded of step by step, told to Finance once, and closed when nothing is due any more."""

import random
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.people.roles import Role
from foundation.people.tests.factories import make_service, make_user
from sponsors.commitments.models import Installment
from sponsors.commitments.rules import Due
from sponsors.commitments.services import terminate
from sponsors.commitments.tests.amending import amended
from sponsors.commitments.tests.factories import (
    charge_of,
    charged,
    credited,
    invoiced,
    proposed_commitment,
    received,
    signed_commitment,
    written_off,
)
from sponsors.renewals.models import PaymentReminder, RenewalSettings, Telling
from sponsors.renewals.services import payments as services
from sponsors.renewals.services.payments import PaymentsSwept
from sponsors.renewals.tests.paying import DUE, SIGNED, due_payment, swept

pytestmark = pytest.mark.django_db


def rows(**narrowed):
    found = PaymentReminder.objects.filter(**narrowed).order_by("due_on", "days")
    return [(row.code, row.state) for row in found]


@pytest.fixture
def treasurer(finance):
    return finance


# Steps -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [-15, 90])
def test_nothing_is_said_outside_the_steps(treasurer, offset):
    due_payment()
    assert swept(offset) == PaymentsSwept()


def test_a_step_is_taken_once_however_often_the_sweep_runs(treasurer):
    due_payment()
    assert swept(-14) == PaymentsSwept(told=1)
    assert swept(-14) == swept(-3) == PaymentsSwept()
    assert rows() == [("due-14", "open")]


def test_the_next_step_follows_the_one_before(treasurer):
    due_payment()
    swept(-14)
    swept(0)
    swept(15)
    assert rows() == [("due-14", "replaced"), ("due+0", "replaced"), ("due+15", "open")]


def test_after_a_month_in_which_nobody_looked_the_latest_step_is_told_and_the_others_are_missed(treasurer):
    due_payment()
    assert str(swept(31)) == (
        "1 payments reminded of, 3 steps missed, 0 reminders closed, 0 mails to sponsors"
    )
    assert rows() == [("due-14", "missed"), ("due+0", "missed"), ("due+15", "missed"), ("due+30", "open")]
    assert Telling.objects.count() == 1


def test_steps_before_the_signature_are_not_missed(treasurer):
    signed_commitment(years=1, starts_on=DUE, signed_on=DUE + timedelta(days=20))
    swept(31)
    assert rows() == [("due+15", "missed"), ("due+30", "open")]


def test_days_by_random_sweeps_take_each_step_once_and_in_order(treasurer):
    """Skipped at random, run twice at random."""
    chance = random.Random(5)  # noqa: S311  # decides on no secret
    due_payment()
    told: list[PaymentReminder] = []
    for offset in range(-20, 95):
        if chance.random() < 0.9:
            continue
        for _ in range(chance.choice([1, 2])):
            before = set(PaymentReminder.objects.values_list("code", flat=True))
            swept(offset)
            told += PaymentReminder.objects.exclude(code__in=before).exclude(state="missed")
    assert [row.days for row in told] == sorted({row.days for row in told})
    assert sorted(row.days for row in PaymentReminder.objects.all()) == [-14, 0, 15, 30, 60]
    assert Telling.objects.count() == len(told)


def test_staff_choose_the_days(treasurer):
    RenewalSettings.objects.update_or_create(pk=1, defaults={"payment_days": [7]})
    due_payment()
    assert swept(6) == PaymentsSwept()
    swept(7)
    assert rows() == [("due+7", "open")]
    RenewalSettings.objects.update(payment_days=[])
    assert swept(8) == PaymentsSwept()


def test_only_firm_commitments_are_reminded_of(treasurer):
    proposed_commitment(years=1, starts_on=DUE)
    assert swept() == PaymentsSwept()


def test_a_charge_is_reminded_of_like_an_installment(treasurer):
    commitment = signed_commitment(years=1, starts_on=SIGNED)
    charge = charge_of(charged(commitment, 500, on=SIGNED, due_on=DUE))
    swept(15)
    assert [code for code, _state in rows(installment=charge)] == ["due-14", "due+0", "due+15"]


# The day by which it is to be paid -------------------------------------------------------------


def test_an_invoice_that_gives_longer_moves_the_steps(treasurer):
    payment = due_payment()
    swept(0)
    invoiced(payment, on=DUE, due_on=DUE + timedelta(days=30))
    swept(15)
    assert list(PaymentReminder.objects.order_by("pk").values_list("due_on", "code", "state", "reason")) == [
        (DUE, "due-14", "missed", ""),
        (DUE, "due+0", "closed", "It is due on another day now."),
    ]
    swept(30)
    later = DUE + timedelta(days=30)
    # Since it was issued two weeks before, the step before the new day was there to be seen.
    assert rows(due_on=later) == [("due-14", "missed"), ("due+0", "open")]


def test_an_invoice_that_is_due_earlier_moves_nothing(treasurer):
    invoiced(due_payment(), on=SIGNED, due_on=SIGNED + timedelta(days=30))
    assert swept(-15) == PaymentsSwept()
    swept(-14)
    assert rows(due_on=DUE) == [("due-14", "open")]


def test_a_credited_invoice_moves_nothing_any_more(treasurer):
    payment = due_payment()
    credited(invoiced(payment, on=DUE, due_on=DUE + timedelta(days=30)))
    swept(15)
    assert rows(due_on=DUE)[-1] == ("due+15", "open")


def test_what_an_invoice_asks_for_long_after_its_due_date_is_reminded_of(treasurer):
    payment = due_payment()
    late = DUE + timedelta(days=200)
    invoiced(payment, on=late, due_on=late + timedelta(days=30))
    assert swept(230).told == 1
    assert rows() == [("due-14", "missed"), ("due+0", "open")]


def test_an_amendment_that_moves_the_day_begins_anew(treasurer):
    payment = due_payment()
    swept(-14)
    later = DUE + timedelta(days=60)
    moved(payment, later)
    swept(-10)
    assert list(PaymentReminder.objects.values_list("code", "state", "reason")) == [
        ("due-14", "closed", "An amendment took this installment away.")
    ]
    swept(0, due=later)
    assert rows(due_on=later) == [("due-14", "missed"), ("due+0", "open")]


def moved(payment, later):
    """Replace the installment by one on a later day, by an amendment."""
    amended(payment.commitment, today=DUE - timedelta(days=12), installments=[Due(later, payment.amount)])
    assert not Installment.objects.filter(pk=payment.pk).exists()


# The end of a reminder -------------------------------------------------------------------------


def paid(payment):
    received(payment.commitment.sponsor, 60_000, on=DUE)


def given_up(payment):
    written_off(payment, 60_000, on=DUE)


def paid_in_part(payment):
    received(payment.commitment.sponsor, 10_000, on=DUE)
    written_off(Installment.objects.get(pk=payment.pk), 50_000, on=DUE)


@pytest.mark.parametrize(
    ("settle", "reason"),
    [(paid, "Paid."), (given_up, "Written off."), (paid_in_part, "Written off.")],
)
def test_what_is_settled_closes_its_reminder(treasurer, settle, reason):
    payment = due_payment()
    swept(0)
    settle(payment)
    assert swept(1) == PaymentsSwept(closed=1)
    assert swept(15) == PaymentsSwept()
    reminder = PaymentReminder.objects.exclude(state="missed").get()
    assert (reminder.state, reminder.reason) == ("closed", reason)


def test_a_termination_closes_the_reminder_of_what_it_releases(treasurer, fundraiser):
    commitment = signed_commitment(years=2, starts_on=SIGNED)
    swept(-10, due=date(2027, 1, 1))
    terminate(
        actor=fundraiser,
        commitment=commitment,
        closed_on=date(2026, 12, 25),
        reason="They closed.",
        today=date(2026, 12, 25),
    )
    swept(-6, due=date(2027, 1, 1))
    reminder = PaymentReminder.objects.get(due_on=date(2027, 1, 1))
    assert (reminder.state, reminder.reason) == ("closed", "No longer due.")


def test_a_part_payment_closes_nothing(treasurer):
    payment = due_payment()
    swept(0)
    received(payment.commitment.sponsor, 10_000, on=DUE)
    assert swept(1) == PaymentsSwept()
    assert swept(15).told == 1


# Who is told -----------------------------------------------------------------------------------


def test_everybody_in_finance_is_told_and_nobody_else(treasurer, fundraiser, administrator):
    colleague = make_user("Fiona Finance", Role.FINANCE)
    make_service("Ledger", Role.FINANCE, answerable=administrator)
    gone = make_user("Gone Finance", Role.FINANCE)
    gone.is_active = False
    gone.save()
    due_payment()
    swept()
    found = Telling.objects.values_list("person", "role", "told_on", "digest")
    assert set(found) == {(person.pk, "finance", DUE, None) for person in (treasurer, colleague)}


@pytest.mark.parametrize("role", ["director", "fundraising_lead"])
def test_without_finance_somebody_answers_for_it(fundraiser, role):
    RenewalSettings.objects.update_or_create(pk=1, defaults={role: fundraiser})
    due_payment()
    swept()
    assert Telling.objects.get().person == fundraiser


def test_somebody_without_rights_is_told_of_no_payment(outsider):
    RenewalSettings.objects.update_or_create(pk=1, defaults={"director": outsider})
    due_payment()
    swept()
    assert not Telling.objects.exists()


def test_without_anybody_it_waits_and_is_told_once_there_is_somebody():
    due_payment()
    swept()
    assert not Telling.objects.exists()
    treasurer = make_user("Fay Finance", Role.FINANCE)
    swept(1)
    swept(2)
    assert Telling.objects.get().person == treasurer


def test_batches_hold_what_is_of_one_commitment_together(treasurer, monkeypatch):
    monkeypatch.setattr("sponsors.renewals.services.payments._AT_ONCE", 1)
    batches = []
    real = services.remind_of_payments

    def kept(**given):
        batches.append(len(given["installments"]))
        return real(**given)

    monkeypatch.setattr(services, "remind_of_payments", kept)
    payment = due_payment()
    charged(payment.commitment, 500, 700, on=SIGNED, due_on=DUE)
    due_payment()
    assert swept().told == 4
    assert sorted(batches) == [1, 3]


# What it costs ---------------------------------------------------------------------------------


def test_a_sweep_costs_the_same_for_one_payment_and_for_ten(treasurer):
    def cost(day):
        with CaptureQueriesContext(connection) as queries:
            swept(due=day)
        return len(queries)

    due_payment()
    few = cost(DUE)
    for _ in range(9):
        due_payment()
    assert Installment.objects.count() == 10
    assert cost(DUE) == few
    assert PaymentReminder.objects.filter(state="open").count() == 10
