"""docs/openapi.yaml is what the code says."""

from foundation.api.schema_views import api_schema
from tests.openapi_document import committed_document


def test_the_committed_document_is_the_schema_of_the_code():
    assert committed_document() == api_schema(), "write it anew: make openapi"
