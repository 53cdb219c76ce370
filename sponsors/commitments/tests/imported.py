"""Files of commitments, schedules and receipts for tests, checked and written as a worker does."""

from foundation.imports.kinds import kind_named
from foundation.imports.models import ImportRun
from foundation.imports.rules import RunState
from foundation.imports.tests.factories import applied, checked
from foundation.imports.tests.sheets import csv_file


def looked_at(actor, kind: str, *rows: dict[str, str]) -> ImportRun:
    return checked(actor, csv_file(*rows), f"{kind}.csv", kind_named(kind))


def brought_in(actor, kind: str, *rows: dict[str, str]) -> ImportRun:
    """Return the import of rows without a fault after it was written."""
    run = looked_at(actor, kind, *rows)
    assert not list(run.faults.all()), faults_of(run)
    return applied(actor, run)


def faults_of(run: ImportRun) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.column, fault.sentence) for fault in run.faults.all()]


def refused(actor, kind: str, *rows: dict[str, str]) -> dict[tuple[int, str], str]:
    """Return the sentence about each cell of rows that cannot be imported."""
    run = looked_at(actor, kind, *rows)
    assert run.state == RunState.FAULTY
    return {(line, column): sentence for line, column, sentence in faults_of(run)}
