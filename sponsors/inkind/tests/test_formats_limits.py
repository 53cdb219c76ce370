"""Files that are made to be large: nothing of them fills memory, and they end in a sentence."""

import gzip
import io
import json
import tracemalloc
from pathlib import Path

import pytest

from sponsors.inkind.formats import UsageRefused, open_usage, sources
from sponsors.inkind.tests.usage_files import fastly, fastly_row, own_csv, own_line, packed, read

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "cdn"
MEGABYTE = 1_000_000


def bomb(start, size):
    """Return a gzip file that unpacks to the start and then to that many bytes of one letter."""
    # Members of one gzip file follow each other.
    member = gzip.compress(b"0" * MEGABYTE, 9)
    return gzip.compress(start) + member * (size // MEGABYTE)


@pytest.fixture
def memory():
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


@pytest.fixture
def lines_without_end():
    """Return a gzip file of 200 MB of lines that are all right, which is 0.3 MB packed, and the length of a line."""
    line = own_line(region="a" * 50_000) + "\n"
    once = gzip.compress((line * (20 * MEGABYTE // len(line))).encode(), 9)
    return gzip.compress(own_csv().encode()) + once * 10, len(line)


@pytest.mark.parametrize(
    "start", [own_csv(own_line()).encode(), b'{"data": [{"start_time": "', b'{"service": "']
)
def test_a_bomb_of_two_gigabytes_is_read_no_further_than_the_limit(start, memory):
    content = bomb(start, 2_000 * MEGABYTE)
    assert len(content) < 3 * MEGABYTE
    with pytest.raises(UsageRefused) as refused:
        read(content)
    assert refused.value.code in {"line_too_long", "value_too_long", "gzip_too_large"}
    assert memory() < 20 * MEGABYTE


def test_a_bomb_of_lines_stops_at_its_ratio(lines_without_end, memory):
    content, length = lines_without_end
    assert sources.LARGEST_RATIO * len(content) > sources.A_LITTLE
    taken: list[int] = []
    reader = open_usage(
        io.BytesIO(content), name="bomb.gz", size=len(content), on_progress=lambda _done: None
    )
    with pytest.raises(UsageRefused) as refused:
        taken.extend(row.line for row in reader.rows())
    assert refused.value.code == "gzip_too_large"
    assert "split the file" in refused.value.message
    assert len(taken) * length <= sources.LARGEST_RATIO * len(content)
    assert memory() < 20 * MEGABYTE


def test_a_packed_file_has_a_largest_size(monkeypatch):
    monkeypatch.setattr(sources, "LARGEST_UNPACKED", 300_000)
    content = packed(own_csv(*[own_line(requests=number) for number in range(9_000)]))
    with pytest.raises(UsageRefused) as refused:
        read(content)
    assert refused.value.code == "gzip_too_large"


def test_a_long_answer_costs_little_memory(memory):
    row = json.dumps(fastly_row())
    head, tail = json.dumps(fastly([])).split("[]", 1)
    content = io.BytesIO((head + "[" + ",".join([row] * 3_000) + "]" + tail).encode())
    before = memory()
    size = content.getbuffer().nbytes
    reader = open_usage(content, name="long", size=size, on_progress=lambda _done: None)
    assert sum(1 for _row in reader.rows()) == 3_000
    assert memory() - before < 10 * MEGABYTE


# What the recorded answers of providers come to: how many rows without and with a service given, or the refusal.
RECORDED_FILES = {
    "README.md": ("shape_unknown", "shape_unknown"),
    "cloudflare_httpRequests1mGroups_docs_example.json": ("service_missing", 2),
    "default_rate_cards.json": ("shape_unknown", "shape_unknown"),
    "fastly_stats_aggregate_by_minute_usa.json": ("service_missing", 1),
    "fastly_stats_field_empty.json": (0, 0),
    "fastly_stats_regions.json": ("not_usage", "not_usage"),
    "fastly_stats_service_empty.json": (0, 0),
    "fastly_stats_service_field_bandwidth_by_day.json": (10, 10),
    "fastly_stats_usage_by_region.json": ("not_buckets", "not_buckets"),
}


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not here")
def test_every_recorded_file_is_read_or_refused():
    def came_to(path, service):
        try:
            return len(read(path.read_bytes(), name=path.name, service=service))
        except UsageRefused as refused:
            return refused.code

    found = {path.name: (came_to(path, None), came_to(path, "files")) for path in sorted(RECORDED.iterdir())}
    assert found == RECORDED_FILES
