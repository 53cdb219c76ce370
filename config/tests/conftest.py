"""Folders in which a server that runs as another user can be started, and programs that are not measured."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.measuring import MEASURES_PROGRAMS
from config.postgres import hold


@contextmanager
def open_folder() -> Iterator[Path]:
    """Make a folder that others may pass through.

    pytest's own folders are closed to everybody else, again and again while other runs start, and a
    server started by root belongs to somebody else.
    """
    folder = Path(tempfile.mkdtemp(prefix="bursar-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder of the test's own in which a server can be started."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def started_before() -> Iterator[Path]:
    with open_folder() as folder:
        hold(folder, durable=False).release()
        yield folder


@pytest.fixture
def data_dir(started_before: Path) -> Iterator[Path]:
    """Return a folder in which a server was started and stopped before, for all who start and stop one again.

    To make the files of a server takes longer than all that is done with it.
    """
    yield started_before
    assert not (started_before / "postgres" / "postmaster.pid").exists()


@pytest.fixture
def programs_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs run without being measured, which takes twice the time: what they do, other tests call."""
    monkeypatch.delenv(MEASURES_PROGRAMS, raising=False)
