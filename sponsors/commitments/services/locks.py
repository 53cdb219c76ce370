"""Rows held while they are changed, in the order that the slice's docstring gives."""

from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import NotAllowedNow
from sponsors.directory.models import Sponsor


def lock_sponsor(sponsor: Sponsor) -> Sponsor:
    """Return the sponsor's locked row, so that it is not merged meanwhile. Raises NotAllowedNow."""
    locked = Sponsor.objects.select_for_update(no_key=True).get(pk=sponsor.pk)
    if locked.merged_into is not None:
        msg = f"{locked.name} was merged into {locked.merged_into.name}. Choose {locked.merged_into.name}."
        raise NotAllowedNow(msg, code="sponsor_merged", field="sponsor")
    return locked


def lock_commitment(commitment: Commitment) -> Commitment:
    return Commitment.objects.select_for_update().get(pk=commitment.pk)
