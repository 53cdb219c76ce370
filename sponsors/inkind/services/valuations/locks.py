"""Rows held while valuations change: the line first, then the valuation, so that nobody meets crosswise."""

from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.models import Valuation


def lock_line(line: CommitmentLine) -> CommitmentLine:
    """Return the line's locked row, of whatever version, with its commitment, sponsor and amendments."""
    return (
        CommitmentLine.versions.select_for_update(of=("self",))
        .select_related("commitment__sponsor", "added_by", "removed_by")
        .get(pk=line.pk)
    )


def lock_valuation(valuation: Valuation) -> Valuation:
    """Return the valuation's locked row, its line held before."""
    line = lock_line(CommitmentLine(pk=valuation.line_id))
    locked = Valuation.objects.select_for_update().get(pk=valuation.pk)
    locked.line = line
    return locked
