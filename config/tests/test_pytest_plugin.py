"""How many processes run the tests."""

import os

import pytest

from config.pytest_plugin import pytest_xdist_auto_num_workers


@pytest.mark.parametrize(("cores", "workers"), [({5}, 1), ({0, 1}, 2), (set(range(64)), 8)])
def test_tests_run_in_as_many_processes_as_this_one_has_cores_with_a_limit(monkeypatch, cores, workers):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: cores, raising=False)
    assert pytest_xdist_auto_num_workers() == workers


def test_where_nobody_says_which_cores_those_of_the_computer_count(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert pytest_xdist_auto_num_workers() == 4
