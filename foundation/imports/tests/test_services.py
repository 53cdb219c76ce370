from datetime import timedelta

import pghistory
import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from foundation.books.models import Fund
from foundation.errors import Conflict
from foundation.imports import kinds, services
from foundation.imports.kinds import ADD, ImportKind, Plan, Step
from foundation.imports.models import ImportProgress, ImportRun
from foundation.imports.rules import (
    FILES_ARE_KEPT,
    LARGEST_FILE,
    LEASE,
    MAX_ATTEMPTS,
    Column,
    Fault,
    ImportRefused,
    RunState,
)
from foundation.imports.services.work import BROKEN, LOST, WORN_OUT
from foundation.imports.tasks import clear_old_imports, wake_worker, work_on_imports
from foundation.imports.tests.factories import upload as upload_of
from foundation.imports.tests.factories import worked_on
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user

FILE = b"code\ncdn\n"


class FundPlan(Plan):
    """Adds funds; a code that exists is a fault."""

    def __init__(self, rows):
        there = set(Fund.objects.values_list("code", flat=True))
        self.rows = rows
        super().__init__(
            steps=[Step(row.line, ADD, row.values["code"]) for row in rows],
            faults=[
                Fault(row.line, "code", "There is such a fund.", row.values["code"])
                for row in rows
                if row.values["code"] in there
            ],
        )

    def write(self, *, actor, today, tell):
        for done, row in enumerate(self.rows, start=1):
            Fund.objects.create(code=row.values["code"], name=row.values["code"])
            tell(done)


@pytest.fixture
def kind(monkeypatch):
    kind = ImportKind(
        name="funds",
        label="Funds",
        noun="fund",
        permission="foundation.add_fund",
        sees=("foundation.view_fund",),
        read_scopes=(),
        write_scopes=(),
        action="fund.import",
        columns=(Column("code", "The code.", required=True),),
        plan=lambda rows, today, tell: FundPlan(rows),
    )
    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    kinds.register(kind)
    return kind


@pytest.fixture
def treasurer(db, kind):
    """Somebody who may import funds."""
    return make_user("Tess Treasurer", Role.FINANCE, Role.FUNDRAISING)


@pytest.fixture
def upload(treasurer, kind):
    return lambda content=FILE, name="funds.csv": upload_of(treasurer, content, name, kind)


def test_a_file_is_kept_and_waits_for_a_worker(upload, treasurer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        run = upload(name="C:\\files\\funds\n.csv")
    assert (run.state, run.file_name, run.uploaded_by) == (RunState.UPLOADED, "funds.csv", treasurer)
    with run.file.open("rb") as file:
        assert file.read() == FILE
    assert len(callbacks) == 1
    callbacks[0]()
    run.refresh_from_db()
    assert run.state == RunState.CHECKED


def test_the_same_file_again_is_the_same_import_until_that_is_over(upload, treasurer):
    run = upload()
    assert upload() == run
    services.discard_import(actor=treasurer, run=run)
    assert upload() != run


def test_the_database_keeps_one_open_import_a_file_and_person(upload):
    run = upload()
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportRun.objects.create(kind=run.kind, sha256=run.sha256, uploaded_by=run.uploaded_by, file_name="a")


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "file_empty"), (b"x" * (LARGEST_FILE + 1), "file_too_large")]
)
def test_a_file_of_a_wrong_size_is_not_kept(upload, content, code):
    with pytest.raises(ImportRefused) as refused:
        upload(content)
    assert (refused.value.code, refused.value.field) == (code, "file")
    assert not ImportRun.objects.exists()


def test_only_who_may_import_uploads_applies_and_discards(upload, fundraiser, kind):
    with pytest.raises(ImportRefused, match="You may not import funds"):
        upload_of(fundraiser, FILE, "a.csv", kind)
    run = worked_on(upload())
    for decide in (services.apply_import, services.discard_import):
        with pytest.raises(ImportRefused, match="You may not import funds"):
            decide(actor=fundraiser, run=run)


def test_an_import_is_seen_by_who_may_see_what_it_is_of(upload, treasurer, infrastructure, auditor):
    run = upload()
    for person, sees in ((treasurer, True), (auditor, True), (infrastructure, False)):
        assert ImportRun.objects.visible_to(person).filter(pk=run.pk).exists() is sees


def test_a_checked_file_is_applied_once(upload, treasurer):
    run = worked_on(upload())
    assert (run.state, run.row_count, run.new_count) == (RunState.CHECKED, 1, 1)
    assert not Fund.objects.filter(code="cdn").exists()
    run = worked_on(services.apply_import(actor=treasurer, run=run))
    assert (run.state, run.applied_by) == (RunState.APPLIED, treasurer)
    fund = Fund.objects.get(code="cdn")
    event = pghistory.models.Events.objects.tracks(fund).get()
    assert (event.pgh_context["action"], event.pgh_context["actor"]) == ("fund.import", treasurer.pk)
    with pytest.raises(Conflict):
        services.apply_import(actor=treasurer, run=run)


def test_a_faulty_file_writes_nothing_and_tells_line_column_and_value(upload, treasurer):
    Fund.objects.create(code="cdn", name="CDN")
    run = worked_on(upload(b"code\nnew\ncdn\n"))
    assert (run.state, run.fault_count, run.faulty_count) == (RunState.FAULTY, 1, 1)
    fault = run.faults.get()
    assert (fault.line, fault.column, fault.value) == (3, "code", "cdn")
    assert str(fault) == "Line 3: There is such a fund."
    with pytest.raises(Conflict, match="this one is faulty"):
        services.apply_import(actor=treasurer, run=run)


def test_a_file_that_is_no_table_is_a_fault_of_the_first_line(upload):
    run = worked_on(upload(b"code\nc\x00dn\n"))
    fault = run.faults.get()
    assert (run.state, fault.line) == (RunState.FAULTY, 1)
    assert "binary data" in fault.sentence


def test_a_file_that_excel_saved_as_plain_csv_is_a_fault_of_its_line(upload):
    fault = worked_on(upload("code\ncdn\ncafé\n".encode("cp1252"))).faults.get()
    assert fault.line == 3
    assert "CSV UTF-8" in fault.sentence


def test_what_was_discarded_while_it_was_checked_stays_so(upload, treasurer, monkeypatch, kind):
    run = upload()
    planned = FundPlan([])

    def plan(rows, today, tell):
        services.discard_import(actor=treasurer, run=run)
        return planned

    kinds.register(ImportKind(**{name: getattr(kind, name) for name in kind.__slots__} | {"plan": plan}))
    assert worked_on(run).state == RunState.DISCARDED


def test_an_import_whose_file_is_gone_fails_with_a_sentence(upload):
    run = upload()
    default_storage.delete(run.file.name)
    run = worked_on(run)
    assert (run.state, run.remark) == (RunState.FAILED, LOST)
    services.give_up(run=run)
    run.refresh_from_db()
    assert run.remark == LOST


def test_an_error_of_ours_is_told_and_not_swallowed(upload, treasurer, monkeypatch):
    run = worked_on(upload())
    monkeypatch.setattr(FundPlan, "write", lambda plan, **given: 1 / 0)
    services.apply_import(actor=treasurer, run=run)
    with pytest.raises(ZeroDivisionError):
        work_on_imports()
    run.refresh_from_db()
    assert (run.state, run.remark) == (RunState.FAILED, BROKEN)


def meet_another_writer(monkeypatch, times):
    """Let somebody add the fund between the plan and its writing, as often as said."""
    write = FundPlan.write
    met: list[Fund] = []

    def meet(plan, **given):
        if len(met) < times:
            met.append(Fund.objects.create(code="cdn", name="CDN"))
        write(plan, **given)

    monkeypatch.setattr(FundPlan, "write", meet)


@pytest.mark.parametrize("lost", ["role", "account"])
def test_who_may_no_longer_import_writes_nothing(upload, treasurer, lost):
    """The permission is asked when the import is confirmed and again when a worker writes it."""
    run = services.apply_import(actor=treasurer, run=worked_on(upload()))
    if lost == "role":
        treasurer.groups.clear()
    else:
        User.objects.filter(pk=treasurer.pk).update(is_active=False)
    run = worked_on(run)
    assert (run.state, Fund.objects.filter(code="cdn").exists()) == (RunState.FAILED, False)
    assert run.remark == (
        "Nothing was imported. Tess Treasurer may no longer import funds. Ask somebody who may to upload the file again."
    )


def test_an_import_that_meets_another_writer_is_taken_again(upload, treasurer, monkeypatch):
    run = worked_on(upload())
    meet_another_writer(monkeypatch, times=1)
    run = worked_on(services.apply_import(actor=treasurer, run=run))
    assert (run.state, run.progress.attempts) == (RunState.APPLIED, 2)
    assert Fund.objects.filter(code="cdn").count() == 1


def test_an_import_that_meets_another_writer_each_time_is_given_up(upload, treasurer, monkeypatch):
    run = worked_on(upload())
    meet_another_writer(monkeypatch, times=MAX_ATTEMPTS)
    run = worked_on(services.apply_import(actor=treasurer, run=run))
    assert (run.state, run.remark) == (RunState.FAILED, WORN_OUT)
    assert not Fund.objects.filter(code="cdn").exists()


def test_an_import_whose_worker_died_is_taken_again_and_at_last_given_up(upload):
    run = upload()
    now = timezone.now()
    for attempt in range(MAX_ATTEMPTS):
        claimed = services.claim_next(now=now + attempt * 2 * LEASE)
        assert claimed is not None
        assert (claimed, claimed.state) == (run, RunState.CHECKING)
        assert services.claim_next(now=now + attempt * 2 * LEASE) is None
    last = services.claim_next(now=now + MAX_ATTEMPTS * 2 * LEASE)
    assert last is not None
    assert (last.state, last.remark) == (RunState.FAILED, WORN_OUT)


def test_an_import_that_is_given_up_when_claimed_is_not_worked_on(upload):
    run = upload()
    ImportProgress.objects.filter(run=run).update(attempts=MAX_ATTEMPTS)
    run = worked_on(run)
    assert (run.state, run.steps.count()) == (RunState.FAILED, 0)


def test_a_run_ends_in_time(upload, monkeypatch):
    upload()
    monkeypatch.setattr("foundation.imports.tasks.LONGEST_RUN_SECONDS", 0)
    assert work_on_imports() == "0 imports worked on"


def test_old_files_are_cleared_away_and_what_was_imported_stays(
    upload, treasurer, django_capture_on_commit_callbacks
):
    first = worked_on(services.apply_import(actor=treasurer, run=worked_on(upload())))
    second = worked_on(upload(b"code\nother\n"))
    young = upload(b"code\nyoung\n")
    long_ago = timezone.now() - FILES_ARE_KEPT - timedelta(days=1)
    ImportRun.objects.exclude(pk=young.pk).update(created_at=long_ago)
    name = str(first.file.name)
    with django_capture_on_commit_callbacks(execute=True):
        assert clear_old_imports() == "2 imports cleared"
    assert not default_storage.exists(name)
    for run, state in ((first, RunState.APPLIED), (second, RunState.DISCARDED)):
        run.refresh_from_db()
        assert (run.state, run.file.name, run.steps.count(), run.new_count) == (state, "", 0, 1)
    assert default_storage.exists(str(young.file.name))
    assert clear_old_imports() == "0 imports cleared"


def test_without_a_broker_the_beat_finds_the_import(monkeypatch):
    def no_broker(**_):
        raise OperationalError

    monkeypatch.setattr(work_on_imports, "apply_async", no_broker)
    wake_worker()


def test_a_kind_the_code_no_longer_has_is_seen_by_nobody(upload, administrator, monkeypatch):
    run = upload()
    assert (str(run), run.kind_label, str(run.progress)) == ("funds.csv", "Funds", "0 of 0")
    monkeypatch.setattr(kinds, "_KINDS", {})
    assert run.kind_label == "funds"
    assert not ImportRun.objects.visible_to(administrator).exists()


def test_the_database_refuses_an_applied_import_without_a_time(upload):
    run = upload()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE foundation_importrun SET state = 'applied' WHERE id = %s", [run.pk])
