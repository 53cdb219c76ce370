"""What has to be settled before Django reads its settings under pytest (loaded by `-p`, in pyproject.toml).

Without a DATABASE_URL the first process keeps an embedded server of its own for the tests, which
the processes of pytest-xdist only connect to. Nothing of a developer's shell reaches the settings.
"""

import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from coverage import Coverage

from config.measuring import MEASURES_PROGRAMS, measure_less

_ROOT = Path(__file__).resolve().parent.parent
DATA_DIR = _ROOT / ".data" / "test"
EMBEDDED = not os.environ.get("DATABASE_URL")
_MOST_WORKERS = 8  # each has a database, and the server is one for all, with a hundred connections
_SERVICES = ("DATABASE_URL", "CELERY_BROKER_URL")
_NOT_FROM_OUTSIDE = (
    "ALLOWED_HOSTS",
    "BASE_URL",
    "CACHE_URL",
    "DEFAULT_FROM_EMAIL",
    "DELIVERY_LEASE_SECONDS",
    "EMAIL_URL",
    "LOG_LEVEL",
    "REQUIRE_SECOND_FACTOR",
    "SECRET_KEY",
    "TRUSTED_PROXIES",
    "WEBHOOK_ALLOW_PRIVATE",
)

for _name in _NOT_FROM_OUTSIDE:
    os.environ.pop(_name, None)
os.environ["BURSAR_MODE"] = "test"
os.environ["BURSAR_DATA_DIR"] = str(DATA_DIR)

# What all modules do when they are imported is the same in each process, so one measures it for all.
_MEASURED_LATER = Coverage.current() if os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0" else None
if _MEASURED_LATER:
    _MEASURED_LATER.stop()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-looks",
        action="store_true",
        help="keep screenshots of whole pages in browser tests, at desktop and phone width, in light and dark",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_InOrder())
    measuring = Coverage.current()
    if measuring is not None and config.getoption("numprocesses", None):
        measuring.stop()  # this process only hands tests out to others
    if EMBEDDED and not hasattr(config, "workerinput"):
        from config import postgres

        config.add_cleanup(postgres.hold(DATA_DIR, durable=False).release)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """As many as there are cores for this process: xdist counts those of the whole computer, also in a container."""
    affinity = getattr(os, "sched_getaffinity", None)  # macOS has none
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    return min(cores, _MOST_WORKERS)


def pytest_collection_finish() -> None:
    if _MEASURED_LATER:
        _MEASURED_LATER.start()
    if Coverage.current() is not None:
        measure_less()
    # What is loaded by now stays until the end: to look through it again and again for what could be
    # thrown away takes a tenth of the time of all tests.
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Throw away once what nobody holds: pytest looks for it five times, for errors that nobody saw."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in _SERVICES if not os.environ.get(name)]
    if missing:
        reason = f"needs a server of its own: set {' and '.join(missing)}"
        for item in items:
            if item.get_closest_marker("services"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure no coverage in tests across slices: what a slice does is covered by the tests of that slice.

    They open every page and endpoint once for each role, and measuring doubles the time of each. Tests that are
    marked so are not measured either: what they do thousands of times, others of their slice do once. The same
    goes for the programs that such a test runs.
    """
    measuring = Coverage.current()
    left_out = item.path.is_relative_to(_ROOT / "tests") or item.get_closest_marker("unmeasured")
    if measuring is None or not left_out:
        return (yield)
    measuring.stop()
    try:
        with pytest.MonkeyPatch.context() as unmeasured:
            unmeasured.delenv(MEASURES_PROGRAMS, raising=False)
            return (yield)
    finally:
        measuring.start()


def _waits(item: pytest.Item) -> bool:
    """Whether the test starts programs and waits for them: those of config that use no database."""
    return item.path.is_relative_to(_ROOT / "config") and not item.get_closest_marker("django_db")


def _commits(item: pytest.Item) -> bool:
    """Whether the test leaves its process a database without what migrations put into it."""
    marker = item.get_closest_marker("django_db")
    fixtures = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures or (marker and marker.kwargs.get("transaction")))


def _place(item: pytest.Item) -> int:
    if _commits(item):
        return 2 if item.get_closest_marker("browser") else 3
    return 0 if _waits(item) else 1


class _InOrder:
    """A process that waits leaves the processor to the others: what waits longest must not come last.

    Tests that commit come after all that do not, those in a browser first because they take longest.
    `make test` hands tests out in this order (`--dist load`, a few at a time), so that it holds in each process.
    """

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=_place)
