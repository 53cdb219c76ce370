"""Make the OpenAPI document from the code, and refuse one that is not sound."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.renderers import OpenApiYamlRenderer

from foundation.api.openapi_rules import fault_in
from foundation.api.schema_views import api_schema


class Command(BaseCommand):
    help = "Check that the API describes itself without a warning and by OpenAPI's rules; write it if a file is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, help="where to write the document, as YAML")

    def handle(self, *_args: Any, file: Path | None, **_options: Any) -> None:
        GENERATOR_STATS.enable_trace_lineno()
        document = api_schema()
        GENERATOR_STATS.emit_summary()
        if GENERATOR_STATS:
            raise CommandError("Part of the API could not be described: see the warnings above.")
        if fault := fault_in(document):
            raise CommandError(str(fault))
        if file:
            file.write_bytes(OpenApiYamlRenderer().render(document))  # type: ignore[no-untyped-call]  # the package's
