"""Moving whatever points to one row over to another, found by asking the models themselves.

A table that a later slice hangs on a sponsor joins by having a foreign key; nothing here names it.
"""

from collections import Counter
from typing import Any

import pghistory.models
from django.db import models

from sponsors.directory.rules import MergeRefused

Reference = models.ForeignKey[Any, Any]


def references(model: type[models.Model]) -> list[Reference]:
    """Return every foreign key that points to the model, in a stable order.

    Hidden ones (without a reverse name, and those of many-to-many tables) count too; the tables of
    history do not: what happened to a row stays with that row.
    """
    found = [
        relation.field
        for relation in model._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
        and not issubclass(relation.related_model, pghistory.models.Event)
    ]
    return sorted(found, key=lambda field: (field.model._meta.label_lower, field.name))


def unique_sets(field: Reference) -> list[tuple[list[str], models.Q]]:
    """Return, for each uniqueness the field takes part in, the other fields and the condition."""
    options = field.model._meta
    found = [
        ([name for name in constraint.fields if name != field.name], constraint.condition or models.Q())
        for constraint in options.constraints
        if isinstance(constraint, models.UniqueConstraint) and field.name in constraint.fields
    ]
    found += [
        ([name for name in names if name != field.name], models.Q())
        for names in options.unique_together
        if field.name in names
    ]
    if field.unique:
        found.append(([], models.Q()))
    return found


def _rows(field: Reference, target: models.Model) -> "models.QuerySet[Any]":
    return field.model._base_manager.filter(**{field.name: target})


def _refuse_collisions(field: Reference, old: models.Model, new: models.Model) -> None:
    """Raise MergeRefused when a row that would move is one the new target has already."""
    for others, condition in unique_sets(field):
        theirs = set(_rows(field, new).filter(condition).values_list(*others or ["pk"]))
        ours = set(_rows(field, old).filter(condition).values_list(*others or ["pk"]))
        if (theirs & ours) if others else (theirs and ours):
            kind = field.model._meta.verbose_name
            same = f" with the same {' and '.join(others).replace('_', ' ')}" if others else ""
            raise MergeRefused(
                f"{old} and {new} both have a {kind}{same}. Change or remove one of the two first."
            )


def _drop_repeated_pairs(field: Reference, old: models.Model, new: models.Model) -> None:
    """In a many-to-many table: remove the old row's pairs that the new row has as well."""
    (other,) = (name for names in field.model._meta.unique_together for name in names if name != field.name)
    paired = _rows(field, new).values(other)
    _rows(field, old).filter(**{f"{other}__in": paired}).delete()


def move(field: Reference, old: models.Model, new: models.Model) -> int:
    """Let what points to `old` by this field point to `new`; return how many rows moved."""
    if field.model._meta.auto_created:
        _drop_repeated_pairs(field, old, new)
    _refuse_collisions(field, old, new)
    return _rows(field, old).update(**{field.name: new})


def move_all(
    old: models.Model, new: models.Model, *, leave: frozenset[Reference] = frozenset()
) -> Counter[str]:
    """Move every reference but those to leave; return how many rows of each kind moved."""
    moved: Counter[str] = Counter()
    for field in references(type(old)):
        if field not in leave:
            count = move(field, old, new)
            if not field.model._meta.auto_created:
                moved[str(field.model._meta.verbose_name_plural)] += count
    return +moved
