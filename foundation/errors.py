"""What reaches people when something is refused: a rule was not met, or two writers met."""

# SQLSTATE: serialization failure, deadlock, lock not available.
_COLLISIONS = frozenset({"40001", "40P01", "55P03"})


class RuleViolation(Exception):
    """A request that Bursar understands and refuses; nothing has been written.

    `message` is a sentence for the person who asked: it names the field and the fix and holds no
    internal detail. `code` is stable, for programs. `field` is the input the sentence is about.
    """

    code = "rule_violation"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.field = field


class Conflict(RuleViolation):
    """The state of the record does not allow this, or somebody else was quicker."""

    code = "conflict"


def is_collision(error: Exception) -> bool:
    """Whether the database gave up on a write because another one was under way; it may be repeated."""
    return getattr(error.__cause__, "sqlstate", None) in _COLLISIONS
