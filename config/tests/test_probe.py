"""Health of processes as a container engine asks for it."""

import os
import socket
from pathlib import Path

import pytest

from config import probe


@pytest.fixture
def web_port(live_server, monkeypatch: pytest.MonkeyPatch) -> int:
    port = int(live_server.thread.port)
    monkeypatch.setattr(probe, "PORT_IN_CONTAINER", port)
    return port


@pytest.mark.django_db(transaction=True)
def test_web_server_that_answers_is_well(web_port, monkeypatch):
    monkeypatch.setenv("BASE_URL", "https://bursar.example.org")
    assert probe.main("web")


def test_web_server_that_does_not_answer_is_not_well():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert not probe.answers(port, "localhost")


@pytest.mark.parametrize("ending", ["", ".db"])
@pytest.mark.parametrize(("age", "well"), [(0, True), (599, True), (601, False)])
def test_beat_is_well_while_it_writes_its_schedule(tmp_path: Path, ending, age, well):
    written = tmp_path / f"beat-schedule{ending}"
    written.touch()
    os.utime(written, (1_000_000, 1_000_000))
    assert probe.keeps_schedule(tmp_path / "beat-schedule", 1_000_000.0 + age) is well


def test_beat_that_never_wrote_a_schedule_is_not_well(tmp_path, monkeypatch):
    monkeypatch.setenv("BURSAR_DATA_DIR", str(tmp_path))
    assert not probe.main("beat")
