"""Keeping exports under a name, and recording every file that is taken out."""

from collections.abc import Sequence

from foundation.audit.actions import action
from foundation.errors import RuleViolation
from foundation.exports.models import ExportRun, FileFormat, SavedExport
from foundation.exports.querysets import may_see_list
from foundation.people.models import User


class ExportError(RuleViolation):
    """The export is not possible as asked."""

    code = "export_invalid"


@action("saved_export.keep")
def keep_export(
    *,
    actor: User,
    name: str,
    list_label: str,
    query: str,
    columns: Sequence[str],
    file_format: str,
    is_shared: bool = False,
) -> SavedExport:
    """Keep an export of the actor's under a name. Raises ExportError naming the field."""
    name = name.strip()
    if not name:
        raise ExportError("The name is missing. Enter one to find the export by.", field="name")
    check_selection(actor, list_label, columns)
    # Two presses at once meet at the owner's row.
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    if SavedExport.objects.filter(owner=actor, name=name).exists():
        raise ExportError(f"You have an export named “{name}” already. Choose another name.", field="name")
    kept = SavedExport.objects.create(
        name=name,
        owner=actor,
        is_shared=is_shared,
        list_label=list_label,
        query=query,
        columns=list(columns),
        file_format=FileFormat(file_format),
    )
    kept.refresh_from_db()
    return kept


@action("saved_export.share")
def share_export(*, actor: User, export: SavedExport, is_shared: bool) -> SavedExport:
    """Let others run it, or no longer. Raises ExportError when it is somebody else's."""
    locked = _lock_own(actor, export)
    locked.is_shared = is_shared
    locked.save(update_fields=["is_shared"])
    locked.refresh_from_db()
    return locked


@action("saved_export.forget")
def forget_export(*, actor: User, export: SavedExport) -> None:
    """Remove it from the lists; what was exported with it stays recorded."""
    _lock_own(actor, export).delete()


@action("export.record")
def record_run(
    *, actor: User, list_label: str, query: str, columns: Sequence[str], file_format: str, row_count: int
) -> ExportRun:
    """Record that the actor takes a file out."""
    check_selection(actor, list_label, columns)
    return ExportRun.objects.create(
        exported_by=actor,
        list_label=list_label,
        query=query,
        columns=list(columns),
        file_format=FileFormat(file_format),
        row_count=row_count,
    )


def check_selection(actor: User, list_label: str, columns: Sequence[str]) -> None:
    """Raise ExportError unless the actor may see the list and at least one column is chosen."""
    if not may_see_list(actor, list_label):
        raise ExportError("You may not see this list. Ask an administrator for the role that may.")
    if not columns:
        raise ExportError("No column is chosen. Choose at least one.", field="columns")


def _lock_own(actor: User, export: SavedExport) -> SavedExport:
    locked = SavedExport.objects.select_for_update().get(pk=export.pk)
    if locked.owner_id != actor.pk:
        raise ExportError(f"“{locked.name}” is {locked.owner}'s. Only its owner changes it.")
    return locked
