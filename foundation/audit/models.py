"""What every business table has: when a row was made and last changed, and its history."""

from collections.abc import Callable
from typing import TypeVar

import pghistory
import pgtrigger
from django.db import models
from django.db.models.functions import Now

ModelT = TypeVar("ModelT", bound=type[models.Model])


def touch(*, ignoring: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """Set `updated_at` when a row changes in any other field than the ignored ones."""
    return pgtrigger.Trigger(
        name="touch",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(exclude=[*ignoring, "updated_at"]) if ignoring else None,
        func="NEW.updated_at = clock_timestamp(); RETURN NEW;",
    )


def touches(owner: str, table: str) -> pgtrigger.Trigger:
    """Give the row in `table` that the column `owner` names a new version when a row that hangs on it comes, changes or goes.

    For what is told with its owner: who read the owner before has not seen this, and If-Match says so.
    """
    return pgtrigger.Trigger(
        name="touches_its_owner",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"UPDATE {table} SET updated_at = updated_at WHERE id IN (OLD.{owner}, NEW.{owner}); RETURN NULL;",  # noqa: S608  # names of our own
    )


class Record(models.Model):
    """A row with times kept by the database, so that raw SQL cannot leave them wrong.

    `updated_at` also tells two versions of a row apart (ETag and If-Match in the API). After a
    save, refresh the instance before reading it.
    """

    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True
        triggers = [touch()]


def tracked(*, exclude: tuple[str, ...] = ()) -> Callable[[ModelT], ModelT]:
    """Keep every insert, update and delete of the model as a row of its event table.

    The event has a time of its own, so the row's `updated_at` would only repeat it.
    """
    track: Callable[[ModelT], ModelT] = pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=["updated_at", *exclude],
        meta={"default_permissions": ()},
    )
    return track


class AppendOnly(pgtrigger.Protect):
    """Refuse update and delete of a row that states a fact, by any path."""

    def __init__(self, name: str = "append_only") -> None:
        super().__init__(name=name, operation=pgtrigger.Update | pgtrigger.Delete)
