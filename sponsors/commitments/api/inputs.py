"""What the endpoints take. Amounts are text or numbers; dates are inclusive."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from rest_framework import serializers

from foundation.api.serializers import StrictInput, VisibleRecord
from foundation.books.models import Fund
from foundation.money.rules import currency_codes
from foundation.people.models import User
from sponsors.commitments.api.promise_inputs import (
    ConditionInput,
    RenewalInput,
    RestrictionInput,
    WholeInput,
    amount_input,
    promise_of,
)
from sponsors.commitments.models import Allocation, Commitment, CommitmentLine, Installment, Invoice, Receipt
from sponsors.commitments.rules import Frequency, Plan, Shape, day_after
from sponsors.commitments.services import FreeLine, InvoiceRequest, Line, Part, Schedule
from sponsors.commitments.services.billing import billing_of
from sponsors.directory.models import Sponsor


class Colleague(serializers.PrimaryKeyRelatedField[User]):
    """The number of a person who may sign in; not every caller may list people."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=User.objects.colleagues(), allow_null=True, **kwargs)


class LineInput(WholeInput):
    kind = serializers.ChoiceField(choices=CommitmentLine.Kind.choices)
    description = serializers.CharField(max_length=200)
    amount = amount_input(help_text="Cash promised, or the estimated value in kind, over the whole period.")
    fund = serializers.SlugRelatedField(
        slug_field="code",
        queryset=Fund.objects.all(),
        allow_null=True,
        default=None,
        help_text="The code of the fund that cash goes into; left out for a gift in kind.",
    )
    category = serializers.ChoiceField(
        choices=CommitmentLine.Category.choices, allow_blank=True, default="", help_text="Of a gift in kind."
    )
    estimate_basis = serializers.CharField(max_length=300, allow_blank=True, default="")


class PartInput(WholeInput):
    due_on = serializers.DateField()
    amount = amount_input()


class ScheduleInput(WholeInput):
    """By rule: `shape`, `frequency` and `first_due_on`. By hand: shape `custom` and `installments`."""

    shape = serializers.ChoiceField(choices=Shape.choices)
    frequency = serializers.ChoiceField(choices=Frequency.choices, required=False)
    first_due_on = serializers.DateField(required=False)
    installments = PartInput(many=True, required=False, allow_empty=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        custom = attrs["shape"] == Shape.CUSTOM
        needed = {"installments"} if custom else {"frequency", "first_due_on"}
        errors = dict.fromkeys(needed - set(attrs), f"The shape {attrs['shape']} needs this field.")
        others = {"installments", "frequency", "first_due_on"} - needed
        errors |= dict.fromkeys(
            others & set(attrs), f"The shape {attrs['shape']} takes no such field. Leave it out."
        )
        if errors:
            raise serializers.ValidationError(errors)
        return attrs


class DetailsInput(StrictInput):
    title = serializers.CharField(max_length=200)
    announced_on = serializers.DateField(allow_null=True, required=False)
    notes = serializers.CharField(allow_blank=True, required=False, max_length=20_000)


class TermsInput(RenewalInput, DetailsInput):
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(help_text="The last day, included.")
    currency = serializers.ChoiceField(choices=[(code, code) for code in currency_codes()], required=False)
    lines = LineInput(many=True)
    schedule = ScheduleInput(
        allow_null=True, required=False, help_text="Needed when a line promises cash; null when none does."
    )
    conditions = ConditionInput(many=True, required=False)
    restrictions = RestrictionInput(many=True, required=False)
    owner = Colleague(required=False)
    backup = Colleague(required=False)
    renewal_of = VisibleRecord(queryset=Commitment.objects.all(), allow_null=True, required=False)


class DraftInput(TermsInput):
    """Left out, `owner` is the caller, if the caller may see commitments."""

    sponsor = VisibleRecord(queryset=Sponsor.objects.all())


class RevisionInput(TermsInput):
    """What may change: of a draft everything, afterwards the title, `announced_on` and notes."""


class SignInput(StrictInput):
    signed_on = serializers.DateField()


class ReasonInput(StrictInput):
    reason = serializers.CharField(max_length=300)


class TerminateInput(ReasonInput):
    closed_on = serializers.DateField(
        help_text="The first day on which it no longer holds: today or earlier."
    )


class OwnerInput(StrictInput):
    owner = Colleague()
    backup = Colleague(default=None)


class RenewInput(StrictInput):
    title = serializers.CharField(max_length=200, required=False)


class AllocationInput(WholeInput):
    installment = VisibleRecord(queryset=Installment.objects.all())
    amount = amount_input(help_text="In the currency of the installment's commitment.")
    used = amount_input(
        required=False,
        help_text="In the receipt's currency, where the two differ: how much of it that takes. By the rate otherwise.",
    )


class AllocateInput(StrictInput):
    """Left empty: the oldest open installments first, of all commitments or of one."""

    allocations = AllocationInput(many=True, required=False, allow_empty=False)
    commitment = VisibleRecord(queryset=Commitment.objects.all(), required=False)
    invoice = VisibleRecord(
        queryset=Invoice.objects.select_related("commitment"),
        required=False,
        help_text="What it asks for is paid first, then what else its commitment has open.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = super().validate(attrs)
        if "invoice" in given and "allocations" in given:
            msg = "`allocations` say what the receipt pays, so an invoice cannot. Leave one of them out."
            raise serializers.ValidationError({"invoice": [msg]}, code="invoice_with_allocations")
        return given


class ReceiptInput(AllocateInput):
    sponsor = VisibleRecord(queryset=Sponsor.objects.all())
    amount = amount_input()
    currency = serializers.ChoiceField(choices=[(code, code) for code in currency_codes()])
    received_on = serializers.DateField()
    method = serializers.ChoiceField(choices=Receipt.Method.choices)
    source = serializers.CharField(  # type: ignore[assignment]  # a field of that name
        max_length=40, help_text="Such as bank or stripe."
    )
    reference = serializers.CharField(max_length=100, help_text="Unique in its source.")
    payer = serializers.CharField(max_length=200, allow_blank=True, default="")
    note = serializers.CharField(max_length=300, allow_blank=True, default="")
    allocate = serializers.ChoiceField(
        choices=[("oldest", "Oldest first"), ("none", "None: all is credit")],
        default="oldest",
        help_text="Without `allocations`: what the receipt pays.",
    )
    acknowledge = serializers.BooleanField(default=False, help_text="Mail thanks to the billing contact.")
    corrects_on = serializers.DateField(
        required=False,
        help_text="When the money came on a day whose books are closed: that day. `received_on` is then an open one.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = super().validate(attrs)
        if "allocations" in given and given["allocate"] == "none":
            msg = (
                "This says what the receipt pays, and `allocate` that it pays nothing. Leave one of them out."
            )
            raise serializers.ValidationError({"allocations": [msg]}, code="allocations_with_none")
        if "invoice" in given and given["allocate"] == "none":
            msg = "An invoice says what the receipt pays, and `allocate` that it pays nothing. Leave one of them out."
            raise serializers.ValidationError({"invoice": [msg]}, code="invoice_with_none")
        return given


class WriteOffInput(ReasonInput):
    installment = VisibleRecord(queryset=Installment.objects.all())
    amount = amount_input(help_text="In the commitment's currency; at most what is still to be paid.")


class ApproveWriteOffInput(StrictInput):
    booked_on = serializers.DateField(required=False, help_text="The day on which it counts; else today.")


class RecoverInput(ReasonInput):
    amount = amount_input(required=False, help_text="Left out: all of it.")


class FreeLineInput(WholeInput):
    """Something no installment asks for. It becomes a charge, due with the invoice."""

    description = serializers.CharField(max_length=200, help_text="What it is for.")
    fund = serializers.SlugRelatedField(
        slug_field="code", queryset=Fund.objects.all(), help_text="The code of the fund the money goes into."
    )
    amount = amount_input(help_text="In the commitment's currency.")


class InvoiceInput(StrictInput):
    """At least an installment or a free line. For what is not given the sponsor's own billing details are taken."""

    commitment = VisibleRecord(queryset=Commitment.objects.all())
    installments = VisibleRecord(queryset=Installment.objects.all(), many=True, default=[])
    free_lines = FreeLineInput(many=True, default=[])
    due_on = serializers.DateField(
        required=False,
        help_text="Left out: with the first of its installments, but not before today. Needed when there is none.",
    )
    billing_name = serializers.CharField(max_length=200, required=False)
    billing_address = serializers.CharField(max_length=500, allow_blank=True, required=False)
    billing_email = serializers.EmailField(allow_blank=True, required=False)
    purchase_order = serializers.CharField(max_length=60, allow_blank=True, default="")
    note = serializers.CharField(max_length=500, allow_blank=True, default="")
    mail = serializers.BooleanField(default=False, help_text="Mail it with its PDF to the billing email.")


class MailInput(StrictInput):
    recipient = serializers.EmailField(required=False, help_text="Left out: the invoice's billing email.")


class CreditInput(ReasonInput):
    amount = amount_input(required=False, help_text="Left out: all that is not credited yet.")
    mail = serializers.BooleanField(
        default=False, help_text="Mail the credit note to the invoice's billing email."
    )


class TakeBackInput(StrictInput):
    allocations = VisibleRecord(queryset=Allocation.objects.all(), many=True, allow_empty=False)


def invoice_request_of(data: Mapping[str, Any], today: date) -> InvoiceRequest:
    """Return the request with the sponsor's own billing details for those that are not given."""
    known = billing_of(data["commitment"].sponsor, today)
    given = {
        name: data[f"billing_{name}"] for name in ("name", "address", "email") if f"billing_{name}" in data
    }
    return InvoiceRequest(
        commitment=data["commitment"],
        installments=data["installments"],
        free_lines=[FreeLine(**line) for line in data["free_lines"]],
        due_on=data.get("due_on"),
        billing=replace(known, **given),
        purchase_order=data["purchase_order"],
        note=data["note"],
    )


def lines_of(data: Sequence[Mapping[str, Any]]) -> list[Line]:
    return [Line(**{**line, "kind": CommitmentLine.Kind(line["kind"])}) for line in data]


def schedule_of(data: Mapping[str, Any] | None) -> Schedule:
    if data is None:
        return None
    if data["shape"] == Shape.CUSTOM:
        return [(part["due_on"], part["amount"]) for part in data["installments"]]
    return Plan(Shape(data["shape"]), Frequency(data["frequency"]), data["first_due_on"])


def parts_of(data: Sequence[Mapping[str, Any]]) -> list[Part]:
    return [Part(part["installment"], part["amount"], part.get("used")) for part in data]


def terms_of(data: Mapping[str, Any], commitment: Commitment | None = None) -> dict[str, Any]:
    """Return the input as the services take it: lines, a schedule, and the day after the last day.

    What is not given about the end stays as it is in `commitment`.
    """
    terms = promise_of(data, commitment)
    if "lines" in terms:
        terms["lines"] = lines_of(terms["lines"])
    if "schedule" in terms:
        terms["schedule"] = schedule_of(terms["schedule"])
    if "ends_on" in terms:
        terms["ends_before"] = day_after(terms.pop("ends_on"))
    return terms
