"""What every service here does with the values it is given: clean, set, check, write."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from sponsors.directory.rules import DirectoryError

Cleaners = Mapping[str, Callable[[str], str]]


def clean_values(changes: Mapping[str, Any], cleaners: Cleaners) -> dict[str, Any]:
    """Return the changes with every text in the form it is kept in."""
    return {name: cleaners[name](value) if name in cleaners else value for name, value in changes.items()}


def set_values(instance: models.Model, values: Mapping[str, Any]) -> set[str]:
    """Set the values on the instance; return the names of the fields that became different."""
    changed = {name for name, value in values.items() if getattr(instance, name) != value}
    for name in changed:
        setattr(instance, name, values[name])
    return changed


def check_fields(instance: models.Model, *, fields: set[str]) -> None:
    """Raise DirectoryError for the first of these fields whose value its model field refuses."""
    for fault in field_faults(instance, fields=fields):
        raise fault


def field_faults(instance: models.Model, *, fields: set[str]) -> Iterator[DirectoryError]:
    """Yield what each of these fields' model field says against its value, in the model's order."""
    for field in instance._meta.concrete_fields:
        if field.name not in fields:
            continue
        label = str(field.verbose_name)
        label = label[:1].upper() + label[1:]
        value = getattr(instance, field.name)
        if "\x00" in str(value):
            sentence = f"{label} holds a character that cannot be kept (NUL). Remove it."
            yield DirectoryError(sentence, field=field.name)
        else:
            try:
                field.clean(value, instance)
            except ValidationError as error:
                yield DirectoryError(f"{label}: {error.messages[0]}", field=field.name)


def write(instance: models.Model, changed: set[str]) -> None:
    """Save these fields, if any, and read back what the database made of the row."""
    if changed:
        instance.save(update_fields=sorted(changed))
    instance.refresh_from_db()
