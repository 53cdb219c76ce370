"""Two sweeps of payments at the same moment: real threads, real transactions."""

import pytest
from django.db import transaction

from foundation.notices.models import Notice
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import Installment
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory
from sponsors.directory.tests.races import at_once
from sponsors.renewals.models import PaymentReminder, RenewalSettings, Telling
from sponsors.renewals.services.payments import PaymentsSwept
from sponsors.renewals.tests.paying import due_payment, swept

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_sweeps_at_once_tell_and_mail_each_payment_once():
    make_user("Fay Finance", Role.FINANCE)
    RenewalSettings.objects.update_or_create(pk=1, defaults={"sends_payment_reminders": True})
    for _ in range(4):
        sponsor = SponsorFactory()
        ContactFactory(sponsor=sponsor)
        due_payment(sponsor)

    results = at_once(swept, swept, swept)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert sum(result.told for result in results) == 4
    assert PaymentReminder.objects.filter(state="open").count() == 4
    assert Notice.objects.filter(kind="payment_reminder").count() == 4
    swept()  # what was held is told by the next one
    assert Telling.objects.count() == 4


def test_a_payment_that_somebody_works_on_waits_for_the_next_sweep():
    payment = due_payment()
    with transaction.atomic():
        Installment.objects.select_for_update().get(pk=payment.pk)
        (result,) = at_once(swept)
    assert result == PaymentsSwept()
    assert swept().told == 1
