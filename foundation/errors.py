"""What reaches people when something is refused: a rule was not met, or two writers met."""

from collections.abc import Callable

# SQLSTATE: serialization failure, deadlock, lock not available.
WAITED_TOO_LONG = "55P03"
_COLLISIONS = frozenset({"40001", "40P01", WAITED_TOO_LONG})


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


_long_work: list[Callable[[], str]] = []


def name_long_work(tell: Callable[[], str]) -> Callable[[], str]:
    """Let `tell` say, as the beginning of a sentence, which long work others may be waiting for now."""
    _long_work.append(tell)
    return tell


def collision(error: Exception) -> Conflict:
    """Return what people are told whose write met another one; call it after the transaction is over."""
    if getattr(error.__cause__, "sqlstate", None) != WAITED_TOO_LONG:
        return Conflict("Somebody changed this at the same moment. Nothing was saved. Try again.")
    told = next(filter(None, (tell() for tell in _long_work)), "Somebody else is writing what this needs")
    return Conflict(f"{told}. Nothing was saved. Try again in a minute.", code="busy")
