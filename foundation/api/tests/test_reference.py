"""The API's page for people says what the schema says."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from foundation.api.reference import _kind, _text
from foundation.api.schema_views import api_schema

pytestmark = pytest.mark.django_db


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.forbidden: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"][1:]] if given.get("href", "").startswith("#") else []
        if (tag == "script" and "src" not in given) or tag == "style" or "style" in given:
            self.forbidden.append(self.get_starttag_text() or tag)


def test_every_endpoint_and_every_shape_is_there_and_every_link_leads_somewhere():
    response = Client().get("/api/docs/")
    html = response.content.decode()
    page = Page(html)
    operations = {op["operationId"] for path in api_schema()["paths"].values() for op in path.values()}
    assert operations <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if link.startswith("shape-")} <= set(page.ids)
    assert "409" in html
    assert "commitments:read" in html


def test_what_takes_a_file_says_that_it_takes_a_form():
    html = Client().get("/api/docs/").content.decode()
    assert (
        '<a href="#shape-ImportInputRequest">ImportInputRequest</a> as <code>multipart/form-data</code>'
        in html
    )


def test_the_page_holds_to_the_content_policy():
    response = Client().get("/api/docs/")
    assert "unsafe" not in response["Content-Security-Policy"]
    html = response.content.decode()
    assert Page(html).forbidden == []
    assert not re.search(r'(?:src|href)="https?://', html)


def test_words_of_the_schema_cannot_become_markup():
    assert _text("`a<b>` & more\nnext") == "<code>a&lt;b&gt;</code> &amp; more<br>next"
    assert _kind({"enum": ["<i>"]}) == "<code>&lt;i&gt;</code>"


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer"}, "integer"),
        ({"type": ["string", "null"], "format": "date"}, "string or null (date)"),
        ({"type": "array", "items": {"type": "string"}}, "list of string"),
        ({"$ref": "#/components/schemas/Fund"}, '<a href="#shape-Fund">Fund</a>'),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"enum": [*range(13)]}, ", ".join(f"<code>{n}</code>" for n in range(12)) + ", …"),
    ],
)
def test_a_type_in_words(schema, words):
    assert _kind(schema) == words
