"""What has to be settled before Django reads its settings under pytest (loaded by `-p`, in pyproject.toml).

Without a DATABASE_URL the first process keeps an embedded server of its own for the tests, which
the processes of pytest-xdist only connect to. Nothing of a developer's shell reaches the settings.
"""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
DATA_DIR = _ROOT / ".data" / "test"
EMBEDDED = not os.environ.get("DATABASE_URL")
_SERVICES = ("DATABASE_URL", "CELERY_BROKER_URL")
_NOT_FROM_OUTSIDE = (
    "ALLOWED_HOSTS",
    "BASE_URL",
    "CACHE_URL",
    "DEFAULT_FROM_EMAIL",
    "EMAIL_URL",
    "LOG_LEVEL",
    "REQUIRE_SECOND_FACTOR",
    "SECRET_KEY",
    "TRUSTED_PROXIES",
)

for _name in _NOT_FROM_OUTSIDE:
    os.environ.pop(_name, None)
os.environ["BURSAR_MODE"] = "test"
os.environ["BURSAR_DATA_DIR"] = str(DATA_DIR)


def pytest_configure(config: pytest.Config) -> None:
    if EMBEDDED and not hasattr(config, "workerinput"):
        from config import postgres

        config.add_cleanup(postgres.hold(DATA_DIR, durable=False).release)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [name for name in _SERVICES if not os.environ.get(name)]
    if missing:
        reason = f"needs a server of its own: set {' and '.join(missing)}"
        for item in items:
            if item.get_closest_marker("services"):
                item.add_marker(pytest.mark.skip(reason=reason))
