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
# What is agreed of a condition, in the order of the form: its words first.
_CONDITION = ("description", "measure", "amount", "target", "due_on", "money_returns")


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
    currency_path = "commitment.currency"
    met_on = forms.DateField(label="Met on", initial=local_today, help_text="It counts from this day.")
    amount = AmountField(
        required=False, label="Progress", help_text="Towards the target. Empty: all that is missing."
    )
    reference = forms.CharField(
        max_length=100, help_text="What shows it, such as the number of a report. Each counts once."
    )
    note = forms.CharField(max_length=300, help_text="What the evidence says.")
    corrects_on = forms.DateField(
        label="Corrects the closed day",
        required=False,
        help_text="When it was met on a day whose books are closed: that day. It then counts from the open day above.",
    )


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
            which = f"condition {row.position}" if row else "the new condition"
            for name, field in self._condition_fields(which, currency).items():
                field.initial = getattr(barrier, name, field.initial)
                self.add(f"condition_{key}_{name}", field)
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

    @staticmethod
    def _condition_fields(which: str, currency: str) -> dict[str, forms.Field]:
        what = forms.CharField(
            required=False,
            max_length=300,
            label=f"What must happen for {which}",
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        measure = forms.CharField(
            required=False,
            max_length=300,
            label=f"What satisfies {which}",
            widget=forms.Textarea(attrs={"rows": 2}),
        )
        amount = AmountField(required=False, label=f"Amount that depends on {which} in {currency}")
        target = AmountField(required=False, label=f"Target of {which} in {currency}")
        due_on = forms.DateField(required=False, label=f"Day for {which}")
        returns = forms.BooleanField(
            required=False, initial=True, label=f"Money goes back if {which} is not met"
        )
        return dict(zip(_CONDITION, (what, measure, amount, target, due_on, returns), strict=True))

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

    def condition_groups(self) -> Iterator[tuple[str, list[forms.BoundField], list[forms.BoundField]]]:
        """Return each condition, and room for a new one: its name, its words, and the rest of its fields."""
        for name, key in (
            *((f"Condition {row.position}", row.pk) for row in self.conditions),
            ("New condition", "new"),
        ):
            fields = [self[f"condition_{key}_{column}"] for column in _CONDITION]
            yield name, fields[:2], fields[2:]

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
        """Say which part of a row is missing. What is wrong with the whole, the service says."""
        for one in self.conditions:
            for name, what in (("description", "what must happen"), ("measure", "what satisfies it")):
                field = f"condition_{one.pk}_{name}"
                if data.get(f"condition_{one.pk}_amount") is not None and data.get(field) == "":
                    self.add_error(field, f"Say {what}, or empty the amount to waive the condition.")
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
            replace(row.barrier, **self._condition(data, str(row.pk), row))
            for row in self.conditions
            if data[f"condition_{row.pk}_amount"] is not None
        ]
        if data["condition_new_description"]:
            conditions.append(Barrier(**self._condition(data, "new")))
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

    @staticmethod
    def _condition(data: dict[str, Any], key: str, standing: Condition | None = None) -> dict[str, Any]:
        """Return what is posted of a condition. Its words are one line each; breaks alone are no change."""
        given = {name: data[f"condition_{key}_{name}"] for name in _CONDITION}
        for name in _CONDITION[:2]:
            agreed = getattr(standing, name, "")
            words = " ".join(given[name].split())
            given[name] = agreed if words == " ".join(agreed.split()) else words
        return given
