"""The embedded server is really started here, in a folder of the test's own wherever its files matter."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import pq

from config import postgres, postgres_cluster
from config.postgres import EmbeddedServerError, database_url, hold

pytestmark = pytest.mark.usefixtures("programs_unmeasured")

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pathlib import Path
from config.postgres import hold
with hold(Path(sys.argv[1]), durable=False):
    print("up", flush=True)
    sys.stdin.read()
"""
NOBODY = 65534

Holder = subprocess.Popen[str]


@pytest.fixture
def holder() -> Iterator[Callable[[Path], Holder]]:
    """Start another process that holds the server of a folder until its input is closed."""
    started: list[Holder] = []

    def start(data_dir: Path) -> Holder:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, data_dir],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.communicate()


@pytest.fixture
def powerless(tmp_path: Path) -> Iterator[None]:
    """Run the test as somebody who may not write in tmp_path."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
        yield
        os.seteuid(0)
    else:
        tmp_path.chmod(0o500)
        yield
        tmp_path.chmod(0o700)


def wait_until_up(process: Holder) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def runs(pid: int) -> bool:
    """Whether the process is there; one that has ended gets a moment to be gone."""
    try:
        psutil.Process(pid).wait(timeout=0.5)
    except psutil.NoSuchProcess:
        return False
    except psutil.TimeoutExpired:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False


def ask(data_dir: Path, question: str) -> str:
    with psycopg.connect(database_url(data_dir)) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return str(row[0])


def folder_of_somebody(folder: Path) -> Path:
    """Make the folder such that its owner may have started a server in it."""
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, -1)
    return folder


def test_address_is_known_before_anything_is_started(tmp_path):
    data_dir = tmp_path / "data"
    assert database_url(data_dir).startswith("postgresql://postgres@:5432/bursar?host=%2F")
    assert not data_dir.exists()


def test_last_to_leave_stops_the_server(data_dir):
    first = hold(data_dir, durable=False)
    second = hold(data_dir, durable=False)
    pid = server_pid(data_dir)
    first.release()
    first.release()
    assert ask(data_dir, "SELECT current_database()") == "bursar"
    assert server_pid(data_dir) == pid
    second.release()
    assert not runs(pid)


def test_server_speaks_utc_and_answers_only_on_its_own_socket(tmp_path):
    with hold(tmp_path, durable=False) as held:
        assert held.url == database_url(tmp_path)
        assert ask(tmp_path, "SHOW timezone") == "UTC"
        assert ask(tmp_path, "SHOW listen_addresses") == ""
        assert ask(tmp_path, "SHOW server_encoding") == "UTF8"
        assert ask(tmp_path, "SELECT upper('é') || current_setting('fsync')") == "Éoff"
        assert (tmp_path / "postgres").stat().st_mode & 0o077 == 0


def test_data_stays_and_is_durable_unless_said_otherwise(tmp_path):
    with hold(tmp_path), psycopg.connect(database_url(tmp_path)) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    with hold(tmp_path):
        assert ask(tmp_path, "SELECT count(*) FROM kept") == "0"
        assert ask(tmp_path, "SHOW fsync") == "on"


def test_two_processes_starting_at_once_both_come_up(tmp_path, holder):
    both = [holder(tmp_path), holder(tmp_path)]
    for process in both:
        wait_until_up(process)
    pid = server_pid(tmp_path)
    both[0].communicate()
    assert runs(pid)
    both[1].communicate()
    assert not runs(pid)


def test_killed_holder_leaves_a_server_that_the_next_one_adopts_and_stops(data_dir, holder):
    killed = holder(data_dir)
    wait_until_up(killed)
    pid = server_pid(data_dir)
    killed.kill()
    killed.wait()
    assert runs(pid)
    with hold(data_dir, durable=False):
        assert server_pid(data_dir) == pid
    assert not runs(pid)


def test_killed_holder_does_not_take_the_server_from_another(data_dir, holder):
    with hold(data_dir, durable=False):
        killed = holder(data_dir)
        wait_until_up(killed)
        killed.kill()
        killed.wait()
        assert ask(data_dir, "SELECT 1") == "1"


def test_interrupt_from_the_terminal_does_not_reach_the_server(data_dir):
    with hold(data_dir, durable=False):
        assert os.getsid(server_pid(data_dir)) != os.getsid(0)


def test_forked_child_of_a_holder_leaves_the_server_alone(data_dir, monkeypatch):
    with hold(data_dir, durable=False) as held:
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: 1)
            held.release()
        assert ask(data_dir, "SELECT 1") == "1"


def test_crashed_server_starts_again_despite_its_pid_file(data_dir):
    with hold(data_dir, durable=False):
        psutil.Process(server_pid(data_dir)).kill()
        # The number now belongs to another process, as after a restart of the machine.
        pid_file = data_dir / "postgres" / "postmaster.pid"
        pid_file.write_text(pid_file.read_text().replace(str(server_pid(data_dir)), str(os.getpid()), 1))
    with hold(data_dir, durable=False):
        assert ask(data_dir, "SELECT 1") == "1"


def test_server_that_is_still_recovering_is_waited_for(data_dir, monkeypatch):
    with hold(data_dir, durable=False):
        answers = iter([pq.Ping.REJECT, pq.Ping.REJECT])
        really = postgres._ping
        monkeypatch.setattr(postgres, "_ping", lambda places: next(answers, None) or really(places))
        with hold(data_dir, durable=False):
            assert next(answers, "none left") == "none left"


def test_server_that_never_answers_is_given_up_with_a_sentence(data_dir, monkeypatch):
    with hold(data_dir, durable=False):
        monkeypatch.setattr(postgres, "_ping", lambda places: pq.Ping.REJECT)
        monkeypatch.setattr(postgres, "_START_SECONDS", 0)
        with pytest.raises(EmbeddedServerError, match=r"runs but has not answered for 0 seconds"):
            hold(data_dir)


def test_server_that_will_not_stop_gently_is_stopped_at_once(data_dir, monkeypatch):
    asked = []

    def run(program: str, *arguments: str, cwd: Path, seconds: int) -> subprocess.CompletedProcess[str]:
        asked.append([word for word in arguments if word.startswith("--mode")])
        if len(asked) == 1:
            return subprocess.CompletedProcess([], 1)
        return postgres_cluster.run_program(program, *arguments, cwd=cwd, seconds=seconds)

    held = hold(data_dir, durable=False)
    pid = server_pid(data_dir)
    monkeypatch.setattr(postgres, "run_program", run)
    held.release()
    assert asked == [["--mode=fast"], ["--mode=immediate"]]
    assert not runs(pid)


def test_program_that_hangs_is_given_up_with_a_sentence(tmp_path):
    with pytest.raises(EmbeddedServerError, match=r"PostgreSQL's psql did not finish within 0 seconds"):
        postgres_cluster.run_program("psql", "--version", cwd=ROOT / "config", seconds=0)


def test_interrupted_first_start_is_repeated(tmp_path):
    half_made = tmp_path / "postgres.new-interrupted"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18")
    (tmp_path / "postgres").mkdir()
    with hold(tmp_path, durable=False):
        assert ask(tmp_path, "SELECT 1") == "1"
    assert not half_made.exists()


def test_damaged_database_is_told_in_a_sentence_that_names_log_and_folder(data_dir, tmp_path, request):
    control = data_dir / "postgres" / "global" / "pg_control"
    aside = control.rename(tmp_path / "pg_control")
    request.addfinalizer(lambda: aside.rename(control))
    with pytest.raises(EmbeddedServerError) as told:
        hold(data_dir)
    assert "pg_control" in str(told.value)
    assert f"Its log is {data_dir}/postgres.log" in str(told.value)
    assert f"move {data_dir}/postgres away" in str(told.value)


def test_database_of_another_version_is_left_alone(tmp_path):
    version = folder_of_somebody(tmp_path / "postgres") / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(
        EmbeddedServerError, match=r"made by PostgreSQL 16, and this Bursar brings PostgreSQL 18"
    ):
        hold(tmp_path)
    assert version.read_text() == "16\n"


def test_folder_that_is_no_database_is_left_alone(tmp_path):
    diary = folder_of_somebody(tmp_path / "postgres") / "diary.txt"
    diary.write_text("Dear diary")
    with pytest.raises(EmbeddedServerError, match=r"is not a PostgreSQL database"):
        hold(tmp_path)
    assert diary.exists()


def test_file_in_the_place_of_the_database_is_left_alone(tmp_path):
    (tmp_path / "postgres").write_text("a note")
    with pytest.raises(EmbeddedServerError, match=r"is a file, but the embedded database needs a folder"):
        hold(tmp_path)
    assert (tmp_path / "postgres").read_text() == "a note"


def test_folder_without_permission_is_told_in_a_sentence(tmp_path, powerless):
    with pytest.raises(EmbeddedServerError, match=r"The user \S+ may not write in .*BURSAR_DATA_DIR"):
        hold(tmp_path / "data")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a folder to somebody else")
def test_database_of_another_user_is_told_in_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    with pytest.raises(
        EmbeddedServerError, match=r"belongs to the user root, and is needed by the user bursar-db"
    ):
        hold(tmp_path)
    os.chown(tmp_path / "postgres", 54321, -1)
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    with pytest.raises(
        EmbeddedServerError, match=r"belongs to the user 54321, and is needed by the user nobody"
    ):
        postgres_cluster.make_cluster(postgres_cluster.Places(tmp_path), durable=False)


@pytest.mark.parametrize("name", ["n" * 100, "with, comma and 'quote'"])
def test_folder_that_cannot_name_a_socket_gets_one_elsewhere(tmp_path, name):
    data_dir = tmp_path / name
    with hold(data_dir, durable=False):
        socket_dir = Path(ask(data_dir, "SHOW unix_socket_directories").strip('"'))
        assert ask(data_dir, "SELECT 1") == "1"
        assert data_dir not in socket_dir.parents
        assert socket_dir.stat().st_mode & 0o077 == 0
    assert not socket_dir.exists()


def test_socket_folder_that_others_may_enter_is_refused(tmp_path):
    data_dir = tmp_path / ("n" * 100)
    socket_dir = postgres_cluster.Places(data_dir.resolve()).socket_dir
    socket_dir.mkdir()
    try:
        socket_dir.chmod(0o777)
        with pytest.raises(EmbeddedServerError, match=r"others may use it: remove it"):
            hold(data_dir, durable=False)
    finally:
        socket_dir.rmdir()


def test_folder_whose_name_a_shell_would_read_is_refused(tmp_path):
    with pytest.raises(EmbeddedServerError, match=r"choose another folder with BURSAR_DATA_DIR"):
        hold(tmp_path / "$HOME")
    assert not list(tmp_path.iterdir())


def test_missing_programs_are_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres_cluster, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedServerError, match=r"is not installed: run `make demo`"):
        hold(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for the server")
def test_root_without_a_user_for_the_server_is_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres_cluster, "SYSTEM_USER", "not a name")
    with pytest.raises(EmbeddedServerError, match=r"could not be made: start Bursar as an ordinary user"):
        hold(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user for the server")
def test_root_opens_the_way_to_the_database_without_letting_anybody_look(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with hold(closed / "data", durable=False):
        assert closed.stat().st_mode & 0o777 == 0o701


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            'initdb: error: could not write to file "pg_wal/1": No space left on device',
            "There is no space left on the disk for /somewhere: free some and start again.",
        ),
        (
            "[Errno 30] Read-only file system: '/somewhere'",
            "may not write in /somewhere ([Errno 30] Read-only",
        ),
        ("LOG: starting\nFATAL:  files are incompatible.\nLOG: gone", "(FATAL:  files are incompatible)"),
        ("", "The embedded PostgreSQL in /somewhere/postgres did not start (it gave no reason)."),
    ],
)
def test_complaints_become_a_sentence_to_act_on(said, sentence):
    assert sentence in postgres_cluster.explain(said, postgres_cluster.Places(Path("/somewhere")))


def test_failed_initdb_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, stdout="", stderr="initdb: error: No space left on device")

    monkeypatch.setattr(postgres_cluster, "run_program", fail)
    with pytest.raises(EmbeddedServerError, match=r"no space left on the disk"):
        hold(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"postgres.start.lock", "postgres.users.lock"}


def manage(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env={**inherited, "BURSAR_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_management_command_ends_with_the_sentence_and_no_traceback(tmp_path):
    (tmp_path / "postgres").write_text("a note")
    ended = manage(tmp_path, "check")
    assert ended.returncode == 1
    assert ended.stderr == f"{tmp_path}/postgres is a file, but the embedded database needs a folder there.\n"


def test_management_command_stops_the_server_it_started(tmp_path):
    manage(tmp_path, "check", "--database", "default").check_returncode()
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()
    assert (tmp_path / "postgres" / "PG_VERSION").exists()
