"""Exports of the lists: columns, formats, harmless cells, and exports kept for later."""

import csv
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.exports.models import ExportRun, SavedExport
from sponsors.commitments.tests.factories import received, signed_commitment
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db

EXPORT = "/admin/sponsors/commitment/export/"
COLUMNS = ["number", "sponsor", "cash", "received", "starts_on"]


def download(client, url=EXPORT, columns=COLUMNS, file_format="csv", **more):
    return client.post(url, {"columns": columns, "file_format": file_format, "download": "", **more})


def read(response):
    return list(csv.reader(io.StringIO(response.content.decode())))


def test_the_chosen_columns_of_the_filtered_rows_are_written(signed_in, auditor):
    commitment = signed_commitment(SponsorFactory(name="Quillfeather"), years=1)
    signed_commitment(currency="EUR", years=1)
    received(commitment.sponsor, 100)
    response = download(signed_in(auditor), f"{EXPORT}?currency=USD")
    header, row = read(response)
    assert header == ["Number", "Sponsor", "First day", "Cash promised", "Received"]
    assert row == [commitment.number, "Quillfeather", "2024-01-01", "60000.00", "100.00"]
    assert 'filename="commitments-' in response["Content-Disposition"]
    run = ExportRun.objects.get()
    assert (run.exported_by, run.row_count, run.query) == (auditor, 1, "currency=USD")


def test_cells_that_look_like_formulas_are_made_harmless(signed_in, auditor):
    signed_commitment(SponsorFactory(name="=HYPERLINK(1)"), years=1)
    assert read(download(signed_in(auditor)))[1][1] == "'=HYPERLINK(1)"
    book = openpyxl.load_workbook(io.BytesIO(download(signed_in(auditor), file_format="xlsx").content))
    cell = book.worksheets[0]["B2"]
    assert (cell.value, cell.data_type) == ("'=HYPERLINK(1)", "s")


@pytest.mark.parametrize("name", ["commitment", "installment", "receipt"])
def test_every_list_is_exported_at_the_same_cost_for_any_number_of_rows(signed_in, auditor, name):
    client = signed_in(auditor)
    url = f"/admin/sponsors/{name}/export/"
    columns = [key for key, _label in client.get(url).context["form"].fields["columns"].choices]

    def cost():
        with CaptureQueriesContext(connection) as queries:
            response = download(client, url, columns)
        return len(queries), len(read(response))

    received(signed_commitment(years=1).sponsor, 10)
    cost()
    few, rows = cost()
    for _number in range(5):
        received(signed_commitment(years=2).sponsor, 10)
    many, more_rows = cost()
    assert many == few
    assert more_rows > rows


def test_an_export_without_columns_is_refused(signed_in, auditor):
    response = download(signed_in(auditor), columns=[])
    assert response.context["form"].errors["columns"]
    assert not ExportRun.objects.exists()


def test_too_many_rows_are_refused_with_what_to_do(signed_in, auditor, monkeypatch):
    from foundation.exports import pages

    monkeypatch.setattr(pages, "MOST_ROWS", 1)
    signed_commitment(years=1)
    signed_commitment(years=1)
    assert "Filter the list first." in download(signed_in(auditor)).content.decode()


def test_a_kept_export_gives_the_rows_of_its_day(signed_in, fundraiser):
    client = signed_in(fundraiser)
    signed_commitment(years=1)
    form = {"columns": ["number"], "file_format": "csv", "keep": "", "name": "Dollars", "is_shared": "on"}
    response = client.post(f"{EXPORT}?currency=USD", form)
    kept = SavedExport.objects.get()
    assert response.url == f"/admin/foundation/savedexport/{kept.pk}/change/"
    content = client.get(response.url).content.decode()
    assert "Download the rows of today" in content
    assert "Currency: US Dollar" in content or "Currency: USD" in content
    assert "currency=USD" not in content
    assert "Number" in content
    run = f"/admin/foundation/savedexport/{kept.pk}/run/"
    assert len(read(client.post(run))) == 2
    signed_commitment(years=1)
    signed_commitment(years=1, currency="EUR")
    assert len(read(client.post(run))) == 3
    assert client.get(run).status_code == 405


def test_the_same_name_twice_is_said_on_the_form(signed_in, fundraiser):
    client = signed_in(fundraiser)
    form = {"columns": ["number"], "file_format": "csv", "keep": "", "name": "Dollars"}
    client.post(EXPORT, form)
    assert "already" in str(client.post(EXPORT, form).context["form"].errors["name"])


def test_filters_that_no_longer_exist_are_explained(signed_in, fundraiser):
    client = signed_in(fundraiser)
    client.post(
        EXPORT, {"columns": ["number"], "file_format": "csv", "keep": "", "name": "Old", "is_shared": "on"}
    )
    SavedExport.objects.update(query="gone__exact=1")
    page = f"/admin/foundation/savedexport/{SavedExport.objects.get().pk}/change/"
    assert "filters that no longer exist" in client.get(page).content.decode()
    response = client.post(f"/admin/foundation/savedexport/{SavedExport.objects.get().pk}/run/", follow=True)
    assert "no longer exist" in response.content.decode()


def test_an_auditor_downloads_and_keeps_nothing(signed_in, auditor):
    signed_commitment(years=1)
    page = signed_in(auditor).get(EXPORT).content.decode()
    assert "Save this export" not in page
    form = {"columns": ["number"], "file_format": "csv", "keep": "", "name": "Mine"}
    signed_in(auditor).post(EXPORT, form)
    assert not SavedExport.objects.exists()


def test_an_export_needs_the_right_to_see_the_list(signed_in, infrastructure):
    assert download(signed_in(infrastructure), "/admin/sponsors/receipt/export/").status_code == 403


def test_owners_share_and_remove_their_exports(signed_in, fundraiser, finance):
    client = signed_in(fundraiser)
    client.post(EXPORT, {"columns": ["number"], "file_format": "csv", "keep": "", "name": "Mine"})
    kept = SavedExport.objects.get()
    page = f"/admin/foundation/savedexport/{kept.pk}/"
    assert signed_in(finance).get(f"{page}change/").status_code == 302
    client.post(f"{page}do/share/", {"is_shared": "on"})
    shared = signed_in(finance).get(f"{page}change/")
    assert shared.status_code == 200
    assert shared.context["object_actions"] == []
    response = signed_in(finance).post(f"{page}do/forget/", {})
    assert "Only its owner" in response.content.decode()
    assert client.post(f"{page}do/forget/", {}).url == "/admin/foundation/savedexport/"
    assert not SavedExport.objects.exists()


def test_an_export_is_told_in_the_words_of_its_list(signed_in, fundraiser):
    sponsor = signed_commitment(years=1).sponsor
    client = signed_in(fundraiser)
    form = {"columns": ["number"], "file_format": "csv", "keep": "", "name": "One"}
    response = client.post(f"{EXPORT}?q=C-2&sponsor__id__exact={sponsor.pk}", form)
    content = client.get(response.url).content.decode()
    assert "Search: C-2" in content
    assert f"Sponsor: {sponsor.name}" in content
    assert "sponsor__id__exact" not in content
