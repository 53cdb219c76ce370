"""`manage.py import_usage`: take in files of usage where they lie."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.uploads.rules import MEGABYTE
from sponsors.inkind.models import Service, UsageImport
from sponsors.inkind.progress import progress_of
from sponsors.inkind.rules import Granularity, ImportState, UsageSource
from sponsors.inkind.services.imports import begin_import, carry_out_import, give_up_import

_WIDTH = 30
# So many rejected rows are told; the page of the import lists all of them.
_MOST_TOLD = 10


class ProgressBar:
    """How far a file is, on one line of a terminal; a file or pipe gets nothing of it."""

    def __init__(self, stream: IO[str], title: str, total: int) -> None:
        self._stream = stream
        self._title = title
        self._total = total
        self._shown = -1
        self._is_seen = stream.isatty()

    def tell(self, done: int) -> None:
        percent = 100 * done // self._total if self._total else 100
        if self._is_seen and percent != self._shown:
            self._shown = percent
            bar = "#" * (_WIDTH * percent // 100)
            self._stream.write(
                f"\r{self._title} [{bar:{_WIDTH}}] {percent:3}% of {self._total / MEGABYTE:,.1f} MB"
            )
            self._stream.flush()

    def end(self) -> None:
        if self._shown >= 0:
            self._stream.write("\r\033[K")
            self._stream.flush()


class Command(BaseCommand):
    help = (
        "Take in usage from files: Fastly or Cloudflare JSON, CloudFront reports, or Bursar's own CSV, JSON and NDJSON, plain or "
        "gzipped. A file that came before changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
        parser.add_argument(
            "--service", metavar="SLUG", help="whose the rows are that do not say so themselves"
        )
        parser.add_argument(
            "--granularity",
            choices=[length.name.lower() for length in Granularity],
            help="how long the buckets are in files that do not say so themselves",
        )
        parser.add_argument(
            "--source",
            choices=UsageSource.values,
            default=UsageSource.COMMAND.value,
            help="by which way the files came, for the list of imports",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        service = self._service(options["service"])
        length = options["granularity"]
        granularity = Granularity[length.upper()] if length else None
        refused = 0
        for path in options["files"]:
            try:
                with path.open("rb") as file:
                    done = self._import(path, file, service, granularity, UsageSource(options["source"]))
            except OSError as problem:
                self.stderr.write(f"{path}: cannot be read: {problem.strerror}.")
                refused += 1
                continue
            if done.state == ImportState.DONE:
                self.stdout.write(" ".join([f"{path}: {done.outcome}.", done.remark]).strip())
                self._tell_rest(done)
            else:
                self.stderr.write(f"{path}: refused. {done.remark}")
                refused += 1
        if refused:
            files = len(options["files"])
            msg = f"{refused} of {files} files {'was' if refused == 1 else 'were'} refused; nothing of {'it' if refused == 1 else 'them'} was taken in."
            raise CommandError(msg)

    def _tell_rest(self, done: UsageImport) -> None:
        """Say of the rows that do not count why, and what to do."""
        for reject in done.rejects.all()[:_MOST_TOLD]:
            self.stdout.write(f"  line {reject.line:,}: {reject.reason}")
        if done.rejected_count > _MOST_TOLD:
            more = done.rejected_count - _MOST_TOLD
            self.stdout.write(f"  and {more:,} more: the page of the import lists them")
        if done.aside_count:
            self.stdout.write("  kept aside until somebody says under Usage kept aside what they are of")

    @staticmethod
    def _service(slug: str | None) -> Service | None:
        if slug is None:
            return None
        found = Service.objects.filter(slug=slug).first()
        if found is None:
            known = ", ".join(Service.objects.values_list("slug", flat=True)) or "none yet"
            msg = f"There is no service {slug}. Known are: {known}."
            raise CommandError(msg)
        return found

    def _import(
        self,
        path: Path,
        file: BinaryIO,
        service: Service | None,
        granularity: Granularity | None,
        source: UsageSource,
    ) -> UsageImport:
        size = path.stat().st_size
        begun = begin_import(
            actor=None,
            source=source,
            file=file,
            file_name=path.name,
            size=size,
            service=service,
            keep=False,
        )
        bar = ProgressBar(sys.stderr, path.name, size)
        try:
            with progress_of(begun) as progress:

                def tell(done: int) -> None:
                    progress.tell(done)
                    bar.tell(done)

                return carry_out_import(
                    usage_import=begun,
                    now=timezone.now(),
                    on_progress=tell,
                    file=file,
                    granularity=granularity,
                )
        except BaseException:
            # Ended by hand, or by a fault of ours: nothing is half-done, and the list of imports says so.
            give_up_import(
                usage_import=begun,
                sentence="It was ended before all of it was read, and nothing was written.",
            )
            raise
        finally:
            bar.end()
