"""The PDF of this slice: the valuation of a month, as an auditor checks it."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path

from foundation.books.selectors import current_organization
from foundation.documents.rendering import Value, day_text, number_text, render_pdf
from foundation.money.display import money_text
from foundation.money.rules import decimals
from sponsors.commitments.papers import letterhead
from sponsors.inkind.cells import number
from sponsors.inkind.models import Valuation
from sponsors.inkind.rules.valuation import last_day
from sponsors.inkind.selectors.valuations import EstimateTable, evidence_of, tables_of, told_once, usage_of

_LAYOUT = Path(__file__).parent / "layouts" / "valuation.typ"


def valuation_pdf(valuation: Valuation) -> bytes:
    """Return the valuation as PDF; the same valuation gives the same bytes."""
    commitment, currency = valuation.line.commitment, valuation.currency
    tables = tables_of(valuation)
    data: Mapping[str, Value] = {
        "title": f"Valuation of {valuation.month:%B %Y}",
        "organization": letterhead(current_organization()),
        "facts": [
            [word, value]
            for word, value in (
                ("Gift", str(valuation.line)),
                ("Sponsor", commitment.sponsor.legal_name or commitment.sponsor.name),
                ("Commitment", commitment.number),
                ("State", str(valuation.get_state_display())),
                ("Counts on", day_text(valuation.booked_on) if valuation.booked_on else ""),
                ("Submitted by", str(valuation.submitted_by or "")),
                ("Approved by", str(valuation.approved_by or "")),
                ("Discount", _discount(valuation)),
                ("For the statements", money_text(valuation.statements_value, currency)),
                ("For the tax return", money_text(valuation.tax_value, currency)),
            )
            if value
        ],
        "range": {
            "head": ["Estimate", "By", "Value", "Extrapolated"],
            "rows": [
                [
                    table.label,
                    table.source,
                    money_text(table.value, currency),
                    "yes" if table.is_extrapolated else "no",
                ]
                for table in tables
            ],
        },
        "sums": [_sum(table, currency) for table in told_once(tables)],
        "usage": {
            "head": ["Service", "Region", "Bytes", "Requests"],
            "rows": [
                [str(row.service), str(row.region), number(row.bytes), number(row.requests)]
                for row in usage_of(valuation)
            ],
        },
        "remark": _remark(valuation),
    }
    made_at = datetime.combine(valuation.approved_on or last_day(valuation.month), time(), tzinfo=UTC)
    return render_pdf(_LAYOUT, data, made_at=made_at)


def _sum(table: EstimateTable, currency: str) -> Mapping[str, Value]:
    return {
        "title": f"{table.label}: {table.source}",
        "head": ["Step", "Quantity", "Unit", "Rate", "Amount"],
        "rows": [
            [
                step.label if step.is_published else f"{step.label} (extrapolated)",
                number(step.quantity),
                step.unit,
                number(step.rate),
                f"{step.currency} {number_text(step.amount, decimals(step.currency))}",
            ]
            for step in table.steps
        ],
        "total": ["", "", "", f"Sum in {currency}", number_text(table.value, decimals(currency))],
    }


def _discount(valuation: Valuation) -> str:
    if not valuation.discount_percent:
        return "none that is widely available"
    return f"{number(valuation.discount_percent)}%: {valuation.discount_basis}"


def _remark(valuation: Valuation) -> str:
    files = ", ".join(f"{row.file_name} (SHA-256 {row.sha256[:12]}…)" for row in evidence_of(valuation))
    evidence = f"Evidence: {files}." if files else "No file of evidence is kept."
    return f"{valuation.value_notes} {evidence} In kind: not cash. Not advice: an accountant decides."
