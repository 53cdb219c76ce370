"""Invite the first Administrator of an installation, who sets password and second factor alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.errors import RuleViolation
from foundation.people.roles import Role
from foundation.people.services import invite_colleague


class Command(BaseCommand):
    help = "Invites an Administrator: prints the link and sends it by mail too. It works once, for 7 days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="Where the invitation goes.")
        parser.add_argument("--name", required=True, help="The person's name.")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            invited = invite_colleague(
                actor=None,
                email=options["email"],
                name=options["name"],
                roles=[Role.ADMINISTRATOR],
                now=timezone.now(),
            )
        except RuleViolation as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"Open this address to choose a password: {invited.link}")
