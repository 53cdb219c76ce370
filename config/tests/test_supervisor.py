"""Starting and stopping everything: once for real, the rest with children that cost nothing."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config import supervisor as module
from config.supervisor import CannotRunError, Child, Supervisor

ROOT = Path(__file__).resolve().parents[2]
FOREVER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOREVER}"
BRIEF = "raise SystemExit(3)"
# The supervisor is measured, the whole of Bursar that it starts is not: the slices have tests of their own.
SUPERVISE = """
import os
from config.measuring import MEASURES_PROGRAMS
from config.supervisor import main
os.environ.pop(MEASURES_PROGRAMS, None)
main()
"""


def code(text: str) -> list[str]:
    return [sys.executable, "-S", "-c", text]


def outside(data_dir: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a person who has set nothing but these."""
    ours = {"DATABASE_URL", "CELERY_BROKER_URL", "BURSAR_MODE", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "BURSAR_DATA_DIR": str(data_dir), **variables}


def run_to_end(data_dir: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.supervisor", "serve"],
        cwd=ROOT,
        env=outside(data_dir, **variables),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(code(FOREVER), stdout=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def supervise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Supervisor]]:
    """Return a way to supervise children running the given lines of Python; they are stopped at the end."""
    monkeypatch.setattr(module, "_STOP_SECONDS", 0.3)
    made: list[Supervisor] = []

    def supervise(*texts: str) -> Supervisor:
        children = [Child(f"part{number}", code(text)) for number, text in enumerate(texts)]
        supervisor = Supervisor(children=children, record=tmp_path / "supervisor.json", variables={})
        made.append(supervisor)
        for child in children:
            supervisor.start(child)
        return supervisor

    yield supervise
    for supervisor in made:
        supervisor.stop()


def wait_until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def is_gone(process: psutil.Process) -> bool:
    """Whether this very process has ended; its number may belong to another one by now."""
    try:
        return not process.is_running() or bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_demonstration_starts_serves_survives_a_crash_and_stops_all_it_started(
    tmp_path, free_port, bystander
):
    running = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, "demo"],
        cwd=ROOT,
        env=outside(tmp_path, PORT=str(free_port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout is not None
    said = ""
    for line in running.stdout:
        said += line
        if "Auditor" in line:
            break
    assert f"Bursar is running at http://localhost:{free_port} (Ctrl-C stops it)." in said
    assert re.search(r"administrator@\S+ +\S+ +Administrator", said)
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/healthz") as answer:
        assert answer.status == 200

    again = run_to_end(tmp_path, PORT=str(free_port))
    assert again.returncode == 1
    assert again.stderr.startswith(f"Bursar is already running on the data in {tmp_path}: stop it first")

    wait_until(lambda: len(json.loads((tmp_path / "supervisor.json").read_text())) == 3)
    started = psutil.Process(running.pid).children(recursive=True)
    server = int((tmp_path / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    started.append(psutil.Process(server))
    worker = json.loads((tmp_path / "supervisor.json").read_text())[1][0]
    os.kill(worker, signal.SIGKILL)
    for line in running.stdout:
        if "starting it again" in line:
            break
    assert line == "worker ended (signal SIGKILL); starting it again in 1 s.\n"

    running.send_signal(signal.SIGINT)
    rest = running.stdout.read()
    assert running.wait() == 0
    running.stdout.close()
    assert rest.endswith(f"Bursar has stopped; its data stays in {tmp_path}.\n")
    for process in started:
        wait_until(lambda process=process: is_gone(process))
    assert bystander.poll() is None
    assert not (tmp_path / "supervisor.json").exists()


def test_port_in_use_is_told_in_a_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run_to_end(tmp_path, PORT=str(port))
    assert ended.returncode == 1
    assert ended.stderr == (
        f"Port {port} cannot be used (Address already in use): stop what uses it, or choose another, for example "
        "`make demo PORT=8001`.\n"
    )


@pytest.mark.parametrize("port", ["many", "0", "65536"])
def test_wrong_setting_is_told_in_a_sentence(tmp_path, port):
    ended = run_to_end(tmp_path, PORT=port)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Bursar cannot start. PORT ")
    assert "BASE_URL" not in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_data_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    ended = run_to_end(tmp_path / "file" / "data")
    assert ended.returncode == 1
    assert "set BURSAR_DATA_DIR to another folder" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_damaged_database_is_told_in_a_sentence(tmp_path, free_port):
    (tmp_path / "postgres").write_text("a note")
    ended = run_to_end(tmp_path, PORT=str(free_port))
    assert ended.returncode == 1
    assert ended.stderr == f"{tmp_path}/postgres is a file, but the embedded database needs a folder there.\n"


def test_database_that_cannot_be_prepared_ends_the_start(supervise, monkeypatch):
    supervisor = supervise()
    really = supervisor._spawn
    monkeypatch.setattr(supervisor, "_spawn", lambda command, **options: really(["false"], **options))
    with pytest.raises(CannotRunError, match=r"preparing its database failed; the reason is above\.$"):
        supervisor.prepare(demo=True)


def test_output_of_a_child_carries_its_name(supervise, capfd):
    supervisor = supervise("print('hello'); print('again')")
    wait_until(lambda: module._has_ended(supervisor.children[0].process))
    supervisor.stop()
    assert capfd.readouterr().out == " part0 | hello\n part0 | again\n"


def test_child_that_ends_is_started_again_after_a_pause(supervise, capfd):
    supervisor = supervise(FOREVER, BRIEF)
    steady, brief = supervisor.children
    watched = steady.process
    wait_until(lambda: module._has_ended(brief.process))
    supervisor.watch()
    supervisor.watch()
    assert brief.process is None
    assert "part1 ended (exit 3); starting it again in 1 s." in capfd.readouterr().out
    brief.start_again_at = time.monotonic()
    supervisor.watch()
    assert [child.process is not None for child in supervisor.children] == [True, True]
    assert steady.process is watched


def test_child_that_keeps_ending_stops_everything_with_a_sentence(supervise, monkeypatch):
    monkeypatch.setattr(module, "_MOST_FAILURES", 2)
    supervisor = supervise(BRIEF)
    child = supervisor.children[0]
    wait_until(lambda: module._has_ended(child.process))
    supervisor.watch()
    supervisor.start(child)
    wait_until(lambda: module._has_ended(child.process))
    with pytest.raises(CannotRunError, match=r"The part0 process ended 2 times in a row, so everything"):
        supervisor.watch()


def test_failures_long_ago_are_forgotten(supervise, monkeypatch):
    monkeypatch.setattr(module, "_HEALTHY_AFTER", 0.0)
    monkeypatch.setattr(module, "_MOST_FAILURES", 2)
    supervisor = supervise(BRIEF)
    child = supervisor.children[0]
    child.failures = 1
    wait_until(lambda: module._has_ended(child.process))
    supervisor.watch()
    assert child.failures == 1


def test_child_that_is_to_start_later_is_not_started_by_watching(tmp_path):
    later = Child("later", code(FOREVER))
    Supervisor(children=[later], record=tmp_path / "supervisor.json", variables={}).watch()
    assert later.process is None


def test_group_of_a_child_that_was_already_buried_is_not_killed_again(supervise, monkeypatch):
    supervisor = supervise(BRIEF)
    child = supervisor.children[0]
    wait_until(lambda: module._has_ended(child.process))
    supervisor.watch()
    killed = []
    monkeypatch.setattr(os, "killpg", lambda *arguments: killed.append(arguments))
    supervisor.stop()
    assert killed == []


def test_stubborn_child_and_what_it_started_are_killed(supervise):
    grandchild = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {FOREVER!r}]); {STUBBORN}"
    )
    supervisor = supervise(grandchild)
    child = supervisor.children[0].process
    wait_until(lambda: len(psutil.Process(child.pid).children()) == 1)
    below = psutil.Process(child.pid).children()[0]
    supervisor.stop()
    assert child.returncode in {-signal.SIGKILL, -signal.SIGTERM}
    wait_until(lambda: is_gone(below))


def test_second_signal_does_not_wait(supervise, monkeypatch):
    monkeypatch.setattr(module, "_STOP_SECONDS", 60.0)
    supervisor = supervise(STUBBORN)
    time.sleep(0.2)
    supervisor.ask_to_stop(signal.SIGINT, None)
    assert supervisor.stop_asked.is_set()
    assert not supervisor.hurry.is_set()
    supervisor.ask_to_stop(signal.SIGINT, None)
    started = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - started < 30


def test_interrupt_while_preparing_ends_the_preparation(supervise, monkeypatch):
    supervisor = supervise()
    spawned = []
    really = supervisor._spawn

    def spawn(command, **options):
        spawned.append(really(["sleep", "600"], **options))
        supervisor.ask_to_stop()
        return spawned[0]

    monkeypatch.setattr(supervisor, "_spawn", spawn)
    assert supervisor.prepare(demo=False) == ""
    assert spawned[0].returncode == -signal.SIGTERM


@pytest.mark.parametrize("text", [FOREVER, STUBBORN])
def test_children_of_a_killed_supervisor_are_ended_and_nobody_else(bystander, tmp_path, monkeypatch, text):
    monkeypatch.setattr(module, "_STOP_SECONDS", 0.3)
    orphaned = f"import subprocess, sys; print(subprocess.Popen({code(text)!r}, stdout=-3, stderr=-3).pid)"
    said = subprocess.run(code(orphaned), capture_output=True, check=True)
    orphan = psutil.Process(int(said.stdout))
    record = tmp_path / "supervisor.json"
    # The second entry's number has since been given to a process born at another time.
    earlier = orphan.create_time() - 1000
    record.write_text(
        json.dumps([[orphan.pid, orphan.create_time()], [bystander.pid, earlier], [2**22 - 1, earlier]])
    )
    module._end_left_overs(record)
    wait_until(lambda: is_gone(orphan))
    assert bystander.poll() is None
    assert not record.exists()


@pytest.mark.parametrize("content", [None, "", "[1", '{"a": 1}'])
def test_unreadable_record_of_children_is_ignored(tmp_path, content):
    record = tmp_path / "supervisor.json"
    if content is not None:
        record.write_text(content)
    module._end_left_overs(record)


def test_closed_terminal_does_not_stop_the_supervisor(monkeypatch):
    def closed(*_arguments, **_options):
        raise BrokenPipeError

    monkeypatch.setattr("builtins.print", closed)
    module.say("to nobody")
