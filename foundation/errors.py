"""The one kind of exception that reaches people: a rule of the foundation was not met."""


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
