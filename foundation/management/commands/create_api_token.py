"""Make an API token at the command line and print it, once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.api.scopes import Scope
from foundation.api.services import LONGEST_LIFE, create_token
from foundation.errors import RuleViolation
from foundation.people.models import User


class Command(BaseCommand):
    help = (
        "Make an API token for a person or service account and print it. It is shown only now. The admin site "
        "lets nobody make a token for another person; here it is possible, for whoever has the shell has everything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--user",
            required=True,
            metavar="EMAIL",
            help="whose permissions it has; a service account's address is on its page",
        )
        parser.add_argument("--name", required=True, help="what uses it, such as website")
        parser.add_argument(
            "--scope",
            required=True,
            nargs="+",
            action="extend",
            metavar="SCOPE",
            help=f"what it may be used for: {', '.join(Scope.values)}",
        )
        parser.add_argument(
            "--days",
            type=int,
            default=90,
            help=f"how long it lasts; 90 by default, {LONGEST_LIFE.days} at most",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        owner = User.objects.filter(email=options["user"].strip().lower()).first()
        if owner is None:
            msg = f"There is no user {options['user']}."
            raise CommandError(msg)
        now = timezone.now()
        try:
            new = create_token(
                actor=None,
                owner=owner,
                name=options["name"],
                scopes=options["scope"],
                # Far more days than any calendar has would not even be a date.
                expires_at=now + timedelta(days=max(-1, min(options["days"], LONGEST_LIFE.days + 1))),
                now=now,
            )
        except RuleViolation as error:
            raise CommandError(error.message) from error
        self.stderr.write(
            f"Token {new.token.name} of {owner.email}, until {new.token.expires_at:%Y-%m-%d}. It is shown only now:"
        )
        self.stdout.write(new.secret)
