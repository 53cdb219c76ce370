"""How renewals say no."""

from foundation.errors import Conflict, RuleViolation


class RenewalError(RuleViolation):
    """Something about a renewal cannot be as it was asked for; nothing was written."""

    code = "renewal_refused"


class NotAllowedNow(Conflict):
    """The state of the record does not allow this, or somebody else was quicker."""

    code = "not_allowed_now"
