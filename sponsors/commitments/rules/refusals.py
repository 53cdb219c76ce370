"""The two ways in which a rule of commitments says no."""

from foundation.errors import Conflict, RuleViolation


class CommitmentError(RuleViolation):
    """A commitment or its schedule is not possible as asked."""

    code = "commitment_invalid"


class NotAllowedNow(Conflict):
    """The commitment's state does not allow the action."""

    code = "not_allowed_now"
