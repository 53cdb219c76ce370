"""Payments that are reminded of, for tests."""

from datetime import date, timedelta
from typing import Any

from sponsors.commitments.models import Installment
from sponsors.commitments.tests.factories import signed_commitment
from sponsors.directory.models import Sponsor
from sponsors.renewals.models import PaymentReminder
from sponsors.renewals.services.payments import PaymentsSwept, sweep_payments

SIGNED = date(2026, 1, 1)
DUE = date(2026, 6, 1)


def due_payment(sponsor: Sponsor | None = None, **more: Any) -> Installment:
    """Return an installment of USD 60,000 that falls due on DUE, of a commitment signed months before."""
    dates = {"starts_on": DUE, "signed_on": SIGNED, "today": SIGNED}
    return signed_commitment(sponsor, **{"years": 1, **dates, **more}).installments.get()


def swept(offset: int = 0, *, due: date = DUE) -> PaymentsSwept:
    return sweep_payments(actor=None, today=due + timedelta(days=offset))


def payment_reminder(sponsor: Sponsor | None = None) -> PaymentReminder:
    """Return the reminder of a payment that is due."""
    payment = due_payment(sponsor)
    swept(-14)
    return PaymentReminder.objects.select_related("installment__commitment__sponsor").get(installment=payment)
