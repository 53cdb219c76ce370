"""Do now what is done for renewals every night."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.books.selectors import local_today
from foundation.health.locks import only_one
from sponsors.renewals.services.nightly import run_night


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"“{text}” is not a day. Write it as 2026-11-30."
        raise CommandError(msg) from None


class Command(BaseCommand):
    help = (
        "Assesses commitments, takes the reminders that are due, and writes the digests, as happens every night by itself. "
        "Run again on the same day it finds nothing more to do."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--today",
            metavar="DATE",
            help="As if it were that day, for demonstrations: what is written stays, and people are mailed.",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        today = _day(options["today"]) if options["today"] else local_today()
        with only_one("renewals") as got:
            if not got:
                msg = "The sweep is running already. Wait until it is done, and run this again if it is still needed."
                raise CommandError(msg)
            night = run_night(actor=None, today=today)
        for line in str(night).split(", "):
            self.stdout.write(line)
