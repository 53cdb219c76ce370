"""Asking Fastly: a real server on this computer that answers as recorded, and stumbles in every way."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from time import monotonic

import pytest
from structlog.testing import capture_logs

from sponsors.inkind.pulling import fastly as module
from sponsors.inkind.pulling.fastly import AnswerRefused, Fastly, NoAnswer
from sponsors.inkind.rules.pulling import MOST_TRIES, Window
from sponsors.inkind.tests import fastly_server as server
from sponsors.inkind.tests.fastly_server import TOKEN, bucket, envelope, provider

WEEK = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC))
RECORDED = Path(__file__).parents[4] / "shared" / "data" / "cdn"


@pytest.fixture
def there():
    with provider() as does:
        yield does


class Time:
    """A clock that goes on only while somebody waits."""

    def __init__(self):
        self.now = 1000.0
        self.waits = []

    def sleep(self, seconds):
        self.waits.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def timer():
    return Time()


@pytest.fixture
def client(there, timer):
    def make(**more):
        values = {"interval": 0, "sleep": timer.sleep, "clock": lambda: timer.now, "chance": lambda: 0.5}
        return Fastly(url=there.url, token=TOKEN, **{**values, **more})

    return make


def test_what_is_asked_and_what_is_answered(there, client):
    body = client().hours("kKJb5bOFI47uHeBVluGfX1", "asia_india", WEEK)
    rows = json.loads(body)["data"]
    assert (len(rows), rows[0]["start_time"]) == (168, int(WEEK.first.timestamp()))
    assert there.asked == [
        "/stats/service/kKJb5bOFI47uHeBVluGfX1?from=1793491200&to=1794096000&by=hour&region=asia_india"
    ]
    assert there.tokens == [TOKEN]


def test_regions_are_those_of_today(there, client):
    there.regions = ["usa", "mexico"]
    assert client().regions() == ["usa", "mexico"]


def test_a_name_cannot_lead_to_another_address(there, client):
    client().hours("../../tokens?x=1", "usa", WEEK)
    assert there.asked[0].startswith("/stats/service/..%2F..%2Ftokens%3Fx%3D1?from=")


def test_the_shapes_are_those_that_were_recorded():
    """What the server of these tests says has the members and types of what Fastly said."""
    if not RECORDED.exists():
        pytest.skip("the recordings are not here")
    recorded = json.loads((RECORDED / "fastly_stats_aggregate_by_minute_usa.json").read_text())
    ours = json.loads(envelope([bucket(1710258360, "x")], by="minute", region="usa", first=1710258000))
    assert set(ours) == set(recorded)
    assert set(ours["meta"]) == set(recorded["meta"])
    known = {name: type(value) for name, value in recorded["data"][0].items()}
    assert {n: type(v) for n, v in ours["data"][0].items() if n != "service_id"}.items() <= known.items()
    names = json.loads((RECORDED / "fastly_stats_regions.json").read_text())["data"]
    assert all(isinstance(name, str) for name in names)


# It stumbles -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        server.refuses(500),
        server.refuses(503),
        server.ends_early,
        server.ends_early_in_chunks,
        server.hangs_up,
        server.says(b'{"data": [{"start_ti'),
        server.says(b"[]"),
        server.says(b'{"msg": "x"}'),
        server.says(b'{"data": [], "status": "error", "msg": "try later"}'),
        server.says(b""),
    ],
)
def test_it_is_asked_again_when_it_stumbles(there, client, timer, fault):
    there.faults = [fault, fault]
    assert json.loads(client().hours("a", "usa", WEEK))["data"]
    assert len(there.asked) == 3
    assert timer.waits == [1.5, 3]


def test_what_ends_early_is_known_by_its_length_and_by_its_chunks(there, client):
    there.faults = [server.ends_early, server.ends_early_in_chunks]
    with capture_logs() as logs:
        client().regions()
    assert [log["problem"] for log in logs] == ["the answer ended early"] * 2


def test_it_is_asked_again_when_it_is_slow_or_drips(there, client, timer):
    there.faults = [server.is_slow(0.5), server.drips]
    patient = client(silence=0.2, longest=0.1, clock=monotonic)
    assert patient.regions() == ["usa"]
    assert len(there.asked) == 3


def test_in_the_end_it_is_left_alone(there, client, timer):
    there.faults = [server.refuses(502)] * 9
    with pytest.raises(NoAnswer, match="no usable answer to /stats/service/a: it answered 502") as caught:
        client().hours("a", "usa", WEEK)
    assert len(there.asked) == MOST_TRIES
    assert timer.waits == [1.5, 3, 6]
    assert caught.value.wait == 0


def test_nobody_listens(client):
    alone = client()
    alone._url = "http://127.0.0.1:1"
    with pytest.raises(NoAnswer, match="the connection failed"):
        alone.regions()


def test_it_waits_as_long_as_it_is_asked_to(there, client, timer):
    there.faults = [server.refuses(429, Retry_After="7"), server.refuses(503, Retry_After="3")]
    client().regions()
    assert timer.waits == [7, 3]


def test_it_waits_until_a_date_or_as_usual_without_one(there, client, timer):
    soon = datetime.now(UTC) + timedelta(seconds=30)
    there.faults = [
        server.refuses(429, Retry_After=format_datetime(soon, usegmt=True)),
        server.refuses(429, Retry_After=format_datetime(soon - timedelta(hours=1), usegmt=True)),
        server.refuses(429, Retry_After="later"),
    ]
    client().regions()
    assert 27 <= timer.waits[0] <= 30
    assert timer.waits[1:] == [0, 6]
    # A date without a zone is one of UTC.
    there.faults = [server.refuses(429, Retry_After="Mon, 23 Nov 2026 10:00:00 -0000")]
    client().regions()
    assert timer.waits[3:] == [0]


def test_whoever_shall_wait_for_long_comes_back_later(there, client, timer):
    there.faults = [server.refuses(429, Retry_After="900")]
    with pytest.raises(NoAnswer, match="asks to wait for 900 seconds") as caught:
        client().regions()
    assert (caught.value.wait, timer.waits, len(there.asked)) == (900, [], 1)


def test_it_is_asked_slowly(there, client, timer):
    slow = client(interval=0.75)
    for _ in range(3):
        slow.regions()
    assert timer.waits == [0.75, 0.75]
    timer.now += 60
    slow.regions()
    assert timer.waits == [0.75, 0.75]


# It refuses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words", "is_of_token"),
    [
        (401, "refuses the token (401). Set FASTLY_API_TOKEN", True),
        (403, "refuses the token (403)", False),
        (404, "knows no such service (404). Correct the service's name", False),
        (400, "does not answer what was asked (400)", False),
        (302, "does not answer what was asked (302). Check FASTLY_API_URL", False),
    ],
)
def test_what_is_refused_is_not_asked_again(there, client, code, words, is_of_token):
    there.faults = [server.refuses(code, Location=f"{there.url}/elsewhere")]
    with pytest.raises(AnswerRefused) as caught:
        client().hours("a", "usa", WEEK)
    assert words in caught.value.message
    assert caught.value.is_of_token == is_of_token
    assert len(there.asked) == 1


def test_an_answer_without_end_is_let_go_of(there, client, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_ANSWER", 1000)
    with pytest.raises(AnswerRefused, match="which no week of hours has"):
        client().hours("a", "usa", WEEK)


def test_the_token_is_in_no_error_and_no_log(there, client, capsys):
    faults = [
        server.refuses(401),
        server.refuses(500),
        server.ends_early,
        server.hangs_up,
        server.refuses(429, Retry_After="900"),
        server.says(TOKEN.encode()),
    ]
    with capture_logs() as logs:
        for fault in faults:
            there.faults = [fault] * MOST_TRIES
            with pytest.raises((AnswerRefused, NoAnswer)) as caught:
                client().hours("a", "usa", WEEK)
            assert TOKEN not in repr(caught.value)
            assert TOKEN not in str(caught.getrepr(style="native", showlocals=False))
    assert logs
    assert TOKEN not in repr(logs)
    printed = capsys.readouterr()
    assert TOKEN not in printed.out + printed.err
    assert set(there.tokens) == {TOKEN}
