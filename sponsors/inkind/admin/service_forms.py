"""What the pages of services ask."""

from datetime import date, timedelta
from typing import Any

from django import forms

from foundation.audit.forms import ActionForm, ServiceForm, autocomplete
from sponsors.commitments.models import Commitment, CommitmentLine, Installment
from sponsors.commitments.rules import FIRM
from sponsors.directory.models import Sponsor
from sponsors.inkind.models import Alternative, RateCard, Service, ServiceKey, Supply
from sponsors.inkind.models.services import MOST_MONTHS_TO_MOVE
from sponsors.inkind.rules import Provider
from sponsors.inkind.selectors.services import gift_lines


class AddServiceForm(ServiceForm):
    class Meta:
        model = Service
        fields = ("name", "slug", "purpose", "provider", "criticality", "dependents")


class ChangeServiceForm(ServiceForm):
    class Meta:
        model = Service
        fields = ("name", "purpose", "provider", "criticality", "dependents")


class LineChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    """A line in kind, named with its commitment."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.commitment.number}: {obj.description}"


class SupplyChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only in the stubs
    """A supply, named with its sponsor and days."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.sponsor}, from {obj.starts_on}{f' to {obj.ends_on}' if obj.ends_on else ' on'}"


def day_after(day: date | None) -> date | None:
    """Return the day on which something no longer holds whose last day this is."""
    return day + timedelta(days=1) if day else None


class SupplyForm(ActionForm):
    """Who supplies the service from now on. Of a commitment with several gifts, one is chosen when asked again."""

    sponsor = forms.ModelChoiceField(
        Sponsor.objects.filter(merged_into=None), widget=autocomplete(Supply, "sponsor")
    )
    starts_on = forms.DateField(label="First day")
    ends_on = forms.DateField(
        label="Last day", required=False, help_text="Empty: until something else is said."
    )
    commitment = forms.ModelChoiceField(
        Commitment.objects.filter(state__in=FIRM),
        required=False,
        widget=autocomplete(Installment, "commitment"),
        help_text="That of which it is a gift in kind. Empty while nothing is signed.",
    )
    line = LineChoice(
        CommitmentLine.objects.none(), required=False, label="Gift", help_text="When it has more than one."
    )
    ends_present = forms.BooleanField(
        label="End what another sponsor supplies now",
        required=False,
        help_text="On the day before the first day.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._gifts = CommitmentLine.objects.none()
        commitment = self.data.get("commitment", "")
        if str(commitment).isdecimal():
            self._gifts = CommitmentLine.objects.filter(
                commitment=commitment, kind=CommitmentLine.Kind.IN_KIND
            ).select_related("commitment")
        self.fields["line"].queryset = self._gifts  # type: ignore[attr-defined]  # a choice of rows
        if len(self._gifts) < 2:  # noqa: PLR2004  # nothing to choose
            del self.fields["line"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        commitment = data.get("commitment")
        if commitment is None:
            data["line"] = None
        elif not self._gifts:
            self.add_error("commitment", f"{commitment} has no gift in kind. Choose another, or none.")
        elif "line" not in self.fields:
            data["line"] = self._gifts[0]
        elif data.get("line") is None and not self.has_error("line"):
            self.add_error("line", f"{commitment} has {len(self._gifts)} gifts in kind. Choose one.")
        return data


class _OfService(ActionForm):
    """Asks for one of the rows that hang on the service."""

    @property
    def service(self) -> Service:
        assert isinstance(self.obj, Service)
        return self.obj

    def rows(self, name: str, queryset: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = queryset
        if len(queryset) == 1:
            field.initial = queryset[0]


class ChooseSupplyForm(_OfService):
    supply = SupplyChoice(Supply.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows("supply", Supply.objects.filter(service=self.service).select_related("sponsor"))


class EndSupplyForm(ChooseSupplyForm):
    ends_on = forms.DateField(label="Last day", required=False, help_text="Empty: it goes on.")


class PutUnderLineForm(ChooseSupplyForm):
    line = LineChoice(
        CommitmentLine.objects.none(),
        required=False,
        label="Gift in kind",
        empty_label="None: nothing is signed",
    )
    starts_on = forms.DateField(
        label="From",
        required=False,
        help_text="What was before stays under its line. Empty: all of the supply.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sponsors = Supply.objects.filter(service=self.service).values_list("sponsor", flat=True)
        lines = [line.pk for line in gift_lines(list(sponsors))]
        self.rows(
            "line",
            CommitmentLine.objects.filter(pk__in=lines)
            .select_related("commitment")
            .order_by("-commitment__number", "position"),
        )


class KeyForm(ActionForm):
    provider = forms.ChoiceField(choices=Provider.choices)
    external_id = forms.CharField(
        label="Name at the provider",
        max_length=100,
        help_text="As it stands in the provider's statistics, such as a service ID, a zone or a distribution.",
    )


class ChooseKeyForm(_OfService):
    key = forms.ModelChoiceField(ServiceKey.objects.none(), label="Name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows("key", ServiceKey.objects.filter(service=self.service))


class AlternativeForm(ActionForm):
    name = forms.CharField(
        max_length=100,
        help_text="The other provider, or another way to do without. One of the same name is replaced.",
    )
    card = forms.ModelChoiceField(
        RateCard.objects.all(), label="Rate card", required=False, help_text="What it would cost there."
    )
    months_to_move = forms.IntegerField(
        label="Months to move", min_value=0, max_value=MOST_MONTHS_TO_MOVE, initial=0
    )
    shed_percent = forms.DecimalField(
        label="Percent that would be shed",
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        initial=0,
        help_text="The share of today's traffic that would no longer be served.",
    )
    notes = forms.CharField(required=False, widget=forms.Textarea)


class ChooseAlternativeForm(_OfService):
    alternative = forms.ModelChoiceField(Alternative.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows("alternative", Alternative.objects.filter(service=self.service))


class RetireForm(ActionForm):
    retired_on = forms.DateField(label="No longer runs from")
