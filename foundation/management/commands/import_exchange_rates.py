"""Take in the European Central Bank's reference rates from a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.books.closing import hold_closings
from foundation.books.selectors import local_today
from foundation.errors import RuleViolation
from foundation.money.services import import_reference_rates


class Command(BaseCommand):
    help = "Add the exchange rates of the European Central Bank's historical CSV file. Running it again adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file, unpacked")
        parser.add_argument(
            "--replace-because",
            default="",
            metavar="REASON",
            help="replace rates held already that the file contradicts, for this reason",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as problem:
            msg = f"{path} cannot be read: {problem.strerror}."
            raise CommandError(msg) from problem
        try:
            done = import_reference_rates(
                actor=None,
                file_name=path.name,
                content=content,
                today=local_today(),
                hold_books=hold_closings,
                replace_because=options["replace_because"],
            )
        except RuleViolation as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"{done.outcome} The last day is {done.last_day}.")
