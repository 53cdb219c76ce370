"""Who supplies a service from when until when, and as part of which gift."""

from datetime import date, timedelta

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.rules import FIRM
from sponsors.commitments.services import lock_commitment
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY, OUT_OF_REACH
from sponsors.directory.services import hold_sponsor_of, lock_sponsor
from sponsors.inkind.models import Service, Supply
from sponsors.inkind.rules import InKindError, NotAllowedNow
from sponsors.inkind.services.catalog import lock_service
from sponsors.inkind.services.ending import end_supply_on, refuse_valued
from sponsors.inkind.services.gift_terms import carry_terms


@action("service.supply")
def supply_service(
    *,
    actor: User,
    service: Service,
    sponsor: Sponsor,
    starts_on: date,
    line: CommitmentLine | None = None,
    ends_before: date | None = None,
    ends_present: bool = False,
) -> Supply:
    """Let the sponsor supply the service from the day on, as part of a gift in kind of its own or of none yet.

    `ends_present` ends on that day what another sponsor supplies without an end. Whatever else overlaps is
    refused and named. Said again, nothing changes. Raises InKindError, NotAllowedNow and SponsorIsMerged.
    """
    _check_days(starts_on, ends_before)
    sponsor = lock_sponsor(sponsor)
    line = _line_of(sponsor, line, starts_on)
    locked = lock_service(service)
    same = Supply.objects.filter(
        service=locked, sponsor=sponsor, line=line, starts_on=starts_on, ends_before=ends_before
    ).first()
    if same is not None:
        return same
    if locked.retired_on is not None and (ends_before is None or ends_before > locked.retired_on):
        msg = f"{locked.name} is retired from {locked.retired_on} on. Let it run again first, or end the supply by then."
        raise NotAllowedNow(msg, code="service_is_retired", field="starts_on")
    others = Supply.objects.filter(service=locked).select_related("service", "sponsor", "line")
    for other in others.overlapping(starts_on, ends_before or LATEST_DAY):
        if ends_present and other.ends_before is None and other.starts_on < starts_on:
            end_supply_on(other, starts_on)
            continue
        raise InKindError(_overlap(other, starts_on), code="supplied_already", field="starts_on")
    created = Supply.objects.create(
        service=locked, sponsor=sponsor, line=line, starts_on=starts_on, ends_before=ends_before
    )
    created.refresh_from_db()
    return created


@action("service.end_supply")
def end_supply(*, actor: User, supply: Supply, ends_before: date | None) -> Supply:
    """Say from which day on the sponsor no longer supplies the service; None: it goes on.

    Raises InKindError, and NotAllowedNow for whole months that are valued under its line already.
    """
    hold_sponsor_of(Supply, supply.pk)
    locked = _lock(supply)
    _check_days(locked.starts_on, ends_before)
    retired_on = locked.service.retired_on
    if retired_on is not None and (ends_before is None or ends_before > retired_on):
        msg = f"{locked.service} is retired from {retired_on} on. Choose that day or an earlier one."
        raise NotAllowedNow(msg, code="service_is_retired", field="ends_before")
    others = Supply.objects.filter(service=locked.service).exclude(pk=locked.pk)
    other = (
        others.overlapping(locked.starts_on, ends_before or LATEST_DAY)
        .select_related("sponsor", "service")
        .first()
    )
    if other is not None:
        raise InKindError(_overlap(other, other.starts_on), code="supplied_already", field="ends_before")
    return end_supply_on(locked, ends_before)


@action("service.remove_supply")
def remove_supply(*, actor: User, supply: Supply) -> Service:
    """Take away a supply that was recorded by mistake; history keeps it. Safe to repeat.

    Raises NotAllowedNow when months of it are valued already.
    """
    hold_sponsor_of(Supply, supply.pk)
    service = lock_service(supply.service)
    locked = Supply.objects.select_for_update().filter(pk=supply.pk).first()
    if locked is not None:
        refuse_valued(locked, locked.starts_on)
        locked.delete()
    return service


@action("service.put_under_line")
def put_under_line(
    *, actor: User, supply: Supply, line: CommitmentLine | None, starts_on: date | None = None
) -> Supply:
    """Make the supply part of a gift in kind of its sponsor from the day on, or all of it; return that part.

    What was before the day stays under the line it was under. The quantities and terms of a line that an
    amendment replaced go over to the new one, if that has none yet. Raises InKindError, and NotAllowedNow
    for months that are valued under the old line already.
    """
    hold_sponsor_of(Supply, supply.pk)
    if line is not None:
        lock_commitment(line.commitment)
    locked = _lock(supply)
    first = locked.starts_on if starts_on is None else starts_on
    if not locked.starts_on <= first < (locked.ends_before or LATEST_DAY):
        until = f" to {locked.ends_on}" if locked.ends_on else " on"
        msg = (
            f"{locked.sponsor} supplies {locked.service} from {locked.starts_on}{until}. Choose a day in that "
            "time."
        )
        raise InKindError(msg, code="outside_the_supply", field="starts_on")
    line = _line_of(locked.sponsor, line, first)
    if locked.line == line:
        return locked
    refuse_valued(locked, first)
    if line is not None and locked.line is not None:
        carry_terms(locked.line, line)
    if first > locked.starts_on:
        ends_before = locked.ends_before
        end_supply_on(locked, first)
        part = Supply(
            service=locked.service, sponsor=locked.sponsor, starts_on=first, ends_before=ends_before
        )
    else:
        part = locked
    part.line = line
    part.save()
    part.refresh_from_db()
    return part


def _lock(supply: Supply) -> Supply:
    """Return the supply, held after its service. Raises NotAllowedNow when somebody took it away."""
    lock_service(supply.service)
    rows = Supply.objects.select_for_update(of=("self",)).select_related("service", "sponsor", "line")
    locked = rows.filter(pk=supply.pk).first()
    if locked is None:
        msg = "Somebody removed this supply. Look at the service again."
        raise NotAllowedNow(msg, code="supply_is_gone", field="supply")
    return locked


def _check_days(starts_on: date, ends_before: date | None) -> None:
    for field, day in (("starts_on", starts_on), ("ends_before", ends_before)):
        if day is not None and not EARLIEST_DAY <= day < LATEST_DAY:
            raise InKindError(OUT_OF_REACH, code="date_out_of_reach", field=field)
    if ends_before is not None and ends_before <= starts_on:
        last = ends_before - timedelta(days=1)
        msg = f"The last day, {last}, is before the first, {starts_on}. Correct one of them."
        raise InKindError(msg, code="ends_before_start", field="ends_before")


def _line_of(sponsor: Sponsor, line: CommitmentLine | None, first: date) -> CommitmentLine | None:
    """Return the line as it stands, its commitment held. Raises InKindError unless it is a gift of the sponsor."""
    if line is None:
        return None
    commitment = lock_commitment(line.commitment)
    standing = CommitmentLine.versions.select_related("removed_by").get(pk=line.pk)
    field = "line"
    if standing.kind != CommitmentLine.Kind.IN_KIND:
        msg = f"“{standing}” of {commitment.number} is cash. Choose a line in kind."
        raise InKindError(msg, code="line_is_cash", field=field)
    if commitment.sponsor_id != sponsor.pk:
        msg = f"{commitment.number} is not a commitment of {sponsor.name}. Choose a line of theirs."
        raise InKindError(msg, code="line_of_another_sponsor", field=field)
    if commitment.state not in FIRM:
        msg = f"{commitment.number} is not signed. Choose a line of a signed commitment, or none until it is."
        raise InKindError(msg, code="commitment_not_firm", field=field)
    if standing.removed_by is not None and first >= standing.removed_by.effective_on:
        msg = (
            f"An amendment took “{standing}” out of {commitment.number} on {standing.removed_by.effective_on}. "
            "Choose a line that stands."
        )
        raise InKindError(msg, code="line_is_removed", field=field)
    before = commitment.held_before
    if not commitment.starts_on <= first < before:
        msg = (
            f"{commitment.number} holds from {commitment.starts_on} to {before - timedelta(days=1)}, not on "
            f"{first}. Choose another line, or a day in that time."
        )
        raise InKindError(msg, code="outside_the_commitment", field=field)
    return standing


def _overlap(other: Supply, day: date) -> str:
    until = f" to {other.ends_on}" if other.ends_on else " on"
    fix = "Choose a later day" if other.ends_on else f"End that by {day - timedelta(days=1)}"
    return (
        f"{other.sponsor} supplies {other.service} from {other.starts_on}{until} already. {fix}, or remove that "
        "supply first."
    )
