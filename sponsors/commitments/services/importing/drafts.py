"""Writes the commitments of a file: in batches, by the rules that `draft_commitment`, `propose` and `sign` hold."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F

from foundation.audit.actions import acting
from foundation.books.closing import check_open
from foundation.books.numbers import next_numbers
from foundation.imports.kinds import Tell
from foundation.people.models import User
from sponsors.commitments.models import Commitment, CommitmentLine, ExternalKey, Installment, Term
from sponsors.commitments.rules import Period, Planned, State
from sponsors.commitments.services.drafting import SERIES
from sponsors.commitments.services.lines import Line, line_rows
from sponsors.commitments.services.schedules import installment_rows, term_rows
from sponsors.commitments.services.workflow import OPEN_AGAIN
from sponsors.directory.models import Sponsor
from sponsors.directory.services import lock_sponsors

# Few statements, and a progress that moves.
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A commitment to write, checked already: complete, exact, and signed when it has a day."""

    key: str
    digest: str
    rows: int
    sponsor: Sponsor
    title: str
    currency: str
    period: Period
    lines: Sequence[Line]
    planned: Sequence[Planned]
    signed_on: date | None
    owner: User | None


def write_drafts(drafts: Sequence[Draft], *, actor: User, today: date, done: int, tell: Tell) -> None:
    """Write commitments of one file, and sign what was signed.

    What may have changed since they were planned is asked again while their sponsors are locked: the
    number's row is locked after that, for as short as can be. Raises SponsorIsMerged and BooksClosed.
    """
    lock_sponsors({draft.sponsor.pk for draft in drafts})
    signed_on = [draft.signed_on for draft in drafts if draft.signed_on is not None]
    if signed_on:
        check_open(min(signed_on), what="A signature", field="signed_on", advice=OPEN_AGAIN)
    for start in range(0, len(drafts), AT_ONCE):
        batch = drafts[start : start + AT_ONCE]
        with acting("commitment.draft", actor=actor):
            commitments = _write(batch, today)
        _sign(commitments, batch, actor)
        done += sum(draft.rows for draft in batch)
        tell(done)


def _write(batch: Sequence[Draft], today: date) -> list[Commitment]:
    numbers = next_numbers(series=SERIES, year=today.year, count=len(batch))
    commitments = Commitment.objects.bulk_create(
        Commitment(
            number=number,
            sponsor=draft.sponsor,
            title=draft.title,
            currency=draft.currency,
            starts_on=draft.period.starts_on,
            ends_before=draft.period.ends_before,
            owner=draft.owner,
        )
        for number, draft in zip(numbers, batch, strict=True)
    )
    pairs = list(zip(commitments, batch, strict=True))
    CommitmentLine.objects.bulk_create(
        row for commitment, draft in pairs for row in line_rows(commitment, draft.lines)
    )
    terms: dict[int, list[Term]] = defaultdict(list)
    for term in Term.objects.bulk_create(
        row for commitment, draft in pairs for row in term_rows(commitment, draft.period)
    ):
        terms[term.commitment_id].append(term)
    Installment.objects.bulk_create(
        row
        for commitment, draft in pairs
        for row in installment_rows(commitment, terms[commitment.pk], draft.planned)
    )
    ExternalKey.objects.bulk_create(
        ExternalKey(key=draft.key, commitment=commitment, digest=draft.digest) for commitment, draft in pairs
    )
    return commitments


def _sign(commitments: Sequence[Commitment], batch: Sequence[Draft], actor: User) -> None:
    """Propose and sign what was signed. The database looks whether its installments sum to its cash."""
    signed = []
    for commitment, draft in zip(commitments, batch, strict=True):
        if draft.signed_on is not None:
            commitment.state, commitment.proposed_on = State.PROPOSED, draft.signed_on
            signed.append(commitment)
    with acting("commitment.propose", actor=actor):
        Commitment.objects.bulk_update(signed, ["state", "proposed_on"])
    with acting("commitment.sign", actor=actor):
        Commitment.objects.filter(pk__in=[commitment.pk for commitment in signed]).update(
            state=State.SIGNED, signed_on=F("proposed_on")
        )
