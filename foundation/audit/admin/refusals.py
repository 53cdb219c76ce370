"""What a form shows when a service or the database refused."""

from contextvars import ContextVar
from typing import Any

from django import forms
from django.db import DatabaseError, IntegrityError

from foundation.errors import Conflict, RuleViolation, collision, is_collision

# The refusal that the form of the running request is to show; see SavingAdmin.changeform_view.
refusal: ContextVar[RuleViolation | None] = ContextVar("refusal", default=None)


def refusal_shown() -> RuleViolation | None:
    """Return what the form that is being shown again was refused for."""
    return refusal.get()


def show_on_form(form: forms.BaseForm, violation: RuleViolation) -> None:
    """Put the sentence at its field, or above the form when the form has no such field."""
    field = violation.field if violation.field in form.fields else None
    form.add_error(field, forms.ValidationError(violation.message, code=violation.code))


def refused_form(form_class: Any, violation: RuleViolation) -> Any:
    class RefusedForm(form_class):
        def full_clean(self) -> None:
            super().full_clean()
            if self.is_bound:
                show_on_form(self, violation)

    return RefusedForm


def of_database(error: DatabaseError) -> RuleViolation:
    """Return the sentence for what the database refused. Raises the error itself when it is our fault."""
    if is_collision(error):
        return collision(error)
    if isinstance(error, IntegrityError):
        return Conflict(
            "The record changed at the same moment, or this breaks a rule of the database. "
            "Look at the record again and repeat what is still needed. Nothing was written."
        )
    raise error
