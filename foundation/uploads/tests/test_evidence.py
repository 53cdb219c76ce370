"""Files that support a figure are told by what they contain."""

import io
import zipfile

import pytest

from foundation.uploads.evidence import LARGEST_EVIDENCE, check_evidence
from foundation.uploads.rules import UploadRefused
from foundation.uploads.tests.pictures import pixels

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def workbook(*more, parts=("[Content_Types].xml", "xl/workbook.xml")):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (*parts, *more):
            archive.writestr(name, "<x/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (PDF, "pdf"),
        (workbook(), "xlsx"),
        (b'{"total": [1, 2]}', "json"),
        (b"\xef\xbb\xbf[1]", "json"),
        (b"day,bytes\n2024-03-01,5\n", "csv"),
        (b"day;bytes\n2024-03-01;5\n", "csv"),
        (pixels("PNG"), "png"),
        (pixels("JPEG"), "jpg"),
    ],
)
def test_what_a_file_is_is_told_by_its_content(content, extension):
    assert check_evidence(content) == extension


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"x," * (LARGEST_EVIDENCE // 2 + 1), "file_too_large"),
        (b"%PDF-1.7 and no end", "not_a_pdf"),
        (PDF + b"/JavaScript\n%%EOF", "active_pdf"),
        (b"\x89PNG\r\n\x1a\n and no picture", "not_a_picture"),
        (b"PK\x03\x04 and no archive", "workbook_damaged"),
        (workbook(parts=("word/document.xml",)), "not_evidence"),
        (workbook("xl/vbaProject.bin"), "active_workbook"),
        (b'{"total": [1, 2', "json_damaged"),
        (b"[" * 100_000, "json_damaged"),
        (b"just words\n", "not_evidence"),
        (b"a,b\nc\n", "not_evidence"),
        (b"a,b\x00\nc,d\n", "not_evidence"),
        (b"\xff\xfe\x00", "not_evidence"),
        (b"\n", "not_evidence"),
        (pixels("WEBP"), "not_evidence"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_evidence"),
    ],
)
def test_what_is_no_evidence_is_refused(content, code):
    with pytest.raises(UploadRefused) as refused:
        check_evidence(content)
    assert (refused.value.code, refused.value.field) == (code, "file")
    assert refused.value.message.endswith(".")


def test_a_workbook_that_unpacks_to_far_more_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(name, "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(201):
                sheet.write(bytes(1024 * 1024))
    with pytest.raises(UploadRefused, match="unpacks to more than 200 MB"):
        check_evidence(file.getvalue())
