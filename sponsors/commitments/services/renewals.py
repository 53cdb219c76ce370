"""What a commitment may follow: a firm one of the same sponsor or its owner, and only once."""

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
