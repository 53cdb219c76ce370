"""The form that amends a signed commitment: the schedule as it stands, to be written over."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms

from foundation.audit.forms import ActionForm, AmountField
from foundation.books.models import Fund
from foundation.books.selectors import local_today
from sponsors.commitments.admin.promise_forms import PromiseFields
from sponsors.commitments.models import Amendment, Commitment, CommitmentLine, Installment
from sponsors.commitments.rules import Due, During, Period, day_after, forgo, postpone, postponed_end
from sponsors.commitments.services import Line, changed_since, waiting_amendments

_NEW_INSTALLMENTS = 6
_NEW_LINES = 2


class AmendForm(PromiseFields, ActionForm):
    """Lines and unpaid installments are fields with what stands; an emptied amount takes the row away.

    What is paid, invoiced or written off stays and is only shown. A pause may also move or drop the installments by itself.
    """

    effective_on = forms.DateField(
        label="Takes effect on",
        initial=local_today,
        help_text="The first day on which the changed terms hold. On a later day they take effect by themselves.",
    )
    reason = forms.CharField(max_length=300, help_text="One sentence; it stays with the amendment.")
    signed_copy = forms.FileField(
        required=False,
        label="Signed amendment",
        help_text="PDF, if both sides signed one.",
        widget=forms.FileInput(attrs={"accept": "application/pdf"}),
    )
    ends_on = forms.DateField(
        label="Last day", help_text="Included. Earlier ends it early, later extends it."
    )
    pause_first = forms.DateField(label="Pause from", required=False)
    pause_last = forms.DateField(label="Pause to", required=False, help_text="Included.")
    # A row that came since has no field here, and what has no field would be taken away.
    written_over = forms.CharField(required=False, widget=forms.HiddenInput)
    during = forms.ChoiceField(
        label="What falls due in the pause",
        required=False,
        choices=[("", "I have written the installments below as they shall be"), *During.choices],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, Commitment)
        self.commitment = self.obj
        self.fields["ends_on"].initial = self.commitment.ends_on
        self.lines = list(self.commitment.lines.select_related("fund").order_by("position"))
        rows = list(self.commitment.installments.scheduled().with_fixed().order_by("due_on", "pk"))
        self.fixed = [row for row in rows if row.is_fixed]
        self.unpaid = [row for row in rows if not row.is_fixed]
        self.pauses = list(self.commitment.pauses.all())
        self.funds = list(Fund.objects.open())
        for line in self.lines:
            self.add(f"line_{line.pk}", self._amount(f"Amount of {line.description}", line.amount))
            if line.fund is not None:
                self.add(f"fund_{line.pk}", self._fund(f"Fund of {line.description}", line.fund))
        for number in range(1, _NEW_LINES + 1):
            self.add(f"new_line_{number}", self._amount(f"Amount of new cash line {number}"))
            self.add(
                f"new_description_{number}",
                forms.CharField(required=False, max_length=200, label=f"New cash line {number}"),
            )
            self.add(f"new_fund_{number}", self._fund(f"Fund of new cash line {number}"))
        for row in self.unpaid:
            self.add(
                f"due_{row.pk}",
                forms.DateField(
                    required=False, initial=row.due_on, label=f"Due date of installment {row.position}"
                ),
            )
            self.add(f"amount_{row.pk}", self._amount(f"Amount of installment {row.position}", row.amount))
        for number in range(1, _NEW_INSTALLMENTS + 1):
            self.add(
                f"new_due_{number}",
                forms.DateField(required=False, label=f"Due date of new installment {number}"),
            )
            self.add(f"new_amount_{number}", self._amount(f"Amount of new installment {number}"))
        for pause in self.pauses:
            self.add(
                f"pause_{pause.pk}",
                forms.BooleanField(required=False, initial=True, label=f"Keep the pause {pause}"),
            )
        self.add_promise_fields()
        unpaid = sorted(row.pk for row in self.unpaid)
        self.standing = ":".join(map(str, (self.commitment.amended_by_id or "", *unpaid)))
        self.fields["written_over"].initial = self.standing

    def fund_field(self, label: str) -> forms.Field:
        return self._fund(label)

    def _amount(self, label: str, initial: Decimal | None = None) -> AmountField:
        return AmountField(required=False, label=f"{label} in {self.commitment.currency}", initial=initial)

    def _fund(self, label: str, fund: Fund | None = None) -> forms.ChoiceField:
        """Return a choice of the open funds, with the one that stands even when it was closed since."""
        offered = {str(one.pk): one for one in (*([fund] if fund else []), *self.funds)}
        choices = [(key, str(one)) for key, one in offered.items()]
        return forms.TypedChoiceField(
            label=label,
            required=fund is not None,
            coerce=offered.get,
            empty_value=None,
            choices=choices if fund else [("", "—"), *choices],
            initial=str(fund.pk) if fund else "",
        )

    # What the template shows ------------------------------------------------------------------

    def waiting(self) -> Iterable[Amendment]:
        return waiting_amendments(self.commitment)

    def terms_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("effective_on", "reason", "signed_copy", "ends_on")]

    def pause_fields(self) -> list[forms.BoundField]:
        names = [f"pause_{pause.pk}" for pause in self.pauses]
        return [self[name] for name in (*names, "pause_first", "pause_last", "during")]

    def line_rows(self) -> Iterator[tuple[CommitmentLine, forms.BoundField, forms.BoundField | None]]:
        for line in self.lines:
            yield line, self[f"line_{line.pk}"], self[f"fund_{line.pk}"] if line.fund else None

    def new_line_rows(self) -> Iterator[tuple[forms.BoundField, ...]]:
        for number in range(1, _NEW_LINES + 1):
            yield self[f"new_description_{number}"], self[f"new_fund_{number}"], self[f"new_line_{number}"]

    def unpaid_rows(self) -> Iterator[tuple[Installment, forms.BoundField, forms.BoundField]]:
        for row in self.unpaid:
            yield row, self[f"due_{row.pk}"], self[f"amount_{row.pk}"]

    def new_rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        for number in range(1, _NEW_INSTALLMENTS + 1):
            yield self[f"new_due_{number}"], self[f"new_amount_{number}"]

    # What the service is given ----------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("written_over") != self.standing:
            self.errors.clear()  # of rows that were never on the page
            self.add_error(None, changed_since(self.commitment))
            return data
        self._check_pause(data)
        self._check_rows(data)
        self.check_promise(data)
        if self.errors:
            return data
        unpaid = self._unpaid(data)
        lines = self._lines(data)
        pauses = [Period(row.starts_on, row.ends_before) for row in self.pauses if data[f"pause_{row.pk}"]]
        ends_before = day_after(data["ends_on"])
        if data.get("pause_first"):
            rest = Period(data["pause_first"], day_after(data["pause_last"]))
            pauses.append(rest)
            if data["during"] == During.POSTPONE:
                unpaid = postpone(unpaid, rest)
                if ends_before == self.commitment.ends_before:
                    ends_before = postponed_end(ends_before, rest)
            elif data["during"] == During.FORGO:
                still_due = forgo(unpaid, rest)
                lines = self._less(lines, _sum(unpaid) - _sum(still_due))
                unpaid = still_due
        data["terms"] = {
            "ends_before": ends_before,
            "lines": lines,
            "installments": [*(Due(row.due_on, row.amount) for row in self.fixed), *unpaid],
            "pauses": pauses,
            "after": self.commitment.amended_by_id,
            **self.promise(data),
        }
        return data

    def _check_pause(self, data: dict[str, Any]) -> None:
        first, last = data.get("pause_first"), data.get("pause_last")
        if bool(first) != bool(last) and not {"pause_first", "pause_last"} & set(self.errors):
            self.add_error(
                "pause_last" if first else "pause_first", "A pause has a first and a last day. Enter both."
            )
        elif data.get("during") and not first:
            self.add_error(
                "pause_first", "Say from when to when it is paused, or choose no rule for the pause."
            )

    def _check_rows(self, data: dict[str, Any]) -> None:
        """An amount without a date, or a new line half filled in, is a slip and not a removal."""
        pairs = [(f"due_{row.pk}", f"amount_{row.pk}") for row in self.unpaid]
        pairs += [(f"new_due_{n}", f"new_amount_{n}") for n in range(1, _NEW_INSTALLMENTS + 1)]
        for due, amount in pairs:
            if data.get(amount) is not None and not data.get(due) and due not in self.errors:
                self.add_error(due, "Enter the date on which it falls due.")
            if (
                data.get(due)
                and data.get(amount) is None
                and due.startswith("new_")
                and amount not in self.errors
            ):
                self.add_error(amount, "Enter the amount.")
        for n in range(1, _NEW_LINES + 1):
            row = {name: data.get(f"{name}_{n}") for name in ("new_description", "new_fund", "new_line")}
            if any(row.values()):
                for name in [
                    name for name, value in row.items() if not value and f"{name}_{n}" not in self.errors
                ]:
                    self.add_error(f"{name}_{n}", "A new line needs a description, a fund and an amount.")

    def _unpaid(self, data: dict[str, Any]) -> list[Due]:
        parts = [(data[f"due_{row.pk}"], data[f"amount_{row.pk}"]) for row in self.unpaid]
        parts += [(data[f"new_due_{n}"], data[f"new_amount_{n}"]) for n in range(1, _NEW_INSTALLMENTS + 1)]
        return [Due(day, amount) for day, amount in parts if day and amount is not None]

    def _lines(self, data: dict[str, Any]) -> list[Line]:
        kept = [
            Line(
                kind=CommitmentLine.Kind(line.kind),
                description=line.description,
                amount=data[f"line_{line.pk}"],
                fund=data[f"fund_{line.pk}"] if line.fund else None,
                category=line.category,
                estimate_basis=line.estimate_basis,
            )
            for line in self.lines
            if data[f"line_{line.pk}"] is not None
        ]
        new = [
            Line(
                kind=CommitmentLine.Kind.CASH,
                description=data[f"new_description_{n}"],
                amount=data[f"new_line_{n}"],
                fund=data[f"new_fund_{n}"],
            )
            for n in range(1, _NEW_LINES + 1)
            if data[f"new_line_{n}"] is not None
        ]
        return [*kept, *new]

    @staticmethod
    def _less(lines: list[Line], forgone: Decimal) -> list[Line]:
        """Return the lines with the only cash line less by what is forgone; of several, people say which."""
        cash = [line for line in lines if line.kind == CommitmentLine.Kind.CASH]
        if len(cash) != 1 or not forgone or cash[0].amount <= forgone:
            return lines
        return [replace(line, amount=line.amount - forgone) if line is cash[0] else line for line in lines]


def _sum(parts: list[Due]) -> Decimal:
    return sum((part.amount for part in parts), start=Decimal(0))
