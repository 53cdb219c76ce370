"""How gifts in kind say no."""

from foundation.errors import Conflict, RuleViolation


class InKindError(RuleViolation):
    """Something about a gift in kind cannot be as it was asked for; nothing was written."""

    code = "in_kind_refused"


class NotAllowedNow(Conflict):
    """The state of the record does not allow this, or somebody else was quicker."""

    code = "not_allowed_now"
