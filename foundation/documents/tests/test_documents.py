"""Documents: rendered, kept as they were, handed out, attached to mail."""

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.documents.models import Document
from foundation.documents.rendering import Value, day_text, number_text, render_pdf
from foundation.documents.services import (
    DocumentDamaged,
    content_of,
    document_response,
    file_name,
    keep_document,
)
from foundation.documents.tests.pdf import pages_of, text_of
from foundation.uploads.pdf import check_pdf
from foundation.uploads.rules import UploadRefused

NOW = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
LAYOUT = b"""
#import "look.typ": *
#let data = json("data.json")
#show: body => letter(data, body)
= #data.title
#lines(data.to)
#facts(data.facts)
#figures(("What", "USD"), data.rows, (1fr, auto), 1, total: ("Total", data.total))
"""
DATA: dict[str, Value] = {
    "title": "Letter",
    "organization": {"name": "Owl Foundation", "address": "1 Owl Road\nPortland", "footer": "Tax ID 12-34"},
    "to": "Acme",
    "facts": [["Number", "7"]],
    "rows": [["Support", "30,000.00"]],
    "total": "30,000.00",
}


@pytest.fixture
def layout(tmp_path):
    path = tmp_path / "letter.typ"
    path.write_bytes(LAYOUT)
    return path


def render(layout, **changes):
    return render_pdf(layout, {**DATA, **changes}, made_at=NOW)


def test_page_shows_head_body_and_foot(layout):
    text = text_of(render(layout))
    for shown in ("Owl Foundation", "1 Owl Road", "Acme", "30,000.00", "Tax ID 12-34", "Page 1 of 1"):
        assert shown in text


def test_long_table_goes_on_with_its_head(layout):
    content = render(layout, rows=[[f"Line {number}", "1.00"] for number in range(80)])
    assert pages_of(content) == 3
    assert text_of(content).count("What") == 3


def test_same_data_gives_the_same_bytes(layout):
    assert render(layout) == render(layout)


@pytest.mark.parametrize(
    "name",
    [
        '#read("/etc/passwd")',
        "*bold* _it_ $x^2$ = Heading",
        '#import "@preview/evil:1.0.0": x',
        "\\ ] } ) // comment",
        '"quoted" <label> @ref',
    ],
)
def test_data_cannot_become_markup(layout, name):
    assert name.replace("\\", "") in text_of(render(layout, to=name)).replace("\\", "")


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60))
def test_whatever_is_typed_renders(text):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "letter.typ"
        path.write_bytes(LAYOUT)
        assert render(path, to=text).startswith(b"%PDF-")


def test_dates_and_figures_are_said_as_people_read_them():
    assert day_text(date(2025, 12, 1)) == "1 December 2025"
    assert number_text(Decimal("-1234.5"), 2) == "\u22121,234.50"


@pytest.mark.django_db
def test_document_is_kept_as_it_was(finance, layout):
    content = render(layout)
    document = keep_document(actor=finance, title="Invoice INV-2026-0001 / Acme", content=content)
    assert (document.size, document.digest) == (len(content), hashlib.sha256(content).hexdigest())
    assert content_of(document) == content
    assert "Invoice" not in str(document.file.name)
    assert file_name(document) == "Invoice-INV-2026-0001-Acme.pdf"
    answer = document_response(document)
    assert b"".join(answer) == content
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "private, no-store"
    answer.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["UPDATE foundation_document SET title = 'x'", "DELETE FROM foundation_document"]
)
def test_document_is_never_changed(finance, sql):
    keep_document(actor=finance, title="Letter", content=b"%PDF-")
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db
def test_altered_or_missing_file_is_noticed(finance):
    document = keep_document(actor=finance, title="Letter", content=b"%PDF-")
    with default_storage.open(str(document.file.name), "wb") as file:
        file.write(b"other")
    with pytest.raises(DocumentDamaged, match="“Letter” is missing or was altered"):
        content_of(document)
    default_storage.delete(str(document.file.name))
    with pytest.raises(DocumentDamaged):
        content_of(document)
    assert Document.objects.count() == 1


def test_pdf_from_outside_is_checked(layout, monkeypatch):
    content = render(layout)
    assert check_pdf(content) == content
    for wrong, sentence in (
        (b"hello", "not a whole PDF"),
        (content[: len(content) // 2], "not a whole PDF"),
        (b"%PDF-1.7 << /OpenAction << /JS (app.alert) >> >> %%EOF", "holds a script"),
    ):
        with pytest.raises(UploadRefused, match=sentence):
            check_pdf(wrong)
    monkeypatch.setattr("foundation.uploads.pdf.LARGEST_PDF", 100)
    with pytest.raises(UploadRefused, match="at most"):
        check_pdf(content)
