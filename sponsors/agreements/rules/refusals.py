"""The ways in which a rule of documents says no."""

from foundation.errors import RuleViolation


class DocumentRefused(RuleViolation):
    """A document or a version of it is not possible as asked."""

    code = "document_invalid"


class TemplateRefused(RuleViolation):
    """The text of a template cannot be read, or lacks the data it asks for."""

    code = "template_invalid"
