"""Ask Fastly now for the usage that is missing."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sponsors.inkind.models import Service
from sponsors.inkind.pulling.fastly import Fastly
from sponsors.inkind.services.pulling import pull_usage


class Command(BaseCommand):
    help = "Asks Fastly for every hour of usage that is missing, a line a window. The same is done every hour by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--service", metavar="SLUG", help="Only this one, such as files.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        if not settings.FASTLY_API_TOKEN:
            msg = "FASTLY_API_TOKEN is not set. Set it to a token that may read the statistics."
            raise CommandError(msg)
        service = self._service(options["service"])
        provider = Fastly(url=settings.FASTLY_API_URL, token=settings.FASTLY_API_TOKEN)
        pulled = pull_usage(
            actor=None, provider=provider, now=timezone.now(), service=service, tell=self.stdout.write
        )
        for one in pulled:
            self.stdout.write(
                f"{one.service}: {one.rows:,} rows, {one.new:,} new; "
                f"all is there up to {one.complete_before:%Y-%m-%d %H:%M} UTC."
            )
        problems = [f"{one.service}: {one.problem}" for one in pulled if one.problem]
        if problems:
            raise CommandError("\n".join(problems))

    @staticmethod
    def _service(slug: str | None) -> Service | None:
        if slug is None:
            return None
        service = Service.objects.filter(slug=slug).first()
        if service is None:
            known = ", ".join(Service.objects.values_list("slug", flat=True)) or "none"
            msg = f"There is no service {slug}. There are: {known}."
            raise CommandError(msg)
        return service
