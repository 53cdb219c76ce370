"""The account of a back-test: as a text for people, as data for machines, and its reliability drawn."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sponsors.renewals.rules.judging import Judgment

_LABELS = {
    "auc": "AUC",
    "auc_within": "AUC within a source",
    "brier": "Brier score",
    "skill_against_constant": "Brier skill against the constant",
    "skill_against_own_rate": "Brier skill against the own rate",
    "calibration_error": "Calibration error",
    "slope": "Calibration slope",
    "intercept": "Calibration intercept",
    "top_decile_lift": "Lift of the top tenth",
}
_EDGE, _SIZE = 56, 320


def as_data(judgment: Judgment) -> dict[str, Any]:
    return asdict(judgment) | {"lapse_rate": judgment.lapse_rate}


def as_text(judgments: Mapping[str, Judgment]) -> str:
    """Return the figures of models beside each other, then what each said by tenths."""
    names = list(judgments)
    first = judgments[names[0]]
    width = max(12, *(len(name) + 2 for name in names))
    lines = [
        f"{first.count:,} forecasts, {first.lapses:,} lapses ({first.lapse_rate:.1%})",
        "",
        " " * 34 + "".join(f"{name:>{width}}" for name in names),
        f"{'Mean probability':34}" + "".join(f"{judgments[name].said:>{width}.3f}" for name in names),
    ]
    for field, label in _LABELS.items():
        figures = (getattr(judgments[name], field) for name in names)
        lines.append(
            f"{label:34}"
            + "".join(f"{'—' if figure is None else format(figure, '.4f'):>{width}}" for figure in figures)
        )
    for name in names:
        lines += ["", f"Tenths of {name}: forecasts, said, lapsed"]
        lines += [
            f"{part.count:>8,} {part.said:>8.3f} {part.lapsed:>8.3f}" for part in judgments[name].tenths
        ]
    return "\n".join(lines)


def as_drawing(judgments: Mapping[str, Judgment]) -> str:
    """Return an SVG: of each tenth what was said, from left to right, and what share lapsed, upward."""
    most = max(max(part.said, part.lapsed) for one in judgments.values() for part in one.tenths)
    top = min(1.0, (int(most * 10) + 1) / 10)
    whole = _SIZE + 2 * _EDGE

    def place(said: float, lapsed: float) -> str:
        return f"{_EDGE + said / top * _SIZE:.1f},{_EDGE + (1 - lapsed / top) * _SIZE:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" font-family="sans-serif" font-size="12">',
        "<title>Probability of lapse that was said, and share that lapsed</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#888"/>',
        f'<polyline points="{place(0, 0)} {place(top, top)}" stroke="#888" stroke-dasharray="4 4"/>',
        f'<text x="{_EDGE}" y="{_EDGE + _SIZE + 18}">0</text>',
        f'<text x="{_EDGE + _SIZE}" y="{_EDGE + _SIZE + 18}" text-anchor="end">{top:.0%} said</text>',
        f'<text x="{_EDGE}" y="{_EDGE - 8}">{top:.0%} lapsed</text>',
    ]
    for at, (name, judgment) in enumerate(judgments.items()):
        color = ("#1f5fa8", "#c2410c", "#15803d")[at % 3]
        points = [place(part.said, part.lapsed) for part in judgment.tenths]
        parts.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{color}" stroke-width="1.5"/>'
        )
        parts += [
            f'<circle cx="{x}" cy="{y}" r="3.5" fill="{color}"/>'
            for x, y in (point.split(",") for point in points)
        ]
        parts.append(f'<text x="{_EDGE + 10}" y="{_EDGE + 20 + 16 * at}" fill="{color}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
