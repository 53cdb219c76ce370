"""Where everything of a timeline goes in its picture: coordinates only, no colors and no text layout.

One unit is one CSS pixel. Years run across at one scale, so that equal times have equal widths.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from foundation.money.display import money_text
from sponsors.commitments.rules import InstallmentKind, InstallmentState, installment_label
from sponsors.commitments.selectors import (
    Band,
    Event,
    EventKind,
    PauseSpan,
    Timeline,
    TimelineInstallment,
    TimelineReceipt,
)

MARGIN = 16
HEADER = 28
BAND = 62
BAR = 22
LANE = 18
LEGIBLE = 9
# About the width of a letter of a label, for keeping its end inside the picture.
LETTER = 6.9
_WIDEST, _NARROWEST, _COMFORTABLE = 180, 48, 900

# One letter an event, explained in the legend beside the picture.
LETTERS = {
    EventKind.ANNOUNCED: "A",
    EventKind.PROPOSED: "P",
    EventKind.SIGNED: "S",
    EventKind.ENDED: "E",
    EventKind.TERMINATED: "T",
    EventKind.DECLINED: "D",
    EventKind.WITHDRAWN: "W",
    EventKind.FOLLOWS: "R",
    EventKind.FOLLOWED: "R",
    EventKind.AMENDED: "M",
    EventKind.PAUSED: "‖",
    EventKind.CONDITION_MET: "F",
    EventKind.NOTICE: "N",
    EventKind.INVOICED: "I",
    EventKind.CREDITED: "C",
    EventKind.WRITTEN_OFF: "X",
    EventKind.RECOVERED: "B",
    EventKind.DOCUMENT_SENT: "→",
    EventKind.DOCUMENT_SIGNED: "✓",
    EventKind.DOCUMENT_VOIDED: "✕",
    EventKind.VALUED: "V",
}
# A sign an installment's state, so that it can be told without color.
SIGNS = {
    InstallmentState.PLANNED: "?",
    InstallmentState.SCHEDULED: "",
    InstallmentState.DUE: "•",
    InstallmentState.PARTLY_PAID: "½",
    InstallmentState.OVERDUE: "!",
    InstallmentState.PAID: "✓",
    InstallmentState.WRITTEN_OFF: "/",
    InstallmentState.RELEASED: "-",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a point: a year's line, today, an installment, a receipt or an event."""

    x: float
    y: float
    text: str
    kind: str = ""
    sign: str = ""
    beside: bool = False  # a charge, beside what is promised


@dataclass(frozen=True, slots=True)
class Bar:
    """One term."""

    x: float
    y: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One commitment: its name above its terms, and its installments on them."""

    x: float
    y: float
    label: str
    kind: str
    bars: tuple[Bar, ...]
    pauses: tuple[Bar, ...]
    installments: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    years: tuple[Mark, ...]
    today: Mark
    rows: tuple[Row, ...]
    receipts: tuple[Mark, ...]
    events: tuple[Mark, ...]
    receipts_y: float
    events_y: float
    this_year: float  # where the page begins to show it when it does not fit


@dataclass(frozen=True, slots=True)
class _Scale:
    starts_on: date
    per_day: float

    right: float

    def x(self, day: date) -> float:
        return round(MARGIN + (day - self.starts_on).days * self.per_day, 1)


def draw(line: Timeline) -> Drawing:
    """Return the picture of the timeline."""
    per_year = max(_NARROWEST, min(_WIDEST, _COMFORTABLE / len(line.years)))
    days = (line.ends_before - line.starts_on).days
    width = per_year * len(line.years)
    scale = _Scale(line.starts_on, width / days, MARGIN + width)
    rows = tuple(_row(band, scale, HEADER + number * BAND) for number, band in enumerate(line.bands))
    receipts_y = HEADER + len(rows) * BAND + LANE
    receipts, lanes = _stacked(_receipts(line.receipts, scale), receipts_y)
    events_y = receipts_y + (lanes + 1) * LANE if receipts else receipts_y
    events, lanes = _stacked(_events(line.events, scale), events_y)
    bottom = events_y + max(lanes, 1) * LANE
    return Drawing(
        width=round(scale.x(line.ends_before) + MARGIN, 1),
        height=bottom + MARGIN,
        years=tuple(Mark(scale.x(date(year, 1, 1)), HEADER - 10, str(year)) for year in line.years),
        today=Mark(scale.x(line.today), bottom, f"Today, {line.today}", _side(scale, line.today)),
        rows=rows,
        receipts=receipts,
        events=events,
        receipts_y=receipts_y,
        events_y=events_y,
        this_year=max(0.0, scale.x(date(line.today.year, 1, 1)) - MARGIN),
    )


def _side(scale: _Scale, day: date) -> str:
    """Return on which side of the day's line a short word has room."""
    return "before" if scale.x(day) > scale.right - len("Today") * LETTER else "after"


def _row(band: Band, scale: _Scale, top: float) -> Row:
    bars = []
    for term in band.terms:
        end = min(term.ends_before, band.closed_on) if band.closed_on else term.ends_before
        if end > term.starts_on:
            x = scale.x(term.starts_on)
            text = f"{band.number} term {term.position}: {term.starts_on} to {end - _DAY}"
            bars.append(Bar(x, top + LANE, round(scale.x(end) - x, 1), text))
    label = f"{band.number} {band.title} ({band.state.label.lower()})"
    return Row(
        x=max(MARGIN, min(scale.x(band.starts_on), round(scale.right - len(label) * LETTER, 1))),
        y=top + 12,
        label=label,
        kind=band.state.value,
        bars=tuple(bars),
        pauses=tuple(_pause(pause, band, scale, top) for pause in band.pauses),
        installments=tuple(_installment(row, scale, top + LANE + BAR / 2) for row in band.installments),
    )


_DAY = timedelta(days=1)


def _pause(pause: PauseSpan, band: Band, scale: _Scale, top: float) -> Bar:
    x = scale.x(pause.starts_on)
    text = f"{band.number} paused: {pause.starts_on} to {pause.ends_on}"
    return Bar(x, top + LANE, round(scale.x(pause.ends_before) - x, 1), text)


def _installment(row: TimelineInstallment, scale: _Scale, y: float) -> Mark:
    amount = money_text(row.amount, row.currency)
    charge = f" charge for {row.description}," if row.kind is InstallmentKind.CHARGE else ""
    name = f"{row.commitment}/{row.position}"
    text = f"{name},{charge} due {row.due_on}: {amount}, {installment_label(row.state, row.paid).lower()}"
    return Mark(scale.x(row.due_on), y, text, row.state.value, SIGNS[row.state], bool(charge))


def _receipts(receipts: Iterable[TimelineReceipt], scale: _Scale) -> list[Mark]:
    marks = []
    for receipt in receipts:
        kind = "reversed" if receipt.is_reversed or receipt.is_reversal else "received"
        pays = ", ".join(name for name, _amount in receipt.pays)
        text = f"{receipt.received_on}: {money_text(receipt.amount, receipt.currency)}, {kind}"
        marks.append(Mark(scale.x(receipt.received_on), 0, f"{text}, pays {pays}" if pays else text, kind))
    return marks


def _events(events: Iterable[Event], scale: _Scale) -> list[Mark]:
    known = list(events)
    # Where both are drawn, one renewal is one mark, not one of each side.
    renewed = {event.on for event in known if event.kind is EventKind.FOLLOWS}
    return [
        Mark(scale.x(event.on), 0, f"{event.on}: {event.text}", event.kind.value, LETTERS[event.kind])
        for event in known
        if not (event.kind is EventKind.FOLLOWED and event.on in renewed)
    ]


def _stacked(marks: Sequence[Mark], top: float) -> tuple[tuple[Mark, ...], int]:
    """Put marks that would touch under each other, and return them with the number of lanes used."""
    ends: list[float] = []
    placed = []
    for mark in sorted(marks, key=lambda mark: mark.x):
        lane = next((number for number, end in enumerate(ends) if mark.x >= end), len(ends))
        ends[lane : lane + 1] = [mark.x + LEGIBLE * 2]
        placed.append(Mark(mark.x, top + lane * LANE, mark.text, mark.kind, mark.sign))
    return tuple(placed), len(ends)
