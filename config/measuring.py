"""Lets no coverage be measured inside Django where nothing of ours is called.

To measure is to be called back for every line and call of Python, those of packages too, which are then left
out: it took four tenths of the time of the tests that are measured, most of it in how Django makes statements.
What is not measured counts as not run, so that this can only lower the coverage.
"""

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

# The variable by which coverage.py has the programs that a measured process runs measured too.
MEASURES_PROGRAMS = "COVERAGE_PROCESS_CONFIG"

P = ParamSpec("P")
R = TypeVar("R")


def unmeasured(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function such that nothing is measured while it runs."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        measure = sys.gettrace()
        if measure is None:
            return function(*args, **kwargs)
        sys.settrace(None)
        try:
            return function(*args, **kwargs)
        finally:
            sys.settrace(measure)

    return run


def measure_less() -> None:
    """Leave out what Django does between a query and its rows, and between a template and its nodes."""
    from django.db.backends.utils import CursorWrapper
    from django.db.models import Model, QuerySet
    from django.db.models.sql import Query
    from django.db.models.sql.compiler import SQLCompiler, SQLInsertCompiler, SQLUpdateCompiler
    from django.forms import Widget
    from django.template import Template

    rooms: tuple[tuple[type, tuple[str, ...]], ...] = (
        (CursorWrapper, ("execute", "executemany")),
        (SQLCompiler, ("execute_sql",)),
        (SQLInsertCompiler, ("execute_sql",)),
        (SQLUpdateCompiler, ("execute_sql",)),
        (Query, ("add_q", "add_annotation", "add_ordering", "clone", "set_group_by")),
        (QuerySet, ("_fetch_all",)),
        (Model, ("_save_table",)),
        (Template, ("compile_nodelist",)),
        (Widget, ("_render",)),
    )
    for owner, names in rooms:
        for name in names:
            setattr(owner, name, unmeasured(vars(owner)[name]))
