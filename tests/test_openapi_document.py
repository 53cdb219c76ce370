"""docs/openapi.yaml is what the code says."""

from pathlib import Path

import yaml
from django.conf import settings

from foundation.api.schema_views import api_schema

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


def test_the_committed_document_is_the_schema_of_the_code():
    written = yaml.safe_load(DOCUMENT.read_text())
    assert written == api_schema(), "write it anew: make openapi"
