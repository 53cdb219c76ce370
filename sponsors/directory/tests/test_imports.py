import csv
import io
import re
import zipfile
from datetime import date

import pytest

from sponsors.directory.imports import (
    COLUMNS,
    EXAMPLE,
    LARGEST_FILE,
    LARGEST_UNPACKED,
    MOST_ROWS,
    ImportRefused,
    read_sheet,
    template_csv,
)
from sponsors.directory.tests.sheets import csv_file, xlsx_file


def test_the_template_has_every_column_and_can_be_read():
    sheet = read_sheet(template_csv().encode(), "template.csv")
    assert not sheet.problems
    assert sheet.rows[0].values == EXAMPLE
    assert next(csv.reader(io.StringIO(template_csv()))) == list(COLUMNS)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_csv_of_any_spreadsheet_is_read(delimiter, newline):
    lines = [
        delimiter.join(cells)
        for cells in (("Name", "Legal name"), ("Acme", '"A, B; C"'), ("", ""), ("B", ""))
    ]
    sheet = read_sheet(b"\xef\xbb\xbf" + newline.join(lines).encode(), "a.csv")
    assert [(row.line, row.values) for row in sheet.rows] == [
        (2, {"name": "Acme", "legal_name": "A, B; C"}),
        (4, {"name": "B", "legal_name": ""}),
    ]


def test_the_line_of_a_row_is_right_after_a_text_of_several_lines():
    sheet = read_sheet(b'name,notes\nAcme,"one\ntwo"\nBeta,x\n', "a.csv")
    assert [row.line for row in sheet.rows] == [2, 4]


def test_a_workbook_is_read_by_its_content():
    day = date(2026, 1, 2)
    content = xlsx_file(["name", "tax_id", "notes", None], ["Acme", 4711, day], [], ["Beta", 1.5, None])
    sheet = read_sheet(content, "whatever")
    assert [(row.line, row.values) for row in sheet.rows] == [
        (2, {"name": "Acme", "tax_id": "4711", "notes": "2026-01-02T00:00:00"}),
        (4, {"name": "Beta", "tax_id": "1.5", "notes": ""}),
    ]


def zip_of(size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * size)
    return out.getvalue()


def workbook_with(part, old, new, *rows):
    """Return a workbook in which one part was tampered with."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_file(*(rows or (["name"], ["Acme"]))))) as source,
        zipfile.ZipFile(out, "w") as target,
    ):
        for info in source.infolist():
            content = source.read(info)
            target.writestr(info.filename, content.replace(old, new) if info.filename == part else content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.csv", "The file is empty. The first line names the columns"),
        (b"\n\n", "a.csv", "The file is empty"),
        (b"name\n\n", "a.csv", "has no rows"),
        (
            b"title,slug\nx,y\n",
            "a.csv",
            "There is no column “name”. The first line must name the columns: name, legal_name",
        ),
        (b"name,nmae\nx,y\n", "a.csv", "There is no column “nmae” in an import"),
        (b"name,,slug\nx,y,z\n", "a.csv", "There is no column “.empty.”"),
        (b"name,slug,Slug\nx,y,z\n", "a.csv", "The column “slug” is there twice"),
        ("name\nAcme\nÉtoile\n".encode("latin-1"), "a.csv", "Line 3 holds a character that is not UTF-8"),
        ("name\nAcme\n".encode("utf-16"), "a.csv", "not UTF-8"),
        (b"name\nAc\x00me\n", "a.csv", "binary data"),
        (b'name,notes\nAcme,"open\nBeta,x\n', "a.csv", "Line 2 cannot be read.*quotation mark"),
        (b"name\n" + b"x\n" * (MOST_ROWS + 1), "a.csv", "more than 20,000 rows"),
        (b"x" * (LARGEST_FILE + 1), "a.csv", r"10\.0 MB; at most 10 MB"),
        (b"\xd0\xcf\x11\xe0 old workbook", "a.xls", "a.xls is no XLSX workbook"),
        (b"name\nAcme\n", "a.xlsx", "a.xlsx is no XLSX workbook"),
        (b"PK\x03\x04 broken", "a.xlsx", "The workbook cannot be read"),
        (zip_of(10), "a.xlsx", "The workbook cannot be read"),
        (zip_of(LARGEST_UNPACKED + 1), "a.xlsx", "unpacks to 60 MB; at most 60 MB"),
        (workbook_with(SHEET, b"<sheetData>", b"<sheetData"), "a.xlsx", "The workbook cannot be read"),
        (
            workbook_with(SHEET, b"<worksheet", b"<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet"),
            "a.xlsx",
            "cannot be read",
        ),
    ],
)
def test_a_file_that_is_no_table_of_sponsors_is_refused_by_a_sentence(content, name, sentence):
    with pytest.raises(ImportRefused, match=sentence) as refused:
        read_sheet(content, name)
    assert refused.value.field == "file"


def test_whole_numbers_of_a_workbook_stay_whole():
    content = workbook_with(SHEET, b"<v>4711</v>", b"<v>4711.0</v>", ["name", "tax_id"], ["Acme", 4711])
    assert read_sheet(content, "a.xlsx").rows[0].values["tax_id"] == "4711"


def test_a_workbook_that_claims_a_cell_far_to_the_right_is_read_without_it():
    content = workbook_with(SHEET, b'r="A2"', b'r="XFD2"')
    with pytest.raises(ImportRefused, match="has no rows"):
        read_sheet(content, "a.xlsx")


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ({"name": "", "slug": "x"}, "name", "The name is missing"),
        ({"name": "Acme", "notes": "x" * 5001}, "notes", "5,001 characters; at most 5,000"),
        ({"name": "Acme", "contact_email": "a@x.example"}, "contact_name", "The contact has no name"),
        ({"name": "Acme", "contact_roles": "primary"}, "contact_name", "The contact has no name"),
    ],
)
def test_a_fault_of_a_row_is_told_by_line_and_column(row, column, sentence):
    (problem,) = read_sheet(csv_file(row), "a.csv").problems
    assert (problem.line, problem.column) == (2, column)
    assert sentence in problem.sentence


def test_a_cell_too_many_is_a_fault_of_the_row():
    (problem,) = read_sheet(b"name,slug\nAcme,acme,more\n", "a.csv").problems
    assert (problem.line, problem.column) == (2, "")
    assert "more cells than columns" in problem.sentence


def test_the_same_slug_twice_is_told_with_the_other_line():
    (problem,) = read_sheet(b"name,slug\nA,acme\nB,\nC,\nD,acme\n", "a.csv").problems
    assert (problem.line, problem.column) == (5, "slug")
    assert "is on line 2 too" in problem.sentence


def _workbook() -> bytes:
    return xlsx_file(["name"], ["Acme"])


def _repacked(old: bytes, new: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_workbook())) as there, zipfile.ZipFile(out, "w", method) as here:
        for name in there.namelist():
            here.writestr(name, there.read(name).replace(old, new))
    return out.getvalue()


def _with_heads(offset: int, value: int) -> bytes:
    """Return the workbook with one byte changed in the directory entry of each of its parts."""
    content = bytearray(_workbook())
    for head in re.finditer(b"PK\x01\x02", bytes(content)):
        content[head.start() + offset] = value
    return bytes(content)


def _with_broken_streams() -> bytes:
    content = bytearray(_workbook())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as there:
        for part in there.infolist():
            start = part.header_offset + 30 + len(part.filename)
            content[start : start + 20] = b"\xff" * 20
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(_with_broken_streams(), id="parts that do not unpack"),
        pytest.param(_with_heads(8, 1), id="encrypted"),
        pytest.param(_with_heads(10, 99), id="packed in an unknown way"),
        pytest.param(_with_heads(10, zipfile.ZIP_LZMA), id="claims LZMA"),
        pytest.param(_repacked(b"activeCell", b"unheardOf"), id="an unknown attribute"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_refused_with_a_sentence(content):
    with pytest.raises(ImportRefused, match="Save it as XLSX or CSV and upload it again"):
        read_sheet(content, "a.xlsx")
