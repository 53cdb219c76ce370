"""Who may keep, share and remove exports."""

import pytest

from foundation.exports.models import ExportRun, SavedExport
from foundation.exports.services import ExportError, forget_export, keep_export, record_run, share_export

pytestmark = pytest.mark.django_db


def keep(actor, **changes):
    selection = {
        "name": "Funds",
        "list_label": "foundation.fund",
        "query": "q=a",
        "columns": ["code"],
        "file_format": "csv",
    }
    return keep_export(actor=actor, **{**selection, **changes})


def test_an_export_is_kept_under_its_name(finance):
    kept = keep(finance, name="  Funds ")
    assert (kept.name, kept.owner, kept.columns, kept.is_shared) == ("Funds", finance, ["code"], False)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": " "}, "name"), ({"columns": []}, "columns"), ({"list_label": "foundation.jobrun"}, None)],
)
def test_what_cannot_be_kept_is_refused(finance, changes, field):
    with pytest.raises(ExportError) as refused:
        keep(finance, **changes)
    assert refused.value.field == field


def test_a_name_is_used_once_by_one_person(finance, fundraiser):
    keep(finance)
    keep(fundraiser)
    with pytest.raises(ExportError, match="already"):
        keep(finance)


def test_others_see_only_what_is_shared_and_of_lists_they_may_see(finance, fundraiser, outsider):
    kept = keep(finance)
    assert not SavedExport.objects.visible_to(fundraiser).exists()
    share_export(actor=finance, export=kept, is_shared=True)
    assert list(SavedExport.objects.visible_to(fundraiser)) == [kept]
    assert not SavedExport.objects.visible_to(outsider).exists()


def test_a_list_one_may_no_longer_see_hides_its_exports(finance, infrastructure):
    keep(finance, list_label="sponsors.receipt", is_shared=True)
    assert not SavedExport.objects.visible_to(infrastructure).exists()


def test_only_the_owner_shares_and_removes(finance, fundraiser):
    kept = keep(finance, is_shared=True)
    with pytest.raises(ExportError, match="Only its owner"):
        share_export(actor=fundraiser, export=kept, is_shared=False)
    with pytest.raises(ExportError, match="Only its owner"):
        forget_export(actor=fundraiser, export=kept)
    forget_export(actor=finance, export=kept)
    assert not SavedExport.objects.exists()


def test_every_file_taken_out_is_recorded(finance, infrastructure, auditor):
    def take_out(actor):
        record_run(
            actor=actor,
            list_label="sponsors.receipt",
            query="",
            columns=["amount"],
            file_format="xlsx",
            row_count=3,
        )

    take_out(finance)
    assert ExportRun.objects.visible_to(auditor).get().exported_by == finance
    assert not ExportRun.objects.visible_to(infrastructure).exists()
    with pytest.raises(ExportError, match="may not see"):
        take_out(infrastructure)
