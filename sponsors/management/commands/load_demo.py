"""`manage.py load_demo`: fill an empty database with the demonstration foundation."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.books.models import Organization
from foundation.books.selectors import local_today
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.demo.catalog import ACCOUNTS, DOMAIN, PASSWORD
from sponsors.demo.load import load_demo
from sponsors.directory.models import Sponsor


class Command(BaseCommand):
    help = "Fill an empty database with the demonstration foundation. Running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing, without complaint, when the database holds anything",
        )
        parser.add_argument("--accounts", action="store_true", help="only print the accounts")

    def handle(self, *_args: Any, if_empty: bool, accounts: bool, **_options: Any) -> None:
        if accounts:
            self.print_accounts()
        elif User.objects.filter(email=f"{ACCOUNTS[0].key}@{DOMAIN}").exists():
            self.stdout.write("The demonstration is already loaded; nothing was changed.")
        elif Organization.objects.exists() or Sponsor.objects.exists() or User.objects.exists():
            if not if_empty:
                raise CommandError("This database is in use; the demonstration goes only into an empty one.")
        else:
            world = load_demo(as_of=local_today())
            self.stdout.write(
                f"Loaded the demonstration: {len(world.sponsors)} sponsors, as of {world.as_of}."
            )

    def print_accounts(self) -> None:
        """Print address, password and role of every demonstration account that exists."""
        known = set(User.objects.filter(email__endswith=f"@{DOMAIN}").values_list("email", flat=True))
        for account in ACCOUNTS:
            email = f"{account.key}@{DOMAIN}"
            if email in known:
                self.stdout.write(f"  {email:38} {PASSWORD}   {Role(account.role).label}")
