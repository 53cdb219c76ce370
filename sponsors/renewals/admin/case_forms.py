"""What the actions of a renewal case ask for."""

from decimal import Decimal
from typing import Any

from django import forms

from foundation.audit.forms import ActionForm, AmountField
from foundation.money.display import money_text
from sponsors.commitments.services import lines_of
from sponsors.renewals.models import RenewalCase
from sponsors.renewals.rules.renewing import LEAST_PERCENT, MOST_PERCENT, NextTerms
from sponsors.renewals.rules.states import CaseState
from sponsors.renewals.services.cases import LONGEST_NOTE

_LINE = "line_"


class MoveForm(ActionForm):
    state = forms.ChoiceField(label="To column", choices=CaseState.choices)
    note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What happened. Of a decline it must be said why.",
    )
    seen = forms.ChoiceField(choices=CaseState.choices, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What comes back may name it all the same: a colleague moved the card there meanwhile.
        if not self.is_bound and isinstance(self.obj, RenewalCase):
            field = self.fields["state"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(key, label) for key, label in CaseState.choices if key != self.obj.state]


class EstimateForm(ActionForm):
    percent = forms.DecimalField(
        label="Probability of renewal in percent",
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text="Leave it empty to go by the assessed risk again.",
    )


class NoteForm(ActionForm):
    note = forms.CharField(max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2}))


class RenewForm(ActionForm):
    """The next commitment beside this one: what is left empty stays, or follows the length and the percent."""

    title = forms.CharField(max_length=200)
    starts_on = forms.DateField(label="First day")
    months = forms.IntegerField(
        label="Length in months",
        min_value=1,
        max_value=120,
        required=False,
        help_text="Leave it empty for the same length.",
    )
    percent = forms.DecimalField(
        label="Change of all amounts in percent",
        min_value=LEAST_PERCENT,
        max_value=MOST_PERCENT,
        max_digits=7,
        decimal_places=2,
        required=False,
        help_text="Such as 5, or -10 for less. Amounts follow the length first.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, RenewalCase)
        commitment = self.obj.commitment
        self.begin = commitment.renewal_starts_on
        for position, line in enumerate(lines_of(commitment), start=1):
            field = AmountField(
                label=f"{line.description}, by hand, in {commitment.currency}",
                min_value=Decimal(0),
                max_digits=15,
                decimal_places=3,
                required=False,
                help_text=f"For the whole new period; it was {money_text(line.amount, commitment.currency)}. 0 leaves the line out.",
            )
            self._dress(field)
            self.fields[f"{_LINE}{position}"] = field

    def terms(self) -> NextTerms:
        """Return what was asked for; a first day that is the usual one is no change."""
        data = self.cleaned_data
        return NextTerms(
            title=data["title"],
            starts_on=None if data["starts_on"] == self.begin else data["starts_on"],
            months=data["months"],
            percent=data["percent"],
            amounts={
                int(name.removeprefix(_LINE)): amount
                for name, amount in data.items()
                if name.startswith(_LINE) and amount is not None
            },
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors:
            data["terms"] = self.terms()
        return data
