"""`manage.py import_usage`: files read where they lie."""

import io
from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from sponsors.inkind.models import UsageImport
from sponsors.inkind.rules import ImportState
from sponsors.inkind.tests.usage_files import own_csv, own_line, packed
from sponsors.management.commands.import_usage import ProgressBar

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TWO_HOURS = own_csv(own_line(), own_line("2024-03-01T15:00:00Z"))


def run(*paths, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_usage", *map(str, paths), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_the_command_reads_files_where_they_lie(engineer, tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    first.write_text(TWO_HOURS)
    second.write_bytes(packed(own_csv(own_line(), own_line("2024-03-02T15:00:00Z", hits=101))))
    out, err = run(first, second)
    assert out.splitlines() == [
        f"{first}: 2 new, 0 changed, 0 same, 0 rejected, 0 kept aside.",
        f"{second}: 0 new, 0 changed, 1 same, 1 rejected, 0 kept aside.",
        "  line 3: hits are 101, more than the 100 requests.",
    ]
    assert err == ""
    assert list(UsageImport.objects.values_list("source", "file", "imported_by").order_by().distinct()) == [
        ("command", "", None)
    ]
    out, _err = run(first, source="pull")
    assert "0 new, 0 changed, 2 same, 0 rejected, 0 kept aside. This file was imported before" in out
    assert UsageImport.objects.filter(source="pull").count() == 1


def test_the_command_fails_when_a_file_was_refused_and_reads_the_others(engineer, tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.json"
    good.write_text(own_csv("2024-03-01T00:00:00Z,5", header="start,bytes"))
    bad.write_text('{"data": [')
    err = io.StringIO()
    with pytest.raises(CommandError, match="2 of 3 files were refused; nothing of them was taken in"):
        call_command(
            "import_usage",
            str(bad),
            str(tmp_path / "none"),
            str(good),
            service="files",
            granularity="hour",
            stdout=io.StringIO(),
            stderr=err,
        )
    assert "bad.json: refused. The JSON ends early, in row 1." in err.getvalue()
    assert "none: cannot be read: No such file or directory." in err.getvalue()
    assert UsageImport.objects.get(file_name="bad.json").state == ImportState.REFUSED
    with pytest.raises(CommandError, match="1 of 1 files was refused; nothing of it"):
        run(bad)


def test_the_command_says_why_rows_do_not_count(engineer, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(own_csv(own_line(service="absent"), *[own_line(hits=200 + row) for row in range(12)]))
    out, _err = run(file)
    lines = out.splitlines()
    assert lines[1] == "  line 3: hits are 200, more than the 100 requests."
    assert lines[11:] == [
        "  and 2 more: the page of the import lists them",
        "  kept aside until somebody says under Usage kept aside what they are of",
    ]


def test_the_command_knows_services(engineer, tmp_path):
    with pytest.raises(CommandError, match=r"no service mirror. Known are: files\."):
        run(tmp_path / "a.csv", service="mirror")


def test_a_command_that_is_ended_leaves_nothing_half_done(engineer, tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text(TWO_HOURS)

    def interrupt(**_given):
        raise KeyboardInterrupt

    monkeypatch.setattr("sponsors.inkind.services.imports.load_usage", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(path)
    usage_import = UsageImport.objects.get()
    assert usage_import.state == ImportState.FAILED
    assert "ended before all of it was read" in usage_import.remark


def test_a_terminal_sees_how_far_a_file_is():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        bar = ProgressBar(stream, "a.csv", 2_097_152)
        for done in (0, 1_048_576, 1_048_577, 2_097_152):
            bar.tell(done)
        bar.end()
    assert pipe.getvalue() == ""
    assert terminal.getvalue().split("\r")[1:] == [
        f"a.csv [{'':30}]   0% of 2.0 MB",
        f"a.csv [{'#' * 15:30}]  50% of 2.0 MB",
        f"a.csv [{'#' * 30}] 100% of 2.0 MB",
        "\033[K",
    ]
    empty = ProgressBar(terminal, "empty", 0)
    empty.tell(0)
    assert "100%" in terminal.getvalue().split("\r")[-1]
