"""docs/openapi.yaml, read once for the tests that are about it."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
# Of the two that PyYAML has, the one written in C reads more than a megabyte in half a second, the other in more than two.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def committed_document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.load(DOCUMENT.read_text(), _Loader)  # noqa: S506  # a safe one
    return document
