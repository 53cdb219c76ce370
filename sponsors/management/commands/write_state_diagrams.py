"""Writes docs/states.md from the tables of states."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from sponsors.diagrams import all_diagrams


class Command(BaseCommand):
    help = "Write docs/states.md from the tables of states in the code."

    def handle(self, *_args: Any, **_options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "states.md"
        path.write_text(all_diagrams(), encoding="utf-8")
        self.stdout.write("docs/states.md written")
