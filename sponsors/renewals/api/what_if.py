"""`/api/v1/concentration/` and `/api/v1/what-if/`: how much hangs on whom, and what follows when they leave."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.scopes import Scope
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from foundation.money.display import plain_amount
from foundation.money.rules import smallest_unit
from sponsors.commitments.api.answers import Amount
from sponsors.directory.models import Sponsor
from sponsors.inkind.rules import Criticality
from sponsors.renewals.models import Assessment
from sponsors.renewals.rules.concentration import Concentration
from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.runway import Runway
from sponsors.renewals.selectors.concentration import Concentrations
from sponsors.renewals.selectors.what_if import AsItIs, Dependence, Leaving, as_it_is, departure

MOST_CHOSEN = 20
_LONGEST_KEY = 18
_SHARE = Decimal("0.0001")
_SPONSORS = Decimal("0.01")


class ConcentrationOfSerializer(serializers.Serializer[Any]):
    of = serializers.ChoiceField(
        choices=["cash", "in_kind", "together"],
        help_text="together: cash and the value of gifts in kind in one sum.",
    )
    total = Amount(help_text="A year.")
    largest_1 = serializers.FloatField(allow_null=True, help_text="The share of the largest group.")
    largest_3 = serializers.FloatField(allow_null=True)
    largest_5 = serializers.FloatField(allow_null=True)
    index = serializers.FloatField(
        allow_null=True, help_text="Herfindahl-Hirschman: the sum of squared shares."
    )
    effective_sponsors = serializers.FloatField(
        allow_null=True, help_text="How many equal sponsors would be as concentrated."
    )


class LargestSerializer(serializers.Serializer[Any]):
    sponsor = serializers.IntegerField(help_text="The ultimate parent.")
    name = serializers.CharField()
    cash_a_year = Amount()
    in_kind_a_year = Amount()
    share = serializers.FloatField(allow_null=True, help_text="Of cash and gifts in kind together.")


class RunwaySerializer(serializers.Serializer[Any]):
    income = Amount(help_text="Cash that comes in a month.")
    costs = Amount(allow_null=True, help_text="A month; null when the settings do not say.")
    months = serializers.DecimalField(
        max_digits=18, decimal_places=1, allow_null=True, help_text="Null when not known or without end."
    )
    covered = serializers.BooleanField(
        allow_null=True, help_text="True: income pays for every month, the runway has no end."
    )


class ConcentrationSerializer(serializers.Serializer[Any]):
    """By ultimate parent, of commitments in force, by their latest assessments."""

    currency = serializers.CharField()
    first_day = serializers.DateField(allow_null=True, help_text="Of the assessments.")
    last_day = serializers.DateField(allow_null=True)
    unassessed = serializers.IntegerField(help_text="Commitments in force that have no assessment yet.")
    without_amount = serializers.IntegerField(help_text="Commitments whose amount nobody can convert.")
    concentrations = ConcentrationOfSerializer(many=True)
    largest = LargestSerializer(many=True)
    runway = RunwaySerializer()


class OptionSerializer(serializers.Serializer[Any]):
    alternative = serializers.CharField()
    card = serializers.CharField(allow_blank=True)
    a_year = Amount(allow_null=True)
    months = serializers.IntegerField(help_text="Of the last twelve, those whose use is known.")
    months_to_move = serializers.IntegerField()
    problem = serializers.CharField(allow_blank=True, help_text="Why nobody can say what it costs.")


class DependenceSerializer(serializers.Serializer[Any]):
    service = serializers.IntegerField()
    name = serializers.CharField()
    criticality = serializers.ChoiceField(choices=Criticality.choices)
    supplier = serializers.CharField()
    dependents = serializers.ListField(child=serializers.CharField())
    alternatives = OptionSerializer(many=True)


class LeavingSerializer(serializers.Serializer[Any]):
    commitment = serializers.IntegerField()
    number = serializers.CharField()
    sponsor = serializers.IntegerField()
    ends_on = serializers.DateField()
    probability = serializers.FloatField(
        allow_null=True, help_text="Of lapse; null before the first assessment."
    )
    band = serializers.ChoiceField(choices=Band.choices, allow_null=True)
    cash_a_year = Amount(allow_null=True)
    in_kind_a_year = Amount(allow_null=True)


class StillToComeSerializer(serializers.Serializer[Any]):
    fiscal_year = serializers.IntegerField(help_text="The calendar year in which it ends.")
    amount = Amount(allow_null=True, help_text="Null when there is no rate for all of it.")


class WhatIfSerializer(ConcentrationSerializer):
    """The portfolio as it is, and what follows when the sponsors leave with all that belong to them."""

    sponsors = serializers.ListField(child=serializers.IntegerField(), help_text="All that leave.")
    cash_lost = Amount(help_text="A year.")
    in_kind_lost = Amount(help_text="A year; never added to cash.")
    still_to_come = StillToComeSerializer(
        many=True, help_text="Installments of theirs that fall due from today on, by fiscal year."
    )
    replacement = Amount(allow_null=True, help_text="A year, on the dearest alternative of each service.")
    replacement_least = Amount(allow_null=True, help_text="The same, on the cheapest.")
    commitments = LeavingSerializer(many=True)
    services = DependenceSerializer(many=True)
    concentrations_after = ConcentrationOfSerializer(many=True)
    runway_after = RunwaySerializer()
    runway_paying = RunwaySerializer(help_text="With the services paid for elsewhere, on the dearest.")


class _PortfolioViewSet(ReadViewSet[Any]):
    queryset: QuerySet[Any] = Assessment.objects.all()
    required_scopes = {"read": Scope.RENEWALS_READ}
    action_permissions = {"retrieve": "sponsors.view_assessment"}


class ConcentrationViewSet(_PortfolioViewSet):
    """How much hangs on few sponsors, and for how long the money lasts."""

    serializer_class = ConcentrationSerializer
    outputs = {"retrieve": ConcentrationSerializer}
    singular = "concentration"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        return Response(_portfolio(as_it_is(local_today())))


class WhatIfViewSet(_PortfolioViewSet):
    """What is lost, what depends on it, and how long the money lasts when sponsors leave at once."""

    serializer_class = WhatIfSerializer
    outputs = {"retrieve": WhatIfSerializer}
    singular = "what_if"
    action_parameters = {"retrieve": ("sponsor",)}

    def takes_several(self, name: str) -> bool:
        return name == "sponsor"

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "sponsor",
                OpenApiTypes.INT,
                many=True,
                required=True,
                description=f"Who leaves; at most {MOST_CHOSEN}, each as a parameter of its own.",
            )
        ]
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        sponsors = self._sponsors(request.query_params.getlist("sponsor"))
        today = local_today()
        now = as_it_is(today)
        gone = departure(now, sponsors, today)
        currency = now.currency
        return Response(
            {
                **_portfolio(now),
                "sponsors": [sponsor.pk for sponsor in gone.leaving],
                "cash_lost": plain_amount(gone.lost.cash, currency),
                "in_kind_lost": plain_amount(gone.lost.in_kind, currency),
                "still_to_come": [
                    {"fiscal_year": row.year.number, "amount": _amount(row.amount, currency)}
                    for row in gone.still_to_come
                ],
                "replacement": _amount(gone.replacement, currency),
                "replacement_least": _amount(gone.replacement_least, currency),
                "commitments": [_leaving(row, currency) for row in gone.commitments],
                "services": [_dependence(row, currency) for row in gone.services],
                "concentrations_after": _concentrations(gone.concentrations, currency),
                "runway_after": _runway(gone.runway, currency),
                "runway_paying": _runway(gone.paying, currency),
            }
        )

    def _sponsors(self, given: list[str]) -> list[Sponsor]:
        if not given:
            raise ValidationError({"sponsor": "Say who leaves: the number of a sponsor."})
        if len(given) > MOST_CHOSEN:
            raise ValidationError({"sponsor": f"At most {MOST_CHOSEN} leave at once. Leave some out."})
        if not all(key.isascii() and key.isdecimal() and len(key) <= _LONGEST_KEY for key in given):
            raise ValidationError({"sponsor": "Write the number of a sponsor."})
        found = list(Sponsor.objects.visible_to(self.caller).filter(pk__in=given))
        if len(found) < len({int(key) for key in given}):
            raise ValidationError({"sponsor": "There is no such sponsor, or you may not see it."})
        return found


def _portfolio(now: AsItIs) -> dict[str, Any]:
    currency = now.currency
    return {
        "currency": currency,
        "first_day": now.portfolio.first.isoformat() if now.portfolio.first else None,
        "last_day": now.portfolio.last.isoformat() if now.portfolio.last else None,
        "unassessed": now.portfolio.unassessed,
        "without_amount": now.total.unknown,
        "concentrations": _concentrations(now.concentrations, currency),
        "largest": [
            {
                "sponsor": giver.sponsor,
                "name": giver.name,
                "cash_a_year": plain_amount(giver.given.cash, currency),
                "in_kind_a_year": plain_amount(giver.given.in_kind, currency),
                "share": _rounded(giver.share),
            }
            for giver in now.largest
        ],
        "runway": _runway(now.runway, currency),
    }


def _concentrations(found: Concentrations, currency: str) -> list[dict[str, Any]]:
    each = (("cash", found.cash), ("in_kind", found.in_kind), ("together", found.together))
    return [_concentration(of, one, currency) for of, one in each]


def _concentration(of: str, one: Concentration, currency: str) -> dict[str, Any]:
    return {
        "of": of,
        "total": plain_amount(one.total, currency),
        "largest_1": _rounded(one.largest.get(1)),
        "largest_3": _rounded(one.largest.get(3)),
        "largest_5": _rounded(one.largest.get(5)),
        "index": _rounded(one.index),
        "effective_sponsors": _rounded(one.effective, _SPONSORS),
    }


def _leaving(row: Leaving, currency: str) -> dict[str, Any]:
    known = row.assessment
    return {
        "commitment": row.commitment.pk,
        "number": row.commitment.number,
        "sponsor": row.commitment.sponsor_id,
        "ends_on": row.commitment.ends_on.isoformat(),
        "probability": known.probability if known else None,
        "band": known.band if known else None,
        "cash_a_year": _amount(known.cash_a_year, currency) if known else None,
        "in_kind_a_year": _amount(known.in_kind_a_year, currency) if known else None,
    }


def _dependence(row: Dependence, currency: str) -> dict[str, Any]:
    return {
        "service": row.service.pk,
        "name": row.service.name,
        "criticality": row.service.criticality,
        "supplier": row.supplier,
        "dependents": list(row.dependents),
        "alternatives": [
            {
                "alternative": option.alternative,
                "card": option.card,
                "a_year": _amount(option.a_year, currency),
                "months": option.months,
                "months_to_move": option.months_to_move,
                "problem": option.problem,
            }
            for option in row.options
        ],
    }


def _runway(one: Runway, currency: str) -> dict[str, Any]:
    return {
        "income": _amount(one.income, currency),
        "costs": _amount(one.costs, currency),
        "months": None if one.months is None else str(one.months),
        "covered": one.is_covered,
    }


def _amount(amount: Decimal | None, currency: str) -> str | None:
    if amount is None:
        return None
    return plain_amount(amount.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP), currency)


def _rounded(value: Decimal | None, unit: Decimal = _SHARE) -> float | None:
    return None if value is None else float(value.quantize(unit, rounding=ROUND_HALF_UP))
