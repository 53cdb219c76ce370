"""Timing and query counting for benchmarks."""

import os
import re
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_LOOK_SECONDS = 0.1


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


def run_alone(command: list[str], environment: Mapping[str, str]) -> tuple[int, float]:
    """Return how a command ended, and the megabytes that it took at most.

    Not what `wait4` tells: Linux counts to a child what its parent held when the child was begun. Its own peak is kept
    with its memory, which begins anew with the program and is gone with it, so we look again and again.
    """
    peak = 0
    process = os.posix_spawn(command[0], command, environment)
    while os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        told = _PEAK.search(Path(f"/proc/{process}/status").read_text())
        peak = int(told[1]) if told else peak
        time.sleep(_LOOK_SECONDS)
    _pid, status = os.waitpid(process, 0)
    return status, peak / 1024
