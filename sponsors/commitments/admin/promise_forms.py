"""Forms about what a promise depends on, what it is limited to, and how it ends."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django import forms

from foundation.audit.forms import ActionForm, AmountField, ReasonForm, ServiceForm
from foundation.books.models import Fund
from foundation.books.selectors import local_today
from sponsors.commitments.models import Commitment, Condition, ConditionProgress, NonRenewal
from sponsors.commitments.rules import Barrier, Limit, RenewalTerms
from sponsors.commitments.services.restrictions import limit_of

if TYPE_CHECKING:
    _OneEntry = forms.ModelChoiceField[ConditionProgress]
    _Form = ActionForm
else:
    _OneEntry = forms.ModelChoiceField
    _Form = object

_NEW_RESTRICTIONS = 2


class ConditionForm(ServiceForm):
    """One condition of a draft."""

    amount = AmountField(label="Amount that depends on it", help_text="Of the cash promised, all or a part.")
    target = AmountField(
        required=False, help_text="Met in proportion up to this amount. Empty: met whole or not at all."
    )

    def barrier(self) -> Barrier:
        data = self.cleaned_data
        return Barrier(
            description=data["description"],
            measure=data["measure"],
            amount=data["amount"],
            target=data["target"],
            due_on=data["due_on"],
            money_returns=data["money_returns"],
        )


class RestrictionForm(ServiceForm):
    """One restriction of a draft: an amount or a percent."""

    amount = AmountField(required=False, help_text="Or a percent.")

    def limit(self) -> Limit[Fund]:
        data = self.cleaned_data
        return Limit(
            fund=data["fund"],
            purpose=data["purpose"],
            amount=data["amount"],
            percent=data["percent"],
            term=data["term"],
        )


def renewal_of(data: dict[str, Any]) -> RenewalTerms:
    return RenewalTerms(
        notice_days=data["notice_days"],
        automatically=data["renews_automatically"],
        months=data["renewal_months"],
    )


class ProgressForm(ActionForm):
    met_on = forms.DateField(label="Met on", initial=local_today, help_text="It counts from this day.")
    amount = AmountField(
        required=False, label="Progress", help_text="Towards the target. Empty: all that is missing."
    )
    reference = forms.CharField(
        max_length=100, help_text="What shows it, such as the number of a report. Each counts once."
    )
    note = forms.CharField(max_length=300, help_text="What the evidence says.")


class ReverseProgressForm(ReasonForm):
    progress = _OneEntry(ConditionProgress.objects.none(), label="Entry")
    field_order = ("progress", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, Condition)
        field = self.fields["progress"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = ConditionProgress.objects.of(self.obj).standing()


class NoticeForm(ReasonForm):
    given_by = forms.ChoiceField(label="Who gave notice", choices=NonRenewal.Side.choices)
    given_on = forms.DateField(label="On which day", initial=local_today)
    field_order = ("given_by", "given_on", "reason")


class PromiseFields(_Form):
    """The part of an amendment about conditions, restrictions and the end: what stands, to be written over.

    An emptied amount waives a condition; an emptied amount and percent take a restriction away.
    """

    commitment: Commitment

    def add_promise_fields(self) -> None:
        self.conditions = list(self.commitment.conditions.order_by("position"))
        self.restrictions = list(self.commitment.restrictions.select_related("fund").order_by("position"))
        currency = self.commitment.currency
        for row in (*self.conditions, None):
            key, barrier = (row.pk, row.barrier) if row else ("new", None)
            which = f"condition {row.position}" if row else "new condition"
            if row is None:
                self._text("condition_new_description", f"What must happen for the {which}")
                self._text("condition_new_measure", f"What satisfies the {which}")
            for name, label in (("amount", "Amount that depends on"), ("target", "Target of")):
                field = AmountField(
                    required=False,
                    label=f"{label} {which} in {currency}",
                    initial=getattr(barrier, name, None),
                )
                self.add(f"condition_{key}_{name}", field)
            due_on = forms.DateField(
                required=False, label=f"Day for {which}", initial=getattr(barrier, "due_on", None)
            )
            self.add(f"condition_{key}_due_on", due_on)
        for limit in self.restrictions:
            self._share(str(limit.pk), f"the restriction to {limit.fund}", limit.amount, limit.percent)
        for number in range(1, _NEW_RESTRICTIONS + 1):
            which = f"new restriction {number}"
            self.add(f"restriction_new_{number}_fund", self.fund_field(f"Fund of {which}"))
            self._text(f"restriction_new_{number}_purpose", f"Purpose of {which}")
            self._share(f"new_{number}", which)
            self.add(
                f"restriction_new_{number}_term",
                forms.IntegerField(required=False, min_value=1, label=f"Term of {which}"),
            )
        agreed = self.commitment.renewal_terms
        self.add(
            "notice_days",
            forms.IntegerField(
                required=False,
                min_value=0,
                initial=agreed.notice_days,
                help_text="How many days before the last day either side must say that it will not renew.",
            ),
        )
        self.add("renews_automatically", forms.BooleanField(required=False, initial=agreed.automatically))
        self.add(
            "renewal_months",
            forms.IntegerField(
                required=False, min_value=1, initial=agreed.months, label="Months of each renewal"
            ),
        )

    def add(self, name: str, field: forms.Field) -> None:
        self._dress(field)
        self.fields[name] = field

    def fund_field(self, label: str) -> forms.Field:
        raise NotImplementedError

    def _text(self, name: str, label: str) -> None:
        self.add(name, forms.CharField(required=False, max_length=300, label=label))

    def _share(self, key: str, which: str, amount: Any = None, percent: Any = None) -> None:
        label = f"Amount of {which} in {self.commitment.currency}"
        self.add(f"restriction_{key}_amount", AmountField(required=False, label=label, initial=amount))
        self.add(
            f"restriction_{key}_percent",
            AmountField(required=False, label=f"Percent of {which}", initial=percent),
        )

    # What the template shows ------------------------------------------------------------------

    def condition_rows(self) -> Iterator[tuple[Condition | None, list[forms.BoundField]]]:
        for row in self.conditions:
            yield row, [self[f"condition_{row.pk}_{name}"] for name in ("amount", "target", "due_on")]

    def new_condition(self) -> list[forms.BoundField]:
        names = ("description", "measure", "amount", "target", "due_on")
        return [self[f"condition_new_{name}"] for name in names]

    def restriction_rows(self) -> Iterator[tuple[Any, list[forms.BoundField]]]:
        for row in self.restrictions:
            yield row, [self[f"restriction_{row.pk}_{name}"] for name in ("amount", "percent")]

    def new_restriction_rows(self) -> Iterator[list[forms.BoundField]]:
        for number in range(1, _NEW_RESTRICTIONS + 1):
            names = ("fund", "purpose", "amount", "percent", "term")
            yield [self[f"restriction_new_{number}_{name}"] for name in names]

    def end_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("notice_days", "renews_automatically", "renewal_months")]

    # What the service is given ----------------------------------------------------------------

    def check_promise(self, data: dict[str, Any]) -> None:
        """Say which part of a new row is missing. What is wrong with the whole, the service says."""
        new = {name: data.get(f"condition_new_{name}") for name in ("description", "measure", "amount")}
        given = [*new.values(), data.get("condition_new_target"), data.get("condition_new_due_on")]
        self._complete("condition_new", new, given, "says what must happen, what satisfies it and its amount")
        for number in range(1, _NEW_RESTRICTIONS + 1):
            key = f"restriction_new_{number}"
            row = {name: data.get(f"{key}_{name}") for name in ("fund", "purpose")}
            share = [data.get(f"{key}_{name}") for name in ("amount", "percent", "term")]
            self._complete(
                key, row, [*row.values(), *share], "needs a fund, a purpose and an amount or percent"
            )

    def _complete(self, key: str, needed: dict[str, Any], given: list[Any], what: str) -> None:
        if not any(value not in {None, ""} for value in given):
            return
        for name, value in needed.items():
            if value in {None, ""} and f"{key}_{name}" not in self.errors:
                self.add_error(f"{key}_{name}", f"A new row {what}. Enter the missing part.")

    def promise(self, data: dict[str, Any]) -> dict[str, Any]:
        conditions = [
            replace(
                row.barrier,
                amount=data[f"condition_{row.pk}_amount"],
                target=data[f"condition_{row.pk}_target"],
                due_on=data[f"condition_{row.pk}_due_on"],
            )
            for row in self.conditions
            if data[f"condition_{row.pk}_amount"] is not None
        ]
        if data["condition_new_description"]:
            names = ("description", "measure", "amount", "target", "due_on")
            conditions.append(Barrier(**{name: data[f"condition_new_{name}"] for name in names}))
        restrictions = [
            replace(
                limit_of(row),
                amount=data[f"restriction_{row.pk}_amount"],
                percent=data[f"restriction_{row.pk}_percent"],
            )
            for row in self.restrictions
            if (data[f"restriction_{row.pk}_amount"], data[f"restriction_{row.pk}_percent"]) != (None, None)
        ]
        for number in range(1, _NEW_RESTRICTIONS + 1):
            key = f"restriction_new_{number}"
            if data[f"{key}_fund"]:
                names = ("fund", "purpose", "amount", "percent", "term")
                restrictions.append(Limit(**{name: data[f"{key}_{name}"] for name in names}))
        return {
            "conditions": conditions,
            "restrictions": restrictions,
            "renewal": renewal_of(data),
        }
