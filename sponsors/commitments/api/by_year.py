"""`/api/v1/money-by-year/`: what was open, received and written off, each converted figure with its rates."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from foundation.money.display import plain_amount
from sponsors.commitments.api.accounts import asked
from sponsors.commitments.api.answers import Amount
from sponsors.commitments.models import Receipt
from sponsors.commitments.selectors import Figure, MoneyByYear, Part, Total, YearAmount, money_by_year


class YearsInput(StrictInput):
    first = serializers.IntegerField(required=False)
    last = serializers.IntegerField(required=False)


class PartSerializer(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="When it happened, or the day of the balance.")
    amount = Amount()
    rate = serializers.CharField(allow_null=True, help_text="Units of the base currency for one.")
    rate_on = serializers.DateField(allow_null=True, help_text="The day of the rate.")
    in_base = Amount(allow_null=True)


class FigureSerializer(serializers.Serializer[Any]):
    figure = serializers.ChoiceField(choices=Figure.choices)
    amount = Amount()
    in_base = Amount(allow_null=True, help_text="Null when a rate is missing.")
    problem = serializers.CharField(allow_blank=True, help_text="Which rate is missing, in words.")
    parts = PartSerializer(many=True)


class TotalSerializer(serializers.Serializer[Any]):
    figure = serializers.ChoiceField(choices=Figure.choices)
    in_base = Amount(allow_null=True, help_text="Null when a rate is missing.")
    problem = serializers.CharField(allow_blank=True)


class YearCurrencySerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    figures = FigureSerializer(many=True)


class YearSerializer(serializers.Serializer[Any]):
    fiscal_year = serializers.IntegerField(help_text="The calendar year in which it ends.")
    starts_on = serializers.DateField()
    as_of = serializers.DateField(help_text="Its last day, or today when it is not over.")
    currencies = YearCurrencySerializer(many=True)
    totals = TotalSerializer(many=True, help_text="Of all currencies, in the base currency.")


class MoneyByYearSerializer(serializers.Serializer[Any]):
    """Balances by the rate of the last day, the rest by that of its own day, what undoes it by that of the other."""

    base_currency = serializers.CharField()
    years = YearSerializer(many=True, help_text="The newest first.")


class MoneyByYearViewSet(ReadViewSet[Receipt]):
    """What was open at the end of fiscal years, received and written off in them, by currency."""

    queryset = Receipt.objects.all()
    serializer_class = MoneyByYearSerializer
    outputs = {"retrieve": MoneyByYearSerializer}
    singular = "money_by_year"
    required_scopes = {"read": Scope.RECEIPTS_READ}
    action_permissions = {"retrieve": "sponsors.view_receipt"}
    action_parameters = {"retrieve": ("first", "last")}

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "first", OpenApiTypes.INT, description="A fiscal year; by default four before the last."
            ),
            OpenApiParameter(
                "last", OpenApiTypes.INT, description="A fiscal year; by default the one it is."
            ),
        ]
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        return Response(_represented(money_by_year(local_today(), **asked(request, YearsInput))))


def _represented(shown: MoneyByYear) -> dict[str, Any]:
    return {
        "base_currency": shown.base,
        "years": [
            {
                "fiscal_year": year.year.number,
                "starts_on": year.year.starts_on.isoformat(),
                "as_of": year.as_of.isoformat(),
                "currencies": [
                    {
                        "currency": line.currency,
                        "figures": [_figure(figure, amount) for figure, amount in line.figures.items()],
                    }
                    for line in year.lines
                ],
                "totals": [_total(figure, total, shown.base) for figure, total in year.totals.items()],
            }
            for year in shown.years
        ],
    }


def _figure(figure: Figure, amount: YearAmount) -> dict[str, Any]:
    in_base = amount.in_base
    return {
        "figure": figure.value,
        "amount": plain_amount(amount.amount, amount.currency),
        "in_base": None if in_base is None else plain_amount(in_base, amount.base),
        "problem": amount.problem,
        "parts": [_part(part, amount) for part in amount.parts],
    }


def _part(part: Part, amount: YearAmount) -> dict[str, Any]:
    made = part.conversion
    return {
        "on": part.on.isoformat(),
        "amount": plain_amount(part.amount, amount.currency),
        "rate": f"{made.rate.normalize():f}" if made else None,
        "rate_on": made.day.isoformat() if made else None,
        "in_base": plain_amount(made.result, amount.base) if made else None,
    }


def _total(figure: Figure, total: Total, base: str) -> dict[str, Any]:
    in_base = None if total.amount is None else plain_amount(total.amount, base)
    return {"figure": figure.value, "in_base": in_base, "problem": total.problem}
