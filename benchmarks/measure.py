"""Timing and query counting for benchmarks."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one call, over several."""

    median: float
    fastest: float
    slowest: float

    def __str__(self) -> str:
        return f"{self.median * 1000:8.1f} ms (from {self.fastest * 1000:.1f} to {self.slowest * 1000:.1f})"


def timed(call: Callable[[], Any], *, runs: int = 9, warm_up: int = 2) -> Timing:
    """Return the timing of `call` over `runs` after some uncounted ones."""
    for _ in range(warm_up):
        call()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return Timing(statistics.median(seconds), min(seconds), max(seconds))


def queries(call: Callable[[], Any]) -> int:
    """Return how many queries one call makes, after one uncounted call that fills process-wide caches."""
    call()
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def in_turn(first: Callable[[], Any], second: Callable[[], Any], *, runs: int = 15) -> tuple[float, float]:
    """Return the median seconds of two calls made turn by turn, so that both meet the same machine."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(runs + 2):
        for call, kept in zip((first, second), seconds, strict=True):
            start = time.perf_counter()
            call()
            if turn >= 2:  # the first two warm up
                kept.append(time.perf_counter() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])
