"""Runs every check that is not a test, two at a time, and tells of all that fail.

Used by `make test` and `make lint`: `python -m config.checks`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from config import postgres

_ROOT = Path(__file__).resolve().parent.parent
_PROGRAMS = Path(sys.executable).parent
_MANAGE = (sys.executable, "manage.py")


_PRODUCTION = {
    "BURSAR_MODE": "production",
    "SECRET_KEY": "only-for-the-check-" + "0123456789abcdef" * 4,
    "BASE_URL": "https://bursar.example.org",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
    "CACHE_URL": "redis://127.0.0.1:6379/1",
    "EMAIL_URL": "smtp://127.0.0.1:25",
}


@dataclass(frozen=True)
class Check:
    name: str
    command: Sequence[str | Path]
    after_failure: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


# The slowest first, so that the others fit beside them.
CHECKS = (
    Check("types (mypy)", [_PROGRAMS / "mypy"]),
    # That all tests can be read; the processes that run them find what they import compiled, and do not each do it.
    Check("collection of tests", [_PROGRAMS / "pytest", "--collect-only", "-qq", "-n", "0"]),
    Check("OpenAPI schema", [*_MANAGE, "openapi"]),
    Check(
        "migrations",
        [*_MANAGE, "makemigrations", "--check", "--dry-run", "--no-input"],
        "A model has no migration: `python manage.py makemigrations -n what_changes` makes it.",
    ),
    Check(
        "settings for production",
        [*_MANAGE, "check", "--deploy", "--fail-level=WARNING"],
        variables=_PRODUCTION,
    ),
    Check("imports (import-linter)", [_PROGRAMS / "lint-imports", "--no-cache"]),
    Check("lint (ruff)", [_PROGRAMS / "ruff", "check", "--quiet", "."]),
    Check(
        "format (ruff)",
        [_PROGRAMS / "ruff", "format", "--check", "--output-format=concise", "."],
        "`make format` puts it right.",
    ),
    Check(
        "docker-compose.yml",
        [_PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
    ),
    Check("Dockerfile (hadolint)", [_PROGRAMS / "hadolint", "Dockerfile"]),
    Check(".ci/run", ["bash", "-n", ".ci/run"]),
)


def run(check: Check) -> tuple[Check, subprocess.CompletedProcess[str], float]:
    """Run one check and return it with its outcome and the seconds it took."""
    started = time.monotonic()
    ended = subprocess.run(
        check.command,
        cwd=_ROOT,
        env={**os.environ, **check.variables},
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return check, ended, time.monotonic() - started


def run_all(checks: Sequence[Check]) -> int:
    """Return how many checks failed, having printed what each of those said."""
    failed = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for check, ended, seconds in pool.map(run, checks):
            print(
                f"{'FAILED' if ended.returncode else 'passed':6}  {check.name}, {seconds:.1f} s", flush=True
            )
            if ended.returncode:
                failed += 1
                print(f"{ended.stdout}{ended.stderr}{check.after_failure}".rstrip(), flush=True)
    return failed


def main() -> None:
    os.environ["BURSAR_MODE"] = "test"
    data_dir = _ROOT / ".data" / "test"
    os.environ["BURSAR_DATA_DIR"] = str(data_dir)
    try:
        with postgres.serving(os.environ.get("DATABASE_URL"), data_dir, durable=False) as address:
            os.environ["DATABASE_URL"] = address
            sys.exit(run_all(CHECKS) > 0)
    except postgres.EmbeddedServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
