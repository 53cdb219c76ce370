"""Rows of commitments, installments, receipts and timelines."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.api.scopes import Scope
from foundation.books.selectors import local_today
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.agreements.tests.factories import a_pdf
from sponsors.commitments.models import (
    Amendment,
    Commitment,
    Condition,
    CreditNote,
    Installment,
    Invoice,
    NonRenewal,
    Receipt,
    Restriction,
    WriteOff,
)
from sponsors.commitments.papers import Billing
from sponsors.commitments.services import give_notice
from sponsors.commitments.tests.amending import proposed_amendment
from sponsors.commitments.tests.conditions import limit, match, only_condition, progressed
from sponsors.commitments.tests.factories import (
    cash_line,
    credited,
    drafted_commitment,
    general_fund,
    invoiced,
    proposed_commitment,
    proposed_write_off,
    received,
    signed_commitment,
    written_off,
)
from sponsors.directory.models import Sponsor
from sponsors.directory.tests.factories import SponsorFactory
from tests.api_rows import Row

_SEE = frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING, Role.FINANCE, Role.INFRASTRUCTURE, Role.AUDITOR})
_SEE_MONEY = _SEE - {Role.INFRASTRUCTURE}
_PROMISE = frozenset({Role.ADMINISTRATOR, Role.FUNDRAISING})
_TAKE_MONEY = frozenset({Role.ADMINISTRATOR, Role.FINANCE})
_AMEND = _PROMISE | _TAKE_MONEY

_READ: dict[str, Any] = {"scope": Scope.COMMITMENTS_READ, "roles": _SEE}
_WRITE: dict[str, Any] = {"scope": Scope.COMMITMENTS_WRITE, "roles": _PROMISE}
_READ_MONEY: dict[str, Any] = {"scope": Scope.RECEIPTS_READ, "roles": _SEE_MONEY}
_WRITE_MONEY: dict[str, Any] = {"scope": Scope.RECEIPTS_WRITE, "roles": _TAKE_MONEY}
_READ_CLAIMS: dict[str, Any] = {"scope": Scope.INVOICES_READ, "roles": _SEE_MONEY}
_WRITE_CLAIMS: dict[str, Any] = {"scope": Scope.INVOICES_WRITE, "roles": _TAKE_MONEY}


def _sponsor(_user: User) -> Sponsor:
    return SponsorFactory()


def _draft(_user: User) -> Commitment:
    return drafted_commitment()


def _proposed(_user: User) -> Commitment:
    return proposed_commitment()


def _signed(_user: User) -> Commitment:
    return signed_commitment()


def _over(_user: User) -> Commitment:
    return signed_commitment(years=1, starts_on=local_today() - timedelta(days=900))


def _amendment(_user: User) -> Amendment:
    return proposed_amendment(
        signed_commitment(), today=local_today(), lines=[cash_line(299_999), cash_line(1)]
    )


def _amendments(user: User, count: int) -> None:
    for _ in range(count):
        _amendment(user)


def _new_amendment(_record: None) -> dict[str, Any]:
    line = {"kind": "cash", "description": "Cash", "amount": "300000.00", "fund": general_fund().code}
    return {
        "commitment": signed_commitment().pk,
        "effective_on": local_today().isoformat(),
        "reason": "Another name for the gift",
        "lines": [line],
    }


def _installment(_user: User) -> Installment:
    return Installment.objects.filter(commitment=signed_commitment()).first() or Installment()


def _conditional(_user: User) -> Condition:
    return only_condition(signed_commitment(conditions=[match(60_000)]))


def _partly_met(user: User) -> Condition:
    condition = _conditional(user)
    progressed(condition, 10_000, on=condition.commitment.starts_on)
    return condition


def _conditions(user: User, count: int) -> None:
    for _ in range(count):
        _partly_met(user)


def _restriction(_user: User) -> Restriction:
    return Restriction.objects.get(commitment=signed_commitment(restrictions=[limit(percent=10)]))


def _restrictions(user: User, count: int) -> None:
    for _ in range(count):
        _restriction(user)


def _running(_user: User) -> Commitment:
    return signed_commitment(years=9)


def _notice(user: User) -> NonRenewal:
    commitment = _running(user)
    return give_notice(
        actor=user,
        commitment=commitment,
        given_on=commitment.starts_on,
        given_by="sponsor",
        reason="Sold.",
        today=local_today(),
    )


def _with_notice(user: User) -> Commitment:
    return _notice(user).commitment


def _notices(user: User, count: int) -> None:
    for _ in range(count):
        _notice(user)


def _receipt(_user: User) -> Receipt:
    return received(signed_commitment().sponsor, 90_000)


def _credit(_user: User) -> Receipt:
    return received(signed_commitment().sponsor, 90_000, allocate="none")


def _proposal(user: User) -> WriteOff:
    return proposed_write_off(_installment(user), 10)


def _write_off(user: User) -> WriteOff:
    return written_off(_installment(user), 10)


def _write_offs(user: User, count: int) -> None:
    for _ in range(count):
        _write_off(user)


def _new_write_off(_record: None) -> dict[str, Any]:
    installment = signed_commitment().installments.get(position=1)
    return {"installment": installment.pk, "amount": "10.00", "reason": "They closed."}


def _invoice(user: User) -> Invoice:
    return invoiced(_installment(user), on=local_today(), billing=Billing(name="A", email="a@a.example"))


def _invoices(user: User, count: int) -> None:
    for _ in range(count):
        credited(_invoice(user), 10)


def _credit_note(user: User) -> CreditNote:
    return credited(_invoice(user))


def _new_invoice(_record: None) -> dict[str, Any]:
    commitment = signed_commitment()
    return {"commitment": commitment.pk, "installments": [commitment.installments.get(position=1).pk]}


def _commitments(_user: User, count: int) -> None:
    for _ in range(count):
        received(signed_commitment(years=2).sponsor, 50_000)


def _new_draft(_record: None) -> dict[str, Any]:
    return {
        "sponsor": SponsorFactory().pk,
        "title": "Platinum",
        "starts_on": "2026-01-01",
        "ends_on": "2030-12-31",
        "lines": [
            {"kind": "cash", "description": "Cash", "amount": "150000.00", "fund": general_fund().code}
        ],
        "schedule": {"shape": "equal", "frequency": "yearly", "first_due_on": "2026-01-31"},
    }


def _new_receipt(_record: None) -> dict[str, Any]:
    return {
        "sponsor": signed_commitment().sponsor_id,
        "amount": "1000.00",
        "currency": "USD",
        "received_on": "2024-02-01",
        "method": "wire",
        "source": "bank",
        "reference": "row of the table",
    }


def _standing_allocations(receipt: Receipt) -> dict[str, Any]:
    return {"allocations": [allocation.pk for allocation in receipt.allocations.all()]}


COMMITMENTS: dict[str, Row] = {
    "GET /api/v1/commitments/": Row(**_READ, many=_commitments),
    "POST /api/v1/commitments/": Row(**_WRITE, status=201, body=_new_draft),
    "GET /api/v1/commitments/{pk}/": Row(**_READ, record=_draft),
    "PATCH /api/v1/commitments/{pk}/": Row(**_WRITE, record=_draft, body=lambda _: {"title": "New title"}),
    "POST /api/v1/commitments/{pk}/propose/": Row(**_WRITE, record=_draft),
    "POST /api/v1/commitments/{pk}/revise/": Row(**_WRITE, record=_proposed),
    "POST /api/v1/commitments/{pk}/sign/": Row(
        **_WRITE, record=_proposed, body=lambda record: {"signed_on": record.proposed_on}
    ),
    "POST /api/v1/commitments/{pk}/decline/": Row(
        **_WRITE, record=_proposed, body=lambda _: {"reason": "No budget"}
    ),
    "POST /api/v1/commitments/{pk}/withdraw/": Row(
        **_WRITE, record=_proposed, body=lambda _: {"reason": "Drafted twice"}
    ),
    "POST /api/v1/commitments/{pk}/terminate/": Row(
        **_WRITE, record=_signed, body=lambda _: {"reason": "Bankrupt", "closed_on": "2026-01-01"}
    ),
    "POST /api/v1/commitments/{pk}/end/": Row(**_WRITE, record=_over),
    "POST /api/v1/commitments/{pk}/set-owner/": Row(**_WRITE, record=_signed, body=lambda _: {"owner": None}),
    "POST /api/v1/commitments/{pk}/renew/": Row(**_WRITE, record=_signed, status=201),
    "POST /api/v1/commitments/{pk}/give-notice/": Row(
        **_WRITE,
        record=_running,
        body=lambda _: {"given_on": "2024-02-01", "given_by": "sponsor", "reason": "Sold."},
    ),
    "POST /api/v1/commitments/{pk}/withdraw-notice/": Row(
        **_WRITE, record=_with_notice, body=lambda _: {"reason": "They stay."}
    ),
    "GET /api/v1/commitments/{pk}/cash/": Row(**_READ, record=_signed),
    "GET /api/v1/conditions/": Row(**_READ, many=_conditions),
    "GET /api/v1/conditions/{pk}/": Row(**_READ, record=_conditional),
    "POST /api/v1/conditions/{pk}/progress/": Row(
        **_WRITE | {"roles": _AMEND},
        record=_conditional,
        status=201,
        body=lambda _: {"met_on": "2024-02-01", "amount": "5.00", "reference": "r-1", "note": "Reported."},
    ),
    "POST /api/v1/conditions/{pk}/reverse-progress/": Row(
        **_WRITE | {"roles": _TAKE_MONEY},
        record=_partly_met,
        body=lambda record: {"progress": record.progress.get().pk, "reason": "Counted twice."},
    ),
    "GET /api/v1/restrictions/": Row(**_READ, many=_restrictions),
    "GET /api/v1/restrictions/{pk}/": Row(**_READ, record=_restriction),
    "GET /api/v1/non-renewals/": Row(**_READ, many=_notices),
    "GET /api/v1/non-renewals/{pk}/": Row(**_READ, record=_notice),
    "GET /api/v1/commitments/{pk}/timeline/": Row(**_READ, record=_signed),
    "GET /api/v1/sponsors/{pk}/timeline/": Row(**_READ, record=_sponsor),
    "GET /api/v1/amendments/": Row(**_READ, many=_amendments),
    "POST /api/v1/amendments/": Row(**_WRITE | {"roles": _AMEND}, status=201, body=_new_amendment),
    "GET /api/v1/amendments/{pk}/": Row(**_READ, record=_amendment),
    "GET /api/v1/amendments/{pk}/comparison/": Row(**_READ, record=_amendment),
    "GET /api/v1/amendments/{pk}/signed-copy/": Row(**_READ, record=_amendment, status=404),
    "POST /api/v1/amendments/{pk}/keep-signed-copy/": Row(
        **_WRITE | {"roles": _AMEND},
        record=_amendment,
        upload=True,
        body=lambda _: {"file": SimpleUploadedFile("a.pdf", a_pdf())},
    ),
    "POST /api/v1/amendments/{pk}/approve/": Row(**_WRITE | {"roles": _TAKE_MONEY}, record=_amendment),
    "POST /api/v1/amendments/{pk}/withdraw/": Row(
        **_WRITE | {"roles": _AMEND}, record=_amendment, body=lambda _: {"reason": "Not agreed"}
    ),
    "GET /api/v1/sponsors/{pk}/statement/": Row(**_READ_CLAIMS, record=_sponsor),
    "GET /api/v1/sponsors/{pk}/statement/pdf/": Row(**_READ_CLAIMS, record=_sponsor),
    "GET /api/v1/aged-debt/": Row(**_READ),
    "GET /api/v1/money-by-year/": Row(**_READ_MONEY),
    "GET /api/v1/installments/": Row(**_READ, many=_commitments),
    "GET /api/v1/installments/{pk}/": Row(**_READ, record=_installment),
    "GET /api/v1/receipts/": Row(**_READ_MONEY, many=_commitments),
    "POST /api/v1/receipts/": Row(**_WRITE_MONEY, status=201, body=_new_receipt),
    "GET /api/v1/receipts/{pk}/": Row(**_READ_MONEY, record=_receipt),
    "POST /api/v1/receipts/{pk}/allocate/": Row(**_WRITE_MONEY, record=_credit),
    "POST /api/v1/receipts/{pk}/take-back/": Row(**_WRITE_MONEY, record=_receipt, body=_standing_allocations),
    "POST /api/v1/receipts/{pk}/reverse/": Row(
        **_WRITE_MONEY, record=_receipt, body=lambda _: {"reason": "Bank error"}
    ),
    "GET /api/v1/invoices/": Row(**_READ_CLAIMS, many=_invoices),
    "GET /api/v1/invoices/{pk}/": Row(**_READ_CLAIMS, record=_invoice),
    "GET /api/v1/invoices/{pk}/pdf/": Row(**_READ_CLAIMS, record=_invoice),
    "POST /api/v1/invoices/": Row(**_WRITE_CLAIMS, status=201, body=_new_invoice),
    "POST /api/v1/invoices/{pk}/mail/": Row(**_WRITE_CLAIMS, record=_invoice),
    "POST /api/v1/invoices/{pk}/credit/": Row(
        **_WRITE_CLAIMS, record=_invoice, body=lambda _: {"reason": "Wrong address"}
    ),
    "GET /api/v1/credit-notes/": Row(**_READ_CLAIMS, many=_invoices),
    "GET /api/v1/credit-notes/{pk}/": Row(**_READ_CLAIMS, record=_credit_note),
    "GET /api/v1/credit-notes/{pk}/pdf/": Row(**_READ_CLAIMS, record=_credit_note),
    "GET /api/v1/write-offs/": Row(**_READ_CLAIMS, many=_write_offs),
    "GET /api/v1/write-offs/{pk}/": Row(**_READ_CLAIMS, record=_proposal),
    "POST /api/v1/write-offs/": Row(**_WRITE_CLAIMS, status=201, body=_new_write_off),
    "POST /api/v1/write-offs/{pk}/approve/": Row(**_WRITE_CLAIMS, record=_proposal),
    "POST /api/v1/write-offs/{pk}/refuse/": Row(**_WRITE_CLAIMS, record=_proposal),
    "POST /api/v1/write-offs/{pk}/recover/": Row(
        **_WRITE_CLAIMS, record=_write_off, status=201, body=lambda _: {"reason": "It came."}
    ),
}
