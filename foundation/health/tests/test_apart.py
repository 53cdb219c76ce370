"""One part that breaks off leaves the others alone, and is told."""

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from foundation.health.apart import SomeBroke, each_apart


def test_all_parts_are_done_in_their_order():
    assert each_apart([3, 1, 2], lambda part: part * 2) == [6, 2, 4]


def test_the_others_are_done_and_the_job_has_failed():
    done = []

    def do(part):
        done.append(1 / part)

    with pytest.raises(SomeBroke, match="1 of 3 parts broke off: ZeroDivisionError") as told:
        each_apart([1, 0, 2], do)
    assert done == [1, 0.5]
    assert isinstance(told.value.__cause__, ZeroDivisionError)


def test_without_a_database_nothing_more_is_tried():
    tried = []

    def do(part):
        tried.append(part)
        raise OperationalError

    with pytest.raises(OperationalError):
        each_apart([1, 2], do)
    assert tried == [1]


def test_a_part_that_met_another_writer_leaves_the_others_alone():
    done = []

    def do(part):
        if part == 1:
            raise OperationalError from DeadlockDetected()
        done.append(part)

    with pytest.raises(SomeBroke, match="1 of 2 parts broke off: OperationalError"):
        each_apart([1, 2], do)
    assert done == [2]
