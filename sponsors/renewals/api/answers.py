"""Renewal cases, letters and the forecast as they stand in answers."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from foundation.money.display import plain_amount
from sponsors.renewals.models import RenewalCase, RenewalLetter
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.states import CaseEnd, CaseState, LetterState
from sponsors.renewals.selectors.board import Forecast, whole_units


class MoveSerializer(serializers.Serializer[Any]):
    before = serializers.ChoiceField(choices=CaseState.choices)
    after = serializers.ChoiceField(choices=CaseState.choices)
    note = serializers.CharField(allow_blank=True)
    moved_by = serializers.IntegerField(allow_null=True, help_text="Null: Bursar itself.")
    moved_at = serializers.DateTimeField()


class MovesSerializer(serializers.Serializer[Any]):
    moves = MoveSerializer(many=True, help_text="The last one first.")


class RenewalCaseSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    commitment = serializers.IntegerField()
    commitment_number = serializers.CharField()
    sponsor = serializers.IntegerField()
    sponsor_name = serializers.CharField()
    ends_on = serializers.DateField(help_text="The last day of the commitment.")
    owner = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=CaseState.choices, help_text="The column of its card.")
    currency = serializers.CharField(
        allow_null=True, help_text="The foundation's, in which the amounts are; null before an assessment."
    )
    cash_a_year = serializers.CharField(allow_null=True)
    in_kind_a_year = serializers.CharField(allow_null=True, help_text="Never added to cash.")
    probability = serializers.FloatField(
        allow_null=True, help_text="Of renewal: our own, else one less the assessed risk; 0 once declined."
    )
    own_probability = serializers.FloatField(allow_null=True)
    band = serializers.ChoiceField(choices=Band.choices, allow_null=True, help_text="Of the assessed risk.")
    opened_on = serializers.DateField()
    closed_on = serializers.DateField(allow_null=True)
    closed_as = serializers.ChoiceField(choices=CaseEnd.choices, allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class RenewedSerializer(serializers.Serializer[Any]):
    commitment = serializers.IntegerField(help_text="The one that follows.")
    commitment_number = serializers.CharField()
    commitment_state = serializers.CharField()
    is_new = serializers.BooleanField(help_text="False: it was there already, and nothing was changed.")


class RenewalLetterSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    case = serializers.IntegerField()
    commitment = serializers.IntegerField()
    sponsor = serializers.IntegerField()
    state = serializers.ChoiceField(choices=LetterState.choices)
    contact = serializers.IntegerField(allow_null=True)
    recipient = serializers.CharField(allow_blank=True)
    subject = serializers.CharField()
    body = serializers.CharField(help_text="Paragraphs are separated by an empty line.")
    written_by = serializers.IntegerField()
    sent_by = serializers.IntegerField(allow_null=True)
    sent_on = serializers.DateField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True, help_text="Of the PDF that was sent.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WorthSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    cash_a_year = serializers.CharField()
    in_kind_a_year = serializers.CharField(help_text="Never added to cash.")
    expected_cash = serializers.CharField(help_text="Cash of each times its probability of renewal.")


class ForecastSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="Of these cash or probability is not known: in no forecast.")
    worth = WorthSerializer(many=True, help_text="One a currency.")


class ColumnForecastSerializer(ForecastSerializer):
    state = serializers.ChoiceField(choices=CaseState.choices)


class RenewalForecastSerializer(ForecastSerializer):
    columns = ColumnForecastSerializer(many=True)


def case_row(case: RenewalCase) -> Mapping[str, Any]:
    """Return a row of `with_value`, its commitment and sponsor joined."""
    commitment = case.commitment
    return {
        "id": case.pk,
        "commitment": commitment.pk,
        "commitment_number": commitment.number,
        "sponsor": commitment.sponsor_id,
        "sponsor_name": commitment.sponsor.name,
        "ends_on": commitment.ends_on,
        "owner": commitment.owner_id,
        "state": case.state,
        "currency": case.currency,
        "cash_a_year": _amount(case.cash_a_year, case.currency),
        "in_kind_a_year": _amount(case.in_kind_a_year, case.currency),
        "probability": case.probability,
        "own_probability": case.own_probability,
        "band": case.band,
        "opened_on": case.opened_on,
        "closed_on": case.closed_on,
        "closed_as": case.closed_as,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
    }


def letter_row(letter: RenewalLetter) -> Mapping[str, Any]:
    commitment = letter.case.commitment
    return {
        "id": letter.pk,
        "case": letter.case_id,
        "commitment": commitment.pk,
        "sponsor": commitment.sponsor_id,
        "state": letter.state,
        "contact": letter.contact_id,
        "recipient": letter.recipient,
        "subject": letter.subject,
        "body": letter.body,
        "written_by": letter.written_by_id,
        "sent_by": letter.sent_by_id,
        "sent_on": letter.sent_on,
        "sha256": letter.document.digest if letter.document else None,
        "created_at": letter.created_at,
        "updated_at": letter.updated_at,
    }


def forecast_row(forecast: Forecast) -> dict[str, Any]:
    return {
        "count": forecast.count,
        "unknown": forecast.unknown,
        "worth": [
            {
                "currency": worth.currency,
                "cash_a_year": plain_amount(worth.cash, worth.currency),
                "in_kind_a_year": plain_amount(worth.in_kind, worth.currency),
                "expected_cash": plain_amount(worth.expected, worth.currency),
            }
            for _currency, worth in sorted(forecast.worth.items())
        ],
    }


def _amount(amount: Decimal | None, currency: str | None) -> str | None:
    whole = whole_units(amount, currency)
    return None if whole is None or currency is None else plain_amount(whole, currency)
