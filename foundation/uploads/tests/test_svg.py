from xml.etree.ElementTree import register_namespace

import pytest

from foundation.uploads.rules import UploadRefused
from foundation.uploads.svg import clean_svg
from foundation.uploads.tests.pictures import SVG_SPACE, drawing

RICH = """
<title>Acme</title><defs>
<linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fff"/></linearGradient>
<style>.a { fill: url(#g); stroke: rgb(1,2,3) }</style></defs>
<g class="a" transform="translate(1 2) rotate(3)" style="opacity:.5" aria-label="Acme" data-name="Layer 1">
<use xlink:href="#p" href="#p" xlink:title="x"/><path id="p" d="M0 0h8v8z" fill="url(#g)" xml:space="preserve"/></g>
"""


def test_a_plain_drawing_stays_what_it_was():
    register_namespace("svg", "http://www.w3.org/2000/svg")  # as a package beside us may have done
    clean = clean_svg(drawing(RICH))
    assert clean.startswith(b"<?xml version='1.0' encoding='utf-8'?>\n<svg xmlns=")
    for kept in (
        b"linearGradient",
        b"url(#g)",
        b'd="M0 0h8v8z"',
        b'xlink:href="#p"',
        b"rotate(3)",
        b"<title>",
    ):
        assert kept in clean
    assert clean_svg(clean) == clean


def test_what_drawing_programs_leave_for_themselves_is_dropped():
    clean = clean_svg(
        drawing(
            "<!-- made by hand --><metadata><anything xmlns='http://x.example'/></metadata>"
            "<s:namedview xmlns:s='http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd'/>"
            "<g i:label='x' xmlns:i='http://www.inkscape.org/namespaces/inkscape' data-x='1'><path d='M0 0'/></g>"
        )
    )
    for dropped in (b"made by hand", b"metadata", b"namedview", b"label", b"data-x", b"inkscape"):
        assert dropped not in clean
    assert b"<path" in clean


def test_another_encoding_is_written_anew_as_utf_8():
    text = f'<?xml version="1.0" encoding="UTF-16"?><svg {SVG_SPACE}><title>é</title></svg>'
    assert "é".encode() in clean_svg(text.encode("utf-16"))


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ("<script>alert(1)</script>", "a <script> element"),
        ("<g><script xmlns='http://www.w3.org/1999/xhtml'/></g>", "a <script> element"),
        ("<foreignObject/>", "a <foreignObject> element"),
        ("<image href='https://x.example/a.png'/>", "a <image> element"),
        ("<a href='#x'/>", "a <a> element"),
        ("<animate attributeName='href'/>", "a <animate> element"),
        ("<set attributeName='onclick'/>", "a <set> element"),
        ("<iframe/>", "a <iframe> element"),
        ("<path onclick='alert(1)'/>", "an event handler .*onclick of <path>"),
        ("<path ONLOAD='alert(1)'/>", "an event handler"),
        ("<path formaction='x'/>", "an attribute .*formaction of <path>"),
        ("<path xml:base='https://x.example'/>", "an attribute .*base of <path>"),
        ("<use href='https://x.example/a.svg#b'/>", "a link to another place"),
        ("<use xlink:href='//x.example/a.svg#b'/>", "a link to another place"),
        ("<use href='javascript:alert(1)'/>", "a link to another place"),
        ("<use href='data:image/svg+xml;base64,AAAA'/>", "a link to another place"),
        ("<path fill='url(https://x.example/a#b)'/>", "a link to another place in a style"),
        ('<path fill="URL( &quot;https://x.example/a&quot; )"/>', "a link to another place in a style"),
        ("<path style='background:url(//x.example)'/>", "a link to another place in a style"),
        ("<style>@import 'https://x.example/a.css';</style>", "an @ rule"),
        ("<style>a{b:u\\72l(https://x.example)}</style>", "an escaped character"),
        ("<style>a{b:image-set('https://x.example' 1x)}</style>", "image-set"),
        ("<style>a{b:expression(1)}</style>", "expression"),
        ("<style><g/></style><style>@media{}</style>", "an @ rule"),
        ("<?xml-stylesheet href='https://x.example/a.css'?>", "a processing instruction"),
        ("<g>" * 70 + "</g>" * 70, "nested more than 60 deep"),
    ],
)
def test_what_could_run_load_or_hide_something_is_refused_by_name(inside, found):
    with pytest.raises(UploadRefused, match=found) as refused:
        clean_svg(drawing(inside), field="logo")
    assert refused.value.field == "logo"
    assert "Save it as a plain SVG" in refused.value.message


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (
            b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>",
            "document type",
        ),
        (b"<svg/>", "first element must be <svg>"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "first element must be <svg>"),
        (drawing(attributes="onload='alert(1)'"), "an event handler"),
    ],
)
def test_the_document_as_a_whole_must_be_a_plain_drawing(content, found):
    with pytest.raises(UploadRefused, match=found):
        clean_svg(content)


@pytest.mark.parametrize(
    "content", [b"<svg", b"<svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>", b"\xff\xfe<"]
)
def test_what_is_not_well_formed_is_refused(content):
    with pytest.raises(UploadRefused, match="not well-formed"):
        clean_svg(content)


def test_a_very_deep_document_is_refused_and_harms_nobody():
    with pytest.raises(UploadRefused, match="nested"):
        clean_svg(drawing("<g>" * 100_000 + "</g>" * 100_000))
