"""What a commitment may follow: a firm one of the same sponsor or its owner, only once, and not while that one holds."""

from datetime import date, timedelta

from django.db.models import F, Q
from django.db.models.functions import Greatest

from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import FIRM, CommitmentError, NotAllowedNow, State
from sponsors.commitments.services.locks import lock_commitment
from sponsors.directory.models import Sponsor


def check_renewal(sponsor: Sponsor, earlier: Commitment, *, but: Commitment | None = None) -> None:
    earlier = lock_commitment(earlier)
    if earlier.state not in FIRM:
        msg = f"{earlier.number} was never signed, so nothing follows it. Choose a signed commitment."
        raise NotAllowedNow(msg, code="renewal_of_unsigned", field="renewal_of")
    if not _related(sponsor, earlier.sponsor):
        msg = f"{earlier.number} is of {earlier.sponsor.name}, not of {sponsor.name}. Choose one of this sponsor."
        raise CommitmentError(msg, code="renewal_of_other_sponsor", field="renewal_of")
    rivals = earlier.renewals.exclude(state__in=[State.DECLINED, State.WITHDRAWN])
    rival = (rivals.exclude(pk=but.pk) if but else rivals).first()
    if rival is not None:
        msg = f"{earlier.number} is already followed by {rival.number}. Withdraw that one first."
        raise NotAllowedNow(msg, code="already_renewed", field="renewal_of")


def check_followers(commitment: Commitment, ends_before: date) -> None:
    """Raise NotAllowedNow when the days that the new end adds are promised already by what follows.

    An overlap that was there before, such as of a renewal that somebody let begin early, is not made
    longer either. What was declined, withdrawn or terminated before those days leaves them free.
    """
    never = Q(state__in=[State.DECLINED, State.WITHDRAWN])
    over = Q(
        state=State.TERMINATED,
        closed_on__lte=Greatest(F("starts_on"), commitment.ends_before),
    )
    follower = (
        commitment.renewals.filter(starts_on__lt=ends_before, ends_before__gt=commitment.ends_before)
        .exclude(never)
        .exclude(over)
        .first()
    )
    if follower is None or ends_before <= commitment.ends_before:
        return
    last = max(commitment.ends_before, follower.starts_on) - timedelta(days=1)
    instead = (
        f"amend {follower.number} instead" if follower.state in FIRM else f"withdraw {follower.number} first"
    )
    msg = (
        f"{follower.number} follows {commitment.number} from {follower.starts_on}, so both would hold at "
        f"once. Choose {last} as the last day, or {instead}."
    )
    raise NotAllowedNow(msg, code="renewal_overlaps", field="ends_on")


def _related(one: Sponsor, other: Sponsor) -> bool:
    """Whether they are the same, or one owns the other: a new owner takes over what was promised."""
    return one == other or other.pk in _owners(one) or one.pk in _owners(other)


def _owners(sponsor: Sponsor) -> set[int]:
    """Return the ids of the parent organizations, and of the sponsors they were merged into."""
    found: set[int] = set()
    above = sponsor.merged_into or sponsor.parent
    while above is not None and above.pk not in found:
        found.add(above.pk)
        above = above.merged_into or above.parent
    return found
