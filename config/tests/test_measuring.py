"""Nothing is measured inside what is left out, and all is measured around it."""

import sys

import pytest
from coverage import Coverage

from config.measuring import unmeasured


def inside(fail):
    if fail:
        raise ValueError
    return 1


def around(function, *, fail):
    before = 1
    try:
        between = function(fail)
    except ValueError:
        between = 2
    return before + between


def lines_of(function):
    first = function.__code__.co_firstlineno
    return {line - first for _start, _end, line in function.__code__.co_lines() if line and line > first}


@pytest.fixture
def measured():
    """Return the lines of this file that a call runs, each told from the first of its function."""

    def measure(function, **given):
        measuring = Coverage(data_file=None, config_file=False, branch=True, include=[__file__])
        with measuring.collect():
            around(function, **given)
        lines = measuring.get_data().lines(__file__) or []
        return {
            name: {line - first for line in lines if first < line <= first + len(lines_of(code)) + 1}
            for name, code in (("inside", inside), ("around", around))
            for first in [code.__code__.co_firstlineno]
        }

    return measure


@pytest.mark.parametrize(("fail", "seen"), [(False, {1, 2, 3, 6}), (True, {1, 2, 3, 4, 5, 6})])
def test_what_is_around_is_measured_although_what_is_inside_is_not(measured, fail, seen):
    assert measured(unmeasured(inside), fail=fail) == {"inside": set(), "around": seen}
    assert measured(inside, fail=fail) == {"inside": {1, 2} if fail else {1, 3}, "around": seen}


def test_without_a_measure_nothing_changes():
    kept = sys.gettrace()
    sys.settrace(None)
    try:
        assert unmeasured(inside)(fail=False) == 1
        assert sys.gettrace() is None
    finally:
        sys.settrace(kept)
