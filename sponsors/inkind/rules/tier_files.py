"""Tiers as lines of CSV: what a person pastes or uploads, and what the page hands out."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from sponsors.inkind.rules.pricing import Metric, Tier
from sponsors.inkind.rules.tiers import TierRow, Tiers, TiersRefused, check_tiers, grouped

COLUMNS = ("metric", "region", "up_to", "rate", "published")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_YES, _NO = {"", "yes", "true", "1"}, {"no", "false", "0"}
# A spreadsheet puts tabs between cells that are copied, or semicolons into a file.
_BETWEEN_CELLS = (",", "\t", ";")


def read_tiers(text: str) -> tuple[Tiers, Tiers]:
    """Return tiers of bandwidth and of requests by region, in the order of the lines.

    Raises TiersRefused with the line and the fix.
    """
    rows: list[TierRow] = []
    lines: dict[tuple[str, str, int], int] = {}
    counts: dict[tuple[str, str], int] = {}
    for line, cells in _lines(text):
        row = _row(line, cells)
        metric, region, _tier = row
        counts[metric, region] = counts.get((metric, region), 0) + 1
        lines[metric, region, counts[metric, region]] = line
        rows.append(row)
    bandwidth, requests = grouped(rows)
    try:
        check_tiers(bandwidth, requests)
    except TiersRefused as refused:
        line_of_it = lines.get((refused.metric, refused.region, refused.position))
        if line_of_it is None:
            raise
        raise TiersRefused(f"Line {line_of_it}: {refused.message}", code=refused.code) from None
    return bandwidth, requests


def written_tiers(bandwidth: Tiers, requests: Tiers) -> str:
    """Return the tiers as `read_tiers` takes them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for metric, tiers in ((Metric.BANDWIDTH, bandwidth), (Metric.REQUESTS, requests)):
        for region, slabs in tiers.items():
            for tier in slabs:
                up_to = "" if tier.up_to is None else _digits(tier.up_to)
                published = "yes" if tier.is_published else "no"
                writer.writerow([metric.value, region, up_to, _digits(tier.rate), published])
    return out.getvalue()


def _lines(text: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the cells of each line by column, with the number of the line on which it begins."""
    text = text.removeprefix("\ufeff")
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_BETWEEN_CELLS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    begin = 1
    try:
        for cells in reader:
            if names and any(cell.strip() for cell in cells):
                if len(cells) != len(names):
                    msg = f"Line {begin} has {len(cells)} cells, and the first line names {len(names)} columns. Put a region with a comma in quotation marks."
                    raise TiersRefused(msg, code="cells_of_line")
                yield begin, dict(zip(names, (cell.strip() for cell in cells), strict=True))
            elif any(cell.strip() for cell in cells):
                names = _names(begin, cells)
            begin = reader.line_num + 1
    except csv.Error:
        msg = f"Line {begin} cannot be read: a quotation mark is not closed. Close it."
        raise TiersRefused(msg, code="not_csv") from None


def _names(line: int, cells: Iterable[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    needed = {"metric", "region", "up_to", "rate"}
    if not needed <= set(names) <= set(COLUMNS) or len(set(names)) < len(names):
        msg = f"Line {line} must name the columns: {', '.join(COLUMNS)}, each once. Download the template to begin with."
        raise TiersRefused(msg, code="columns_unknown")
    return names


def _row(line: int, cells: Mapping[str, str]) -> TierRow:
    def refuse(sentence: str, code: str) -> TiersRefused:
        return TiersRefused(f"Line {line}: {sentence}", code=code)

    metric = cells["metric"].lower()
    if metric not in Metric.values:
        raise refuse(f"“{cells['metric'][:40]}” is no metric. Write bandwidth or requests.", "metric_unknown")
    for name in ("rate", "up_to"):
        if (cells[name] or name == "rate") and not _NUMBER.fullmatch(cells[name]):
            raise refuse(
                f"“{cells[name][:40]}” in {name} is no number. Write digits and a dot, such as 0.12 or 10000.",
                "number_unreadable",
            )
    published = cells.get("published", "").lower()
    if published not in _YES | _NO:
        raise refuse(f"“{published[:40]}” in published is unclear. Write yes or no.", "published_unclear")
    up_to = Decimal(cells["up_to"]) if cells["up_to"] else None
    return metric, cells["region"], Tier(up_to, Decimal(cells["rate"]), published in _YES)


def _digits(number: Decimal) -> str:
    return f"{number.normalize():f}"
