"""Imports of usage: begun, claimed, carried out, given up, and what is said of them."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from psycopg.errors import LockNotAvailable

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.inkind import tasks
from sponsors.inkind.models import UsageAside, UsageDay, UsageImport, UsageProgress, UsageRecord, UsageReject
from sponsors.inkind.rules import ImportState, InKindError, NotAllowedNow, UsageSource
from sponsors.inkind.rules.imports import (
    FILES_ARE_KEPT,
    LARGEST_UPLOAD,
    LEASE,
    MAX_ATTEMPTS,
    ImportAction,
    check_upload_size,
    next_import_state,
)
from sponsors.inkind.services.imports import (
    BROKEN,
    CUT_SHORT,
    LOST,
    NO_ROWS,
    WORN_OUT,
    begin_import,
    carry_out_import,
    claim_next_import,
    clear_old_usage_files,
    give_up_import,
    take_usage,
)
from sponsors.inkind.tests.factories import service
from sponsors.inkind.tests.usage_files import fastly, fastly_row, own_csv, own_line, packed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TWO_HOURS = own_csv(own_line(), own_line("2024-03-01T15:00:00Z"))


def begun(engineer, content=TWO_HOURS, *, keep=True, **more):
    content = content.encode() if isinstance(content, str) else content
    values = {"actor": engineer, "source": UsageSource.UPLOAD, "file_name": "march.csv", **more}
    return begin_import(file=io.BytesIO(content), size=len(content), keep=keep, **values)


def claimed(now=None):
    found = claim_next_import(now=now or timezone.now())
    assert found is not None
    return found


def carried_out(engineer, content=TWO_HOURS, **more):
    usage_import = begun(engineer, content, **more)
    assert claimed() == usage_import
    return carry_out_import(usage_import=usage_import, now=NOW, on_progress=lambda _done: None)


# States ----------------------------------------------------------------------------------------


def test_an_import_that_is_over_is_over():
    assert next_import_state("waiting", ImportAction.BEGIN) == ImportState.READING
    with pytest.raises(NotAllowedNow, match="This import is done; somebody else was quicker"):
        next_import_state("done", ImportAction.FINISH)


def test_an_upload_has_a_size():
    with pytest.raises(InKindError, match="The file is empty"):
        check_upload_size(0)
    with pytest.raises(InKindError, match=r"10\.0 MB; at most 10 MB.*import_usage"):
        check_upload_size(LARGEST_UPLOAD + 1)
    check_upload_size(LARGEST_UPLOAD)


# From upload to rows -----------------------------------------------------------------------------


def test_a_file_is_kept_claimed_and_read(engineer):
    usage_import = begun(engineer, file_name="C:\\files\\ma\x07rch.csv")
    assert (usage_import.state, usage_import.file_name) == (ImportState.WAITING, "march.csv")
    with usage_import.file.open("rb") as kept:
        assert kept.read() == TWO_HOURS.encode()
    found = claimed()
    assert (found, found.state) == (usage_import, ImportState.READING)
    assert claim_next_import(now=timezone.now()) is None
    done = carry_out_import(usage_import=found, now=NOW, on_progress=lambda _done: None)
    assert (done.state, done.format, done.remark) == (ImportState.DONE, "csv", "")
    assert done.outcome == "2 new, 0 changed, 0 same, 0 rejected, 0 kept aside"
    assert done.finished_at is not None
    assert UsageRecord.objects.filter(usage_import=done).count() == 2
    assert UsageDay.objects.get().requests == 200


def test_the_same_file_again_changes_nothing_and_says_so(engineer):
    first = carried_out(engineer)
    again = carried_out(engineer)
    assert again != first
    assert again.outcome == "0 new, 0 changed, 2 same, 0 rejected, 0 kept aside"
    assert again.remark == f"This file was imported before, on {timezone.localdate(first.created_at)}."


def test_two_presses_are_one_import(engineer):
    first = begun(engineer)
    assert begun(engineer) == first
    other = begun(engineer, service=service("docs"))
    assert other != first
    assert begun(make_user("Another", Role.INFRASTRUCTURE)) not in {first, other}


@pytest.mark.parametrize("content", [b"", b"x" * (LARGEST_UPLOAD + 1)])
def test_an_upload_that_is_empty_or_too_large_is_refused(engineer, content):
    with pytest.raises(InKindError):
        begun(engineer, content)
    assert not UsageImport.objects.exists()


def test_rows_are_rejected_and_kept_aside_with_their_lines(engineer):
    content = own_csv(
        own_line(),
        own_line("2024-03-01T14:30:00Z"),
        own_line(service="mirror"),
        own_line("2024-03-01T15:00:00Z", requests=-1),
    )
    done = carried_out(engineer, content)
    assert done.outcome == "1 new, 0 changed, 0 same, 2 rejected, 1 kept aside"
    assert list(UsageReject.objects.values_list("line", flat=True)) == [3, 5]
    assert UsageAside.objects.get().line == 4


def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_written(engineer):
    done = carried_out(
        engineer, own_csv(*[own_line(f"2024-03-01T{n:02}:00:00Z") for n in range(24)], "files,2")
    )
    assert done.state == ImportState.REFUSED
    assert done.remark.startswith("Line 26 has 2 cells")
    assert not UsageRecord.objects.exists()
    assert not UsageDay.objects.exists()


def test_a_long_sentence_is_shortened(engineer):
    usage_import = begun(engineer)
    claim_next_import(now=timezone.now())
    give_up_import(usage_import=usage_import, sentence="x" * 600)
    usage_import.refresh_from_db()
    assert (len(usage_import.remark), usage_import.remark[-1]) == (500, "…")


def test_a_file_without_rows_says_so(engineer):
    done = carried_out(engineer, json.dumps(fastly([])))
    assert (done.state, done.row_count, done.remark) == (ImportState.DONE, 0, NO_ROWS)


def test_the_service_given_is_whose_the_rows_are(engineer):
    content = packed(json.dumps(fastly([fastly_row(service_id="absent")])))
    done = carried_out(engineer, content, service=service())
    assert (done.new_count, done.file.name[-3:]) == (1, ".gz")


# Workers that die, or meet -----------------------------------------------------------------------


def test_an_import_whose_worker_died_is_taken_again_and_given_up_after_three_times(engineer):
    usage_import = begun(engineer)
    now = timezone.now()
    for _attempt in range(MAX_ATTEMPTS):
        assert claimed(now).state == ImportState.READING
        assert claim_next_import(now=now + LEASE) is None
        now += LEASE + timedelta(seconds=1)
    given_up = claimed(now)
    assert (given_up, given_up.state, given_up.remark) == (usage_import, ImportState.FAILED, WORN_OUT)
    assert claim_next_import(now=now + LEASE * 2) is None


def test_a_file_that_was_read_where_it_lay_is_given_up_at_once(engineer):
    usage_import = begun(engineer, keep=False)
    assert (usage_import.state, bool(usage_import.file)) == (ImportState.READING, False)
    assert claim_next_import(now=timezone.now()) is None
    given_up = claimed(timezone.now() + LEASE * 2)
    assert (given_up, given_up.state, given_up.remark) == (usage_import, ImportState.FAILED, CUT_SHORT)


def test_a_file_that_is_gone_fails(engineer):
    usage_import = begun(engineer)
    default_storage.delete(usage_import.file.name)
    done = carry_out_import(usage_import=claimed(), now=NOW, on_progress=lambda _done: None)
    assert (done.state, done.remark) == (ImportState.FAILED, LOST)


def test_what_is_over_stays_as_it_is(engineer):
    done = carried_out(engineer)
    again = carry_out_import(usage_import=done, now=NOW, on_progress=lambda _done: None)
    assert again.outcome == done.outcome
    give_up_import(usage_import=done)
    refused = carry_out_import(
        usage_import=done, now=NOW, on_progress=lambda _done: None, file=io.BytesIO(b"nonsense")
    )
    assert refused.state == ImportState.DONE


def test_a_refusal_that_comes_too_late_is_dropped(engineer, monkeypatch):
    usage_import = begun(engineer)
    claim_next_import(now=timezone.now())

    def quicker(**_given):
        give_up_import(usage_import=usage_import)
        raise InKindError("Too late.")

    monkeypatch.setattr("sponsors.inkind.services.imports._read", lambda *_given: quicker())
    done = carry_out_import(usage_import=usage_import, now=NOW, on_progress=lambda _done: None)
    assert (done.state, done.remark) == (ImportState.FAILED, BROKEN)


# The task ----------------------------------------------------------------------------------------


def test_the_task_works_on_what_waits(engineer):
    first, second = begun(engineer), begun(engineer, own_csv(own_line("2024-03-02T15:00:00Z")))
    assert tasks.work_on_usage_imports() == "2 imports of usage worked on"
    for usage_import in (first, second):
        usage_import.refresh_from_db()
        assert usage_import.state == ImportState.DONE
    UsageProgress.objects.filter(usage_import=first).update(attempts=0)
    assert tasks.work_on_usage_imports() == "0 imports of usage worked on"


def test_the_task_gives_up_what_is_worn_out(engineer):
    usage_import = begun(engineer)
    UsageProgress.objects.update(attempts=MAX_ATTEMPTS)
    tasks.work_on_usage_imports()
    usage_import.refresh_from_db()
    assert usage_import.state == ImportState.FAILED


@pytest.mark.parametrize("met", [IntegrityError("met"), OperationalError("waited")])
def test_an_import_that_met_another_writer_is_taken_again(engineer, monkeypatch, met):
    if isinstance(met, OperationalError):
        met.__cause__ = LockNotAvailable()
    usage_import = begun(engineer)

    def refuse(**_given):
        raise met

    monkeypatch.setattr(tasks, "carry_out_import", refuse)
    tasks.work_on_usage_imports()
    usage_import.refresh_from_db()
    assert (usage_import.state, usage_import.remark) == (ImportState.FAILED, WORN_OUT)


def test_a_fault_of_ours_is_told_and_raised(engineer, monkeypatch):
    usage_import = begun(engineer)

    def fail(**_given):
        raise ZeroDivisionError

    monkeypatch.setattr(tasks, "carry_out_import", fail)
    with pytest.raises(ZeroDivisionError):
        tasks.work_on_usage_imports()
    usage_import.refresh_from_db()
    assert (usage_import.state, usage_import.remark) == (ImportState.FAILED, BROKEN)


def test_no_import_is_begun_when_the_time_is_over(engineer, monkeypatch):
    begun(engineer)
    monkeypatch.setattr(tasks, "LONGEST_RUN_SECONDS", 0)
    assert tasks.work_on_usage_imports() == "0 imports of usage worked on"


def test_an_upload_wakes_a_worker(engineer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        usage_import = begun(engineer)
    usage_import.refresh_from_db()
    assert usage_import.state == ImportState.DONE


@pytest.mark.parametrize("problem", [BrokerError("away"), OSError("full")])
def test_without_a_broker_the_beat_finds_the_import(monkeypatch, problem):
    def refuse(**_given):
        raise problem

    monkeypatch.setattr(tasks.work_on_usage_imports, "apply_async", refuse)
    tasks.wake_import_worker()


def test_files_are_cleared_after_a_month(engineer):
    done, waiting = carried_out(engineer), begun(engineer, own_csv(own_line("2024-04-01T00:00:00Z")))
    name = done.file.name
    assert clear_old_usage_files(actor=None, now=timezone.now()) == 0
    later = timezone.now() + FILES_ARE_KEPT + timedelta(days=1)
    with transaction.atomic():
        assert clear_old_usage_files(actor=None, now=later) == 1
    done.refresh_from_db()
    waiting.refresh_from_db()
    assert (done.file.name, done.new_count, bool(waiting.file)) == ("", 2, True)
    assert default_storage.exists(name)  # until the transaction of the test commits, which it never does
    assert tasks.clear_old_files() == "0 files of usage cleared"


# At once, by a program ---------------------------------------------------------------------------


def test_what_a_program_sends_is_read_at_once(engineer):
    content = TWO_HOURS.encode()
    done = take_usage(
        actor=engineer, file=io.BytesIO(content), file_name="call", size=len(content), service=None, now=NOW
    )
    assert (done.state, done.new_count, done.source, bool(done.file)) == ("done", 2, "api", False)
    assert done.progress.done == len(content)


@pytest.mark.parametrize("content", [b"", b"[1]"])
def test_what_cannot_be_read_leaves_nothing(engineer, content):
    with pytest.raises(InKindError):
        take_usage(
            actor=engineer, file=io.BytesIO(content), file_name="", size=len(content), service=None, now=NOW
        )
    assert not UsageImport.objects.exists()
