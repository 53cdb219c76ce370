"""Nothing is measured inside what is left out, and all is measured around it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.measuring import unmeasured

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """\
import json, sys
from coverage import Coverage
from config.measuring import unmeasured
wrap, fail = (word == "yes" for word in sys.argv[1:])
def inside():
    if fail:
        raise ValueError
    return 1
def around(function):
    before = 1
    try:
        between = function()
    except ValueError:
        between = 2
    return before + between
called = unmeasured(inside) if wrap else inside
measuring = Coverage(data_file=None, config_file=False, branch=True, include=[__file__])
with measuring.collect():
    around(called)
print(json.dumps(measuring.get_data().lines(__file__)))
"""
INSIDE = range(6, 9)


@pytest.fixture
def measured(tmp_path):
    """Return the lines of the program that are measured, in a process of its own: this one is measured itself."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    def measure(*words):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        ended = subprocess.run(
            [sys.executable, program, *words],
            env={**inherited, "PYTHONPATH": str(ROOT), "BURSAR_DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        return set(json.loads(ended.stdout))

    return measure


@pytest.mark.parametrize(("fail", "inside"), [("no", {6, 8}), ("yes", {6, 7})])
def test_what_is_around_is_measured_although_what_is_inside_is_not(measured, fail, inside):
    whole = measured("no", fail)
    assert whole & set(INSIDE) == inside
    assert measured("yes", fail) == whole - inside


def test_without_a_measure_nothing_changes():
    kept = sys.gettrace()
    sys.settrace(None)
    try:
        assert unmeasured(len)([]) == 0
        assert sys.gettrace() is None
    finally:
        sys.settrace(kept)
