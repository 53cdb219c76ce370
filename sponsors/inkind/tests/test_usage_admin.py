"""The pages of imports of usage and of what is kept aside."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.books.models import Organization
from sponsors.inkind.models import Region, ServiceKey, UsageAside, UsageImport, UsageProgress, UsageRecord
from sponsors.inkind.rules.imports import LARGEST_UPLOAD
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_files import fastly, fastly_row, own_csv, own_line

pytestmark = pytest.mark.django_db
IMPORTS, ASIDES = "/admin/sponsors/usageimport/", "/admin/sponsors/usageaside/"


@pytest.fixture
def client(signed_in, infrastructure):
    factories.service()
    factories.region()
    return signed_in(infrastructure)


def text(answer):
    return " ".join(answer.content.decode().split())


def upload(client, content, name="march.csv", **more):
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return client.post(f"{IMPORTS}add/", {"file": file, **more})


def test_a_file_is_uploaded_read_and_told_about(client, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        answer = upload(
            client, own_csv(own_line(), own_line("2024-03-01T15:30:00Z"), own_line(region="mars"))
        )
    usage_import = UsageImport.objects.get()
    assert answer.url == f"{IMPORTS}{usage_import.pk}/change/"
    waiting = text(client.get(answer.url))
    assert "Waiting to be read" in waiting
    assert 'data-import-state="waiting"' in waiting
    assert "of <span data-import-total>1</span> kB" in waiting
    told = client.get(f"{IMPORTS}{usage_import.pk}/progress/")
    assert told.json() == {"state": "waiting", "at_work": True, "done": 0, "total": 1}
    assert "no-store" in told["Cache-Control"]
    for callback in callbacks:
        callback()
    done = text(client.get(answer.url))
    assert "Rejected rows" in done
    assert "15:30" in done
    assert "1 row of services or regions that nobody knows is kept and not counted" in done
    assert "data-import-progress" not in done
    table = client.get(f"{IMPORTS}{usage_import.pk}/rejects.csv").getvalue().decode().splitlines()
    assert (len(table), table[0], table[1][:2]) == (2, "line,reason,excerpt", "3,")
    assert "march.csv" in text(client.get(IMPORTS))


def test_the_service_of_an_aggregate_is_chosen(client, django_capture_on_commit_callbacks):
    content = json.dumps(fastly([fastly_row(service_id="absent")]))
    with django_capture_on_commit_callbacks(execute=True):
        upload(client, content, service=factories.service().pk)
    assert UsageRecord.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        refused = upload(client, content, name="again.json")
    assert "Choose the service with the file" in text(client.get(refused.url))


def test_the_upload_page_explains_the_columns(client):
    page = text(client.get(f"{IMPORTS}add/"))
    assert "Columns of Bursar" in page
    assert "<code>delivered_bytes</code>" in page
    template = client.get(f"{IMPORTS}template.csv")
    assert template.content.startswith(b"service,start,granularity,region")


def test_a_file_that_is_too_large_is_refused_on_the_form(client):
    page = text(upload(client, b"x" * (LARGEST_UPLOAD + 1)))
    assert "manage.py import_usage" in page
    assert not UsageImport.objects.exists()


def test_who_may_only_look_has_neither_template_nor_upload(signed_in, finance, grants_officer):
    usage_import = factories.usage_import(service=factories.service())
    client = signed_in(finance)
    assert "Import another file" not in text(client.get(f"{IMPORTS}{usage_import.pk}/change/"))
    assert client.get(f"{IMPORTS}template.csv").status_code == 403
    assert client.get(f"{IMPORTS}{usage_import.pk}/progress/").status_code == 200
    outside = signed_in(grants_officer)
    for rest in ("progress/", "rejects.csv"):
        assert outside.get(f"{IMPORTS}{usage_import.pk}/{rest}").status_code == 403


def test_an_import_by_nobody_and_without_progress_is_shown(client):
    usage_import = factories.usage_import(imported_by=None)
    UsageProgress.objects.all().delete()
    assert "Bursar itself" in text(client.get(f"{IMPORTS}{usage_import.pk}/change/"))
    sent = {"columns": ["file_name", "imported_by", "state"], "file_format": "csv", "download": ""}
    exported = client.post(f"{IMPORTS}export/", sent).content.decode().splitlines()
    assert exported == ["File,State,Imported by", "march.csv,done,"]


def test_large_counts_are_told_with_separators(client):
    factories.usage_import(row_count=672_600, new_count=672_600, size=3_434_174)
    assert "672,600" in text(client.get(IMPORTS))
    usage_import = factories.usage_import(size=3_434_174)
    assert "3.43 MB" in text(client.get(f"{IMPORTS}{usage_import.pk}/change/"))


def test_hours_are_those_of_utc_wherever_the_foundation_is(client):
    Organization.objects.create(pk=1, name="Kanto", time_zone="Asia/Tokyo")
    begins = datetime(2024, 3, 1, 14, tzinfo=UTC)
    usage_import = factories.usage_import(first_at=begins, last_before=begins + timedelta(hours=1))
    told = text(client.get(f"{IMPORTS}{usage_import.pk}/change/"))
    assert "2024-03-01 14:00 UTC" in told
    assert "2024-03-01 15:00 UTC" in told
    sent = {"columns": ["first_at", "last_before"], "file_format": "csv", "download": ""}
    exported = client.post(f"{IMPORTS}export/", sent).content.decode().splitlines()
    assert exported == ["From (UTC),Until (UTC)", "2024-03-01 14:00,2024-03-01 15:00"]
    page = text(client.get(f"{ASIDES}{factories.aside('mirror', 'mars').pk}/change/"))
    assert "23:00" not in page


def test_many_rejected_rows_have_pages(client):
    usage_import = factories.usage_import()
    for line in range(120):
        factories.reject(usage_import, line)
    page = text(client.get(f"{IMPORTS}{usage_import.pk}/change/?page=2"))
    assert '<span aria-current="page" class="font-semibold">2</span>' in page


def test_what_is_kept_aside_is_assigned(client):
    factories.aside("mirror", "mars")
    aside = factories.aside("mirror", "mars", billable_bytes=None)
    assert text(client.get(ASIDES)).count(">mirror<") == 1
    first = UsageAside.objects.order_by("pk").first()
    assert first is not None
    page = text(client.get(f"{ASIDES}{first.pk}/change/"))
    assert page.count("2024-03-01 14:00") >= 2
    assert client.get(f"{ASIDES}{aside.pk}/change/").status_code == 302  # one row stands for both
    address = f"{ASIDES}{first.pk}/do/assign/"
    form = text(client.get(address))
    assert 'name="service"' in form
    assert "is new. Enter how people read it" in text(
        client.post(address, {"service": factories.service().pk})
    )
    done = client.post(address, {"service": factories.service().pk, "region_label": "Mars"}, follow=True)
    assert "1 row counts now." in text(done) or "2 rows count now." in text(done)
    assert (ServiceKey.objects.get().external_id, Region.objects.get(name="mars").label) == ("mirror", "Mars")
    assert not UsageAside.objects.exists()


def test_only_what_is_not_known_is_asked_for(client):
    aside = factories.aside("files", "mars", problem="unknown_region")
    page = text(client.get(f"{ASIDES}{aside.pk}/change/"))
    assert "The service is Files; its region mars is new." in page
    form = text(client.get(f"{ASIDES}{aside.pk}/do/assign/"))
    assert 'name="service"' not in form
    assert 'name="region_label"' in form
    factories.region("mars")
    assert "Both names are known by now" in text(client.get(f"{ASIDES}{aside.pk}/change/"))
    form = text(client.get(f"{ASIDES}{aside.pk}/do/assign/"))
    assert 'name="region_label"' not in form
    assert "1 row counts now." in text(client.post(f"{ASIDES}{aside.pk}/do/assign/", {}, follow=True))
    aside = factories.aside("mirror", "mars")
    form = text(client.get(f"{ASIDES}{aside.pk}/do/assign/"))
    assert 'name="service"' in form
    assert 'name="region_label"' not in form
