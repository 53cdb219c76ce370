"""A chart and the table of the same figures, from one description, so that the two never differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from foundation.money.display import money_text
from sponsors.inkind.rules.wording import bytes_in_words, count_in_words, percent_in_words
from sponsors.inkind.selectors.traffic import Step

# A longer table is told from its end; the files hold all of it.
MOST_ROWS = 100
Value = float | int | Decimal | None
_WORDS: dict[str, Callable[[Any], str]] = {
    "bytes": bytes_in_words,
    "count": count_in_words,
    "share": percent_in_words,
}
_FORMATS = {Step.HOUR: "%Y-%m-%d %H:%M", Step.DAY: "%Y-%m-%d", Step.MONTH: "%Y-%m", Step.YEAR: "%Y"}


@dataclass(frozen=True, slots=True)
class Series:
    """One line or stack of a chart. A bound, such as a promise, is drawn dashed and is part of no total."""

    name: str
    values: Sequence[Value]
    is_bound: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures over time in one unit: bytes, count, share of one, or a currency's code.

    `kind`: parts that are stacked to a whole, bars beside each other, or lines.
    """

    key: str
    title: str
    unit: str
    periods: Sequence[str]
    series: Sequence[Series]
    kind: Literal["stack", "bars", "lines"] = "lines"
    explanation: str = ""
    rows: Sequence[tuple[str, Sequence[str]]] = field(init=False)

    def __post_init__(self) -> None:
        numbered = list(enumerate(self.periods))[-MOST_ROWS:]
        object.__setattr__(self, "rows", [(name, self._cells(at)) for at, name in reversed(numbered)])

    @property
    def data_key(self) -> str:
        """The id of the element that holds the data."""
        return f"{self.key}-data"

    @property
    def is_empty(self) -> bool:
        return not any(value is not None for series in self.series for value in series.values)

    @property
    def columns(self) -> list[str]:
        return [*(["All"] if self._has_total else []), *(series.name for series in self.series)]

    @property
    def left_out(self) -> int:
        return max(len(self.periods) - MOST_ROWS, 0)

    @property
    def data(self) -> dict[str, Any]:
        """Return what the script draws."""
        return {
            "title": self.title,
            "unit": self.unit,
            "kind": self.kind,
            "periods": list(self.periods),
            "series": [
                {
                    "name": series.name,
                    "bound": series.is_bound,
                    "values": [_drawn(value) for value in series.values],
                }
                for series in self.series
            ],
        }

    @property
    def _has_total(self) -> bool:
        return self.kind == "stack" and sum(not series.is_bound for series in self.series) > 1

    def _cells(self, at: int) -> list[str]:
        values = [series.values[at] for series in self.series]
        if self._has_total:
            known = [
                value
                for series, value in zip(self.series, values, strict=True)
                if value is not None and not series.is_bound
            ]
            values.insert(0, sum(known) if known else None)
        return [self._in_words(value) for value in values]

    def _in_words(self, value: Value) -> str:
        if value is None:
            return "—"
        words = _WORDS.get(self.unit)
        return words(value) if words else money_text(Decimal(value), self.unit)


def _drawn(value: Value) -> float | int | None:
    """Return the number as short as a screen can tell it, since thousands of them are sent."""
    return value if value is None or isinstance(value, int) else round(float(value), 6)


def period_name(start: date | datetime, step: Step) -> str:
    return start.strftime(_FORMATS[step])
