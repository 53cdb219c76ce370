"""Folders in which a server that runs as another user can be started, and programs that are not measured."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.measuring import MEASURES_PROGRAMS


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Return a folder of the test's own that others may pass through.

    pytest's own folders are closed to everybody else, again and again while other runs start, and a
    server started by root belongs to somebody else.
    """
    folder = Path(tempfile.mkdtemp(prefix="bursar-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def programs_unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let programs run without being measured, which takes twice the time: what they do, other tests call."""
    monkeypatch.delenv(MEASURES_PROGRAMS, raising=False)
