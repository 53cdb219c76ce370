"""The pages of exchange rates."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.money.models import ExchangeRate, RatesImport

pytestmark = pytest.mark.django_db
IMPORTS = "/admin/foundation/ratesimport/"
FILE = b"Date,USD,JPY,\n2026-02-27,1.0812,162.55,\n"


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def upload(client, content=FILE, **fields):
    file = SimpleUploadedFile("eurofxref-hist.csv", content, content_type="text/csv")
    return client.post(f"{IMPORTS}add/", {"file": file, **fields}, follow=True)


def test_finance_imports_rates_and_sees_them(signed_in, finance):
    client = signed_in(finance)
    assert "2 rates added, 0 replaced, 0 were held already." in text(upload(client))
    assert RatesImport.objects.get().imported_by == finance
    listed = text(client.get("/admin/foundation/exchangerate/?currency=USD"))
    assert "1.0812" in listed
    assert "162.55" not in listed
    assert "eurofxref-hist.csv" in text(client.get(f"{IMPORTS}{RatesImport.objects.get().pk}/change/"))


def test_refusal_is_shown_at_the_file_and_nothing_is_written(signed_in, finance):
    client = signed_in(finance)
    shown = text(upload(client, b"Date,USD\n2026-02-27,0\n"))
    assert "Line 2 gives “0” for USD" in shown
    assert "The file is empty" not in shown
    assert not ExchangeRate.objects.exists()


def test_held_rate_is_replaced_only_for_a_reason(signed_in, finance):
    client = signed_in(finance)
    upload(client)
    other = FILE.replace(b"1.0812", b"1.0999")
    assert "1.0812 is held, the file says 1.0999" in text(upload(client, other))
    assert "1 replaced" in text(upload(client, other, replace_because="The bank corrected it."))


def test_the_filter_of_currencies_reads_no_rates(signed_in, finance):
    client = signed_in(finance)
    upload(client)
    with CaptureQueriesContext(connection) as queries:
        listed = text(client.get("/admin/foundation/exchangerate/"))
    assert 'value="CHF"' in listed  # offered without a rate
    assert not [
        query["sql"] for query in queries if 'DISTINCT "foundation_exchangerate"."currency"' in query["sql"]
    ]


def test_huge_file_is_refused(signed_in, finance, monkeypatch):
    monkeypatch.setattr("foundation.money.admin.LARGEST_FILE", 10)
    assert "MB" in text(upload(signed_in(finance)))


def test_command_takes_in_a_file_once(tmp_path, capsys):
    path = tmp_path / "rates.csv"
    path.write_bytes(FILE)
    call_command("import_exchange_rates", str(path))
    call_command("import_exchange_rates", str(path))
    assert capsys.readouterr().out.splitlines() == [
        "2 rates added, 0 replaced, 0 were held already. The last day is 2026-02-27.",
        "0 rates added, 0 replaced, 2 were held already. The last day is 2026-02-27.",
    ]


def test_command_says_what_is_wrong(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_exchange_rates", str(tmp_path / "none.csv"))
    path = tmp_path / "rates.csv"
    path.write_bytes(FILE)
    with pytest.raises(CommandError, match="The reason has 301 characters and at most 300 fit"):
        call_command("import_exchange_rates", str(path), replace_because="a" * 301)
    path.write_bytes(b"Day,USD\n")
    with pytest.raises(CommandError, match="Line 1 must name the columns"):
        call_command("import_exchange_rates", str(path))
