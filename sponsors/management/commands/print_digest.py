"""`manage.py print_digest EMAIL DAY`: the mail of a day as its reader got it."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sponsors.renewals.models import Digest


class Command(BaseCommand):
    help = "Print the digest that a person was mailed on a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="whose digest")
        parser.add_argument("day", type=date.fromisoformat, help="such as 2026-11-26")
        parser.add_argument("--html", action="store_true", help="as HTML, instead of plain text")

    def handle(self, *_args: Any, email: str, day: date, html: bool, **_options: Any) -> None:
        found = Digest.objects.filter(person__email__iexact=email, day=day).select_related("notice").first()
        if found is None:
            days = Digest.objects.filter(person__email__iexact=email).order_by("-day")
            known = ", ".join(str(one) for one in days.values_list("day", flat=True)[:5])
            raise CommandError(
                f"{email} was mailed no digest on {day}. "
                + (f"The latest are of {known}." if known else "There is none for this address at all.")
            )
        self.stdout.write(found.notice.body_html if html else found.notice.body_text)
