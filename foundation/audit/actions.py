"""Names what is being done and by whom, so that the database's history rows can say so."""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import pghistory
import pghistory.runtime
import structlog
from django.db import transaction

if TYPE_CHECKING:
    from foundation.people.models import User

P = ParamSpec("P")
R = TypeVar("R")

# Action and actor travel with every statement that may write a row. These write none, and are more than half of
# what a service that writes little sends.
_WRITE_NOTHING = ("savepoint", "release savepoint", "rollback to savepoint")
pghistory.runtime.IGNORED_SQL_PREFIXES += _WRITE_NOTHING  # type: ignore[assignment]  # a longer one


@contextmanager
def acting(action: str, *, actor: "User | None", **details: str) -> Iterator[None]:
    """Record `action` and `actor` with every row changed inside; None is Bursar itself.

    May be nested: the innermost action is the one recorded, and the outer one returns after it.
    """
    with pghistory.context() as context:
        outer = dict(context.metadata)
        bound = structlog.contextvars.get_contextvars()
        context.metadata.update(
            action=action,
            actor=actor.pk if actor else outer.get("actor"),
            request=bound.get("request_id"),
            task=bound.get("task_id"),
            **details,
        )
        try:
            yield
        finally:
            context.metadata.clear()
            context.metadata.update(outer)


def identify(*, actor: "User", **details: str) -> None:
    """Name the actor of the changes that follow in this request, once it is known who calls."""
    pghistory.context(actor=actor.pk, **details)


def action(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a service: one transaction, recorded as `name` by the `actor` it must be given."""

    def decorate(service: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(service).parameters
        if "actor" not in parameters or any(p.kind is not p.KEYWORD_ONLY for p in parameters.values()):
            msg = f"{service.__qualname__} must take keyword-only arguments and an actor"
            raise TypeError(msg)

        @functools.wraps(service)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = kwargs.get("actor")
            with transaction.atomic(), acting(name, actor=actor):  # type: ignore[arg-type]  # checked above
                return service(*args, **kwargs)

        return run

    return decorate
