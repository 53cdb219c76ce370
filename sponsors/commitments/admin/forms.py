"""Forms for drafting a commitment and for what is done to it."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BaseInlineFormSet
from unfold.widgets import UnfoldAdminSelectWidget

from foundation.audit.forms import ActionForm, AmountField, DateInput, ReasonForm, ServiceForm
from foundation.books.models import Fund
from foundation.books.selectors import local_today
from foundation.people.models import User
from sponsors.commitments import services
from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import CommitmentError, Frequency, Period, Plan, Shape, plan_of
from sponsors.commitments.services import Line, Schedule


class DetailsForm(ServiceForm):
    """What may change in any state, for it binds nobody."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("owner", "backup"):
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = User.objects.colleagues()


class CommitmentForm(DetailsForm):
    """A draft with the plan of its schedule. The services check it; the form only reads it."""

    ends_on = forms.DateField(
        label="Last day",
        widget=DateInput,
        help_text="Included. Five years from 2026-01-01 end on 2030-12-31.",
    )
    shape = forms.ChoiceField(
        label="How the cash is spread",
        choices=Shape.choices,
        widget=UnfoldAdminSelectWidget,
        help_text="For custom dates and amounts, fill in the table of installments below.",
    )
    frequency = forms.ChoiceField(
        label="How often",
        choices=Frequency.choices,
        initial=Frequency.YEARLY,
        widget=UnfoldAdminSelectWidget,
        help_text="Not used with custom dates.",
    )
    first_due_on = forms.DateField(
        label="First due date",
        required=False,
        widget=DateInput,
        help_text="Empty: the first day of the commitment. Not used with custom dates.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "ends_on" in self.fields:
            self.initial.setdefault("ends_on", self.instance.ends_on)
            self._propose_plan(self.instance)

    def _propose_plan(self, draft: Commitment) -> None:
        """Preselect the plan that the installments come from: they are kept as dates and amounts alone."""
        rows = draft.installments.scheduled().values_list("due_on", "amount")
        period = Period(draft.starts_on, draft.ends_before)
        plan = plan_of(period=period, currency=draft.currency, parts=list(rows))
        self.initial.setdefault("shape", plan.shape if plan else Shape.CUSTOM)
        if plan is not None:
            self.initial.setdefault("frequency", plan.frequency)
            self.initial.setdefault("first_due_on", plan.first_due_on)

    def ends_before(self) -> date:
        """Return the day after the last day."""
        last: date = self.cleaned_data["ends_on"]
        return last + timedelta(days=1)

    def schedule(
        self, lines: Iterable[Line], rows: list[tuple[date, Decimal]], *, written_over: bool
    ) -> Schedule:
        """Return the plan or the custom rows; None when no line promises cash.

        Raises CommitmentError when the rows were `written_over`, for a plan would take that away.
        """
        data = self.cleaned_data
        if data["shape"] == Shape.CUSTOM:
            return rows or None
        if written_over:
            msg = (
                f"The table of installments was changed. Choose “{Shape.CUSTOM.label}” here to keep it, or leave "
                "it as it was."
            )
            raise CommitmentError(msg, code="plan_and_rows", field="shape")
        if not any(line.kind == CommitmentLine.Kind.CASH for line in lines):
            return None
        return Plan(
            Shape(data["shape"]), Frequency(data["frequency"]), data["first_due_on"] or data["starts_on"]
        )


class LineForm(ServiceForm):
    """One line of a draft."""

    amount = AmountField()

    def clean(self) -> None:
        """Say at the line's own field what the service would refuse it for."""
        super().clean()
        if {"kind", "description", "amount"} <= self.cleaned_data.keys():
            refused = services.misfit(self.line())
            if refused is not None and refused.at not in self.errors:
                sentence = refused.sentence[0].upper() + refused.sentence[1:]
                self.add_error(refused.at, forms.ValidationError(sentence, code=refused.code))

    def line(self) -> Line:
        data = self.cleaned_data
        fund: Fund | None = data.get("fund")
        return Line(
            kind=CommitmentLine.Kind(data["kind"]),
            description=data["description"],
            amount=data["amount"],
            fund=fund,
            category=data.get("category") or "",
            estimate_basis=data.get("estimate_basis") or "",
        )


class InstallmentForm(ServiceForm):
    """One row of a custom schedule."""

    amount = AmountField()


class DraftRows(BaseInlineFormSet):  # type: ignore[type-arg]  # generic only in the stubs
    """Rows that are written whole: what was typed over one that a colleague removed meanwhile is a row all the same."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["id"] = forms.IntegerField(
            required=False, initial=form.instance.pk, widget=forms.HiddenInput
        )


def kept(formset: Any) -> list[Any]:
    """Return the filled-in forms of a formset that were not struck out."""
    return [
        form
        for form in formset.forms
        if form.cleaned_data
        and not form.cleaned_data.get("DELETE")
        and (form.has_changed() or form.instance.pk)
    ]


class SignForm(ActionForm):
    signed_on = forms.DateField(
        label="Signed on", initial=local_today, help_text="When both sides had signed."
    )


class TerminateForm(ReasonForm):
    closed_on = forms.DateField(
        label="First day it no longer holds",
        initial=local_today,
        help_text="Today or earlier. What falls due on this day or later is no longer due.",
    )
    field_order = ("closed_on", "reason")


class OwnerForm(ActionForm):
    owner = forms.ModelChoiceField(User.objects.colleagues(), required=False, help_text="Who is told first.")
    backup = forms.ModelChoiceField(
        User.objects.colleagues(), required=False, help_text="Who is told when the owner does not answer."
    )


class RenewForm(ActionForm):
    title = forms.CharField(max_length=200, help_text="What staff call the new one.")
