"""Text that people cannot see is refused, in every form of the admin site as in the API."""

import pytest

from foundation.audit.forms import ReasonForm
from foundation.audit.text import unreadable


@pytest.mark.parametrize("text", ["", "Zoë 株式会社", "שלום", "👩\u200d💻", "Two\r\nlines\tand a tab"])
def test_what_people_write_is_readable(text):
    assert unreadable(text) == ""


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\x85", "\u202e", "\u2066", "\ud800"])
def test_what_nobody_sees_is_named(character):
    assert f"U+{ord(character):04X}" in unreadable(f"Acme {character}")


def test_an_action_refuses_it_at_its_field():
    assert "U+202E" in ReasonForm({"reason": "Because \u202eso"}).errors["reason"][0]
