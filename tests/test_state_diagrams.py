"""The drawing of states in the documents is the table in the code."""

from django.conf import settings
from django.core.management import call_command

from sponsors.agreements.rules import VERSION_TRANSITIONS
from sponsors.commitments.rules import TRANSITIONS, InstallmentState
from sponsors.diagrams import all_diagrams


def test_docs_show_the_table_as_it_is():
    text = (settings.BASE_DIR / "docs" / "states.md").read_text(encoding="utf-8")

    assert text == all_diagrams(), "Run manage.py write_state_diagrams and commit docs/states.md."


def test_every_move_and_every_installment_state_is_shown():
    text = all_diagrams()

    for (start, action), end in (*TRANSITIONS.items(), *VERSION_TRANSITIONS.items()):
        assert f"{start} --> {end}: {action}" in text
    assert all(f"| {state.label} |" in text for state in InstallmentState)


def test_command_writes_the_file(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()

    call_command("write_state_diagrams", verbosity=0)

    assert (tmp_path / "docs" / "states.md").read_text(encoding="utf-8") == all_diagrams()
