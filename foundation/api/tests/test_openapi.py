"""The command that makes the OpenAPI document refuses one that programs could not rely on."""

from collections import Counter
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from drf_spectacular.drainage import GENERATOR_STATS, warn
from drf_spectacular.validation import validate_schema
from jsonschema.exceptions import ValidationError

from foundation.api.openapi_rules import fault_in
from foundation.management.commands import openapi


def document(**operation: Any) -> dict[str, Any]:
    answers = {"responses": {"200": {"description": "Found."}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bursar", "version": "1"},
        "paths": {"/api/v1/sponsors/": {"get": answers | operation}},
    }


@pytest.fixture
def described(monkeypatch):
    """Let the code describe itself by the given document."""
    monkeypatch.setattr(GENERATOR_STATS, "_warn_cache", Counter())
    monkeypatch.setattr(GENERATOR_STATS, "_error_cache", Counter())
    monkeypatch.setattr(GENERATOR_STATS, "_trace_lineno", False)
    return lambda found: monkeypatch.setattr(openapi, "api_schema", lambda: found)


@pytest.mark.parametrize(
    "operation",
    [
        {"responses": {"200": {}}},
        {"responses": {"200": {"$ref": 1}}},
        {"parameters": [{"name": "id", "in": "path", "required": False, "schema": {"type": "integer"}}]},
        {"deprecated": "soon"},
        {"made_up": True},
    ],
)
def test_a_fault_is_told_as_drf_spectacular_tells_it(operation):
    wrong = document(**operation)
    with pytest.raises(ValidationError) as raised:
        validate_schema(wrong)
    fault = fault_in(wrong)
    assert fault is not None
    assert str(fault) == str(raised.value)


def test_a_sound_document_is_written(described, tmp_path):
    described(document())
    call_command("openapi")
    call_command("openapi", file=tmp_path / "openapi.yaml")
    assert yaml.safe_load((tmp_path / "openapi.yaml").read_text()) == document()


def test_a_document_against_the_rules_of_openapi_is_refused(described, tmp_path):
    described(document(made_up=True))
    with pytest.raises(CommandError, match="made_up"):
        call_command("openapi", file=tmp_path / "openapi.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_document_made_with_warnings_is_refused(described, monkeypatch, capfd):
    def with_a_warning():
        warn("no serializer could be found")
        return document()

    described(document())
    monkeypatch.setattr(openapi, "api_schema", with_a_warning)
    with pytest.raises(CommandError, match="could not be described"):
        call_command("openapi")
