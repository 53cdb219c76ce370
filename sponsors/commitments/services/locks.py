"""Rows held while they are changed, in the order that the slice's docstring gives."""

from sponsors.commitments.models import Commitment


def lock_commitment(commitment: Commitment) -> Commitment:
    return Commitment.objects.select_for_update().get(pk=commitment.pk)
