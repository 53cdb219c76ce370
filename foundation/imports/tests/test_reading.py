import csv
import io
import re
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook

from foundation.imports.kinds import ImportKind, Plan
from foundation.imports.reading import read_sheet as read_sheet_of
from foundation.imports.rules import LARGEST_FILE, LARGEST_UNPACKED, MOST_ROWS, Column, ImportRefused
from foundation.imports.tests.sheets import csv_file, xlsx_file


class NoPlan(Plan):
    def write(self, *, actor, today, tell):
        """Write nothing."""


KIND = ImportKind(
    name="things",
    label="Things",
    noun="thing",
    permission="foundation.add_fund",
    sees=("foundation.view_fund",),
    read_scopes=(),
    write_scopes=(),
    action="thing.import",
    columns=(
        Column("name", "What it is called.", required=True, example="Example"),
        *(Column(name, "Text.") for name in ("legal_name", "slug", "tax_id", "notes")),
    ),
    plan=lambda rows, today, tell: NoPlan(),
)


def read_sheet(content, name):
    return read_sheet_of(content, name, KIND)


def test_the_template_has_every_column_and_can_be_read():
    sheet = read_sheet(KIND.template().encode(), "template.csv")
    assert not sheet.faults
    assert sheet.rows[0].values["name"] == "Example"
    assert next(csv.reader(io.StringIO(KIND.template()))) == KIND.column_names()


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
        (2, {"name": "Acme", "tax_id": "4711", "notes": "2026-01-02"}),
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
        ("name\nAcme\nÉtoile\n".encode("latin-1"), "a.csv", "Line 3 holds a character that is not UTF-8"),
        ("name\nAcme\n".encode("utf-16"), "a.csv", "not UTF-8"),
        (b"name\nAc\x00me\n", "a.csv", "binary data"),
        (b'name,notes\nAcme,"open\nBeta,x\n', "a.csv", "Line 2 cannot be read.*quotation mark"),
        (b"name\n" + b"x\n" * (MOST_ROWS + 1), "a.csv", "more than 20,000 rows"),
        (
            b"a" + b",a" * 100_000 + b"\nx\n",
            "a.csv",
            "Line 1 names 100,001 columns; an import of things has 5",
        ),
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
        (workbook_with(SHEET, b'r="2"', b'r="99999999999"'), "a.xlsx", "a row after the last one there is"),
    ],
    # A name made of ten million bytes costs more than all that is tested here.
    ids=lambda value: "file" if isinstance(value, bytes) else None,
)
def test_a_file_that_is_no_table_of_sponsors_is_refused_by_a_sentence(content, name, sentence):
    with pytest.raises(ImportRefused, match=sentence) as refused:
        read_sheet(content, name)
    assert not refused.value.message.endswith("None")


@pytest.mark.parametrize(
    "content", ["name\nAcme\nÉtoile\n".encode("cp1252"), b'name,notes\nAcme,x\nBeta,"open\nGamma,x\n']
)
def test_a_refused_file_says_where(content):
    with pytest.raises(ImportRefused, match="Line 3 ") as refused:
        read_sheet(content, "a.csv")
    assert refused.value.line == 3


def test_whole_numbers_of_a_workbook_stay_whole():
    content = workbook_with(SHEET, b"<v>4711</v>", b"<v>4711.0</v>", ["name", "tax_id"], ["Acme", 4711])
    assert read_sheet(content, "a.xlsx").rows[0].values["tax_id"] == "4711"


def test_rows_are_read_that_a_workbook_does_not_claim():
    content = workbook_with(SHEET, b'"A1:A4"', b'"A1:A2"', ["name"], ["Acme"], ["Beta"], ["Gamma"])
    assert [row.values["name"] for row in read_sheet(content, "a.xlsx").rows] == ["Acme", "Beta", "Gamma"]


def test_a_workbook_that_claims_a_cell_far_to_the_right_is_read_without_it():
    content = workbook_with(SHEET, b'r="A2"', b'r="XFD2"')
    with pytest.raises(ImportRefused, match="has no rows"):
        read_sheet(content, "a.xlsx")


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ({"name": "", "slug": "x"}, "name", "The name is missing"),
        ({"name": "Acme", "notes": "x" * 5001}, "notes", "5,001 characters; at most 5,000"),
    ],
)
def test_a_fault_of_a_row_is_told_by_line_and_column(row, column, sentence):
    (problem,) = read_sheet(csv_file(row), "a.csv").faults
    assert (problem.line, problem.column) == (2, column)
    assert sentence in problem.sentence


def test_a_cell_too_many_is_a_fault_of_the_row():
    (problem,) = read_sheet(b"name,slug\nAcme,acme,more\n", "a.csv").faults
    assert (problem.line, problem.column) == (2, "")
    assert "more cells than columns" in problem.sentence


def test_every_fault_of_the_line_of_names_is_told_and_the_rows_are_read():
    sheet = read_sheet(b"name,leagl_name,,slug,Slug,\nx,y,z,s,t,\n", "a.csv")
    assert [(fault.line, fault.column) for fault in sheet.faults] == [
        (1, "leagl_name"),
        (1, "(empty)"),
        (1, "slug"),
    ]
    for fault, sentence in zip(
        sheet.faults, ("Did you mean “legal_name”?", "Remove or rename it", "is there twice"), strict=True
    ):
        assert sentence in fault.sentence
    assert sheet.rows[0].values == {"name": "x", "slug": "s"}


def test_without_a_required_column_the_rows_are_not_looked_at():
    sheet = read_sheet(b"nmae,slug\nx,y\n", "a.csv")
    assert not sheet.rows
    first, second = sheet.faults
    assert "Did you mean “name”?" in first.sentence
    assert "The first line must name the columns: name, legal_name" in second.sentence


def test_a_row_may_have_several_faults():
    sheet = read_sheet(b"name,notes\n,%s,more\n" % (b"x" * 5001), "a.csv")
    assert [(fault.line, fault.column) for fault in sheet.faults] == [(2, "notes"), (2, "name"), (2, "")]
    assert sheet.rows[0].faulty == {"name", "notes"}


def cells(*values, **formats):
    """Return the texts and faults of a row of a workbook with these cells under `name`, `notes`, …"""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(KIND.column_names()[: len(values)])
    sheet.append(list(values))
    for place, number_format in formats.items():
        sheet[place].number_format = number_format
    out = io.BytesIO()
    book.save(out)
    return read_sheet(out.getvalue(), "a.xlsx")


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        ("00123", "@", "00123"),
        (123, "00000", "00123"),
        (123, "General", "123"),
        (-5, "000", "-5"),
        (123456789012345, "0", "123456789012345"),
        (1.5, "0.00", "1.5"),
        (0.1 + 0.2, "General", "0.3"),
        (1e-7, "General", "0.0000001"),
        (True, "General", "true"),
        (False, "General", "false"),
        (date(2026, 1, 2), "yyyy-mm-dd", "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4), "yyyy-mm-dd hh:mm", "2026-01-02T03:04:00"),  # noqa: DTZ001  # a sheet knows no zone
        (time(3, 4), "hh:mm", "03:04:00"),
    ],
)
def test_a_cell_is_read_as_the_program_shows_it(value, number_format, text):
    sheet = cells("Acme", value, B2=number_format)
    assert not sheet.faults
    assert sheet.rows[0].values["legal_name"] == text


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("=A2&B2", "The cell B2 holds a formula without a result"),
        ("#REF!", "The cell B2 holds the error #REF!"),
        (12345678901234567890, "The cell B2 holds a number of more than 15 digits"),
    ],
)
def test_a_cell_whose_value_is_not_known_is_a_fault_that_names_it(value, sentence):
    sheet = cells("Acme", value, "Note")
    (fault,) = sheet.faults
    assert (fault.line, fault.column) == (2, "legal_name")
    assert sentence in fault.sentence
    assert sheet.rows[0].faulty == {"legal_name"}


def test_a_formula_with_a_result_is_read_as_the_result():
    content = workbook_with(
        SHEET, b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>", ["name", "tax_id"], ["Acme", "=1+1"]
    )
    sheet = read_sheet(content, "a.xlsx")
    assert not sheet.faults
    assert sheet.rows[0].values["tax_id"] == "2"


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
        pytest.param(_repacked(b'numFmtId="0"', b'numFmtId="999999999999"'), id="a number too large"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_refused_with_a_sentence(content):
    with pytest.raises(ImportRefused, match="Save it as XLSX or CSV and upload it again"):
        read_sheet(content, "a.xlsx")
