"""Parts of a night's work that do not hold each other up."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError

from foundation.errors import is_collision

log = structlog.get_logger(__name__)
Part = TypeVar("Part")
Result = TypeVar("Result")


class SomeBroke(Exception):
    """Some parts broke off; all others are done."""


def each_apart(parts: Iterable[Part], do: Callable[[Part], Result]) -> list[Result]:
    """Do it with every part, each in transactions of its own, and return what came of them.

    One that breaks off on something nobody thought of leaves the others alone. Raises SomeBroke in the end, so
    that the job counts as failed; and at once what means that the database is away, which two writers that met do not.
    """
    results, problems = [], []
    for part in parts:
        try:
            results.append(do(part))
        except Exception as problem:
            if isinstance(problem, OperationalError | InterfaceError) and not is_collision(problem):
                raise
            log.error("part of a job broke off", problem=type(problem).__name__)  # noqa: TRY400  # the text may hold what is private
            problems.append(problem)
    if problems:
        kinds = ", ".join(sorted({type(problem).__name__ for problem in problems}))
        msg = f"{len(problems)} of {len(problems) + len(results)} parts broke off: {kinds}"
        raise SomeBroke(msg) from problems[0]
    return results
