"""What the OpenAPI document says besides fields: error answers, headers, formats, scopes."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.fields import ChoiceField
from rest_framework.permissions import SAFE_METHODS, AllowAny

from foundation.api.idempotency import KEY_HEADER, REPLAYED_HEADER
from foundation.api.permissions import required_permission, required_scope
from foundation.api.serializers import ErrorAnswerSerializer, StrictInput
from foundation.api.spreadsheets import CsvRenderer
from foundation.api.views import ReadViewSet
from foundation.audit.models import Record

_SAME_LABEL = re.compile(r"^\* `(.+)` - \1\n?", re.MULTILINE)
_SENTENCES = {
    "400": "The request says something it may not; each error names the field and the fix.",
    "401": "No token was sent, or not a usable one.",
    "403": "The token lacks the scope, or its owner the permission.",
    "404": "There is no such record, or the caller may not see it.",
    "406": "The answer is not available in the format asked for.",
    "409": "What is recorded does not allow this now.",
    "412": "The record has changed since the version named by If-Match. Nothing was written.",
    "413": "The request is too large.",
    "415": "The request is of a content type that is not taken here.",
    "422": "The Idempotency-Key was already used for another request.",
    "429": "Too many requests; the header Retry-After says how many seconds to wait.",
}


class BursarSchema(AutoSchema):
    """Adds to each operation what the base views do, so that no endpoint has to repeat it."""

    def get_request_serializer(self) -> Any:
        if isinstance(self.view, ReadViewSet):
            serializer = self.view.inputs.get(self.view.action)
            return serializer() if serializer else None
        return super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        if isinstance(self.view, ReadViewSet):
            serializer = self.view.outputs.get(self.view.action, self.view.serializer_class)
            return serializer() if serializer else None
        return super().get_response_serializers()

    def _is_create_operation(self) -> bool:
        if isinstance(self.view, ReadViewSet):
            return self.view.action in self.view.creates
        return bool(super()._is_create_operation())

    def get_operation_id(self) -> str:
        """Return such as `sign_commitment` and `list_commitments`, which read well in a generated client."""
        if not isinstance(self.view, ReadViewSet):
            return super().get_operation_id()
        many = self.view.basename.replace("-", "_")
        one = getattr(self.view, "singular", many.removesuffix("s"))
        verbs = {"retrieve": "get", "partial_update": "change"}
        verb = verbs.get(self.view.action, self.view.action)
        return f"{verb}_{many if verb == 'list' else one}"

    def get_tags(self) -> list[str]:
        return [self.view.basename] if isinstance(self.view, ReadViewSet) else super().get_tags()

    def get_description(self) -> str:  # type: ignore[override]  # the package's own signature, which ours follows
        # Only own words: the base classes' docstrings speak to programmers.
        own = type(self.view).__doc__ or getattr(self._handler(), "__doc__", None)
        described: str = super().get_description() if own else ""
        if not isinstance(self.view, ReadViewSet):
            return described
        scope = required_scope(self.view, write=self.method not in SAFE_METHODS)
        permission = required_permission(self.view)
        needs = f"Needs the scope `{scope}`" + (f" and the permission `{permission}`." if permission else ".")
        return "\n\n".join(part for part in (described, needs) if part)

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if not isinstance(self.view, ReadViewSet):
            return parameters
        if self._is_idempotent():
            parameters += [
                OpenApiParameter(
                    KEY_HEADER,
                    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
                    OpenApiParameter.HEADER,
                    description="Made by the caller, such as a UUID. Repeating the same request with the same "
                    "key within a day does nothing again and gives the same answer.",
                ),
                OpenApiParameter(
                    REPLAYED_HEADER,
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    response=[200, 201],
                    description="`true` when this answer was given before.",
                ),
            ]
        if self._changes_a_record():
            parameters.append(
                OpenApiParameter(
                    "If-Match",
                    {"type": "string", "pattern": r'^(\*|"[0-9]+-[0-9]+")$'},
                    OpenApiParameter.HEADER,
                    description="The ETag of the version you read; the change is refused when there is a newer one.",
                )
            )
        if self._answers_with_a_record():
            parameters.append(
                OpenApiParameter(
                    "ETag",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    response=[200, 201],
                    description="The version of the record, for If-Match.",
                )
            )
        return parameters

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        for parameter in parameters:
            schema = parameter["schema"]
            if parameter["in"] == "path" and parameter["name"] == "id":
                parameter["schema"] = {"type": "integer", "minimum": 1}
            elif parameter["in"] == "query" and schema.get("type") == "string" and "enum" not in schema:
                schema["minLength"] = 1
        return parameters

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]  # the package's
        if direction == "request" and _is_strict(serializer):
            schema["additionalProperties"] = False
        return schema

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:  # noqa: FBT001, FBT002  # the package's signature
        if isinstance(field, ChoiceField) and field.read_only and _may_be_blank(field):
            # The package adds the empty choice only where it may be sent.
            field.allow_blank = True
        return super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]  # the package's

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        super()._insert_field_validators(field, schema)  # type: ignore[no-untyped-call]  # the package's
        if schema.get("format") in {"uri", "email"} and _may_be_blank(field):
            # An empty text is no address.
            del schema["format"]

    def get_examples(self) -> list[Any]:
        return []

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        for code in self._error_codes():
            if code not in responses:
                answer = self._get_response_for_code(ErrorAnswerSerializer, code, ["application/json"])
                responses[code] = answer | {"description": _SENTENCES[code]}
        if "429" in responses:
            responses["429"]["headers"] = {
                "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}
            }
        return responses

    def _get_response_for_code(
        self, serializer: Any, status_code: str, media_types: Any = None, direction: Any = "response"
    ) -> dict[str, Any]:
        answer: dict[str, Any] = super()._get_response_for_code(  # type: ignore[no-untyped-call]  # the package's
            serializer, status_code, media_types, direction
        )
        if isinstance(self.view, ReadViewSet) and CsvRenderer.media_type in answer.get("content", {}):
            columns = ",".join(column.replace(".", "_") for column in self.view.csv_columns)
            answer["content"][CsvRenderer.media_type] = {
                "schema": {
                    "type": "string",
                    "description": f"All rows, not a page, under the header `{columns}`.",
                }
            }
        return answer

    def _error_codes(self) -> list[str]:
        codes = {"400", "406", "429"} if isinstance(self.view, ReadViewSet) else {"429"}
        if AllowAny not in self.view.permission_classes:
            codes |= {"401", "403"}
        if "{" in self.path:
            codes.add("404")
        if self.method not in SAFE_METHODS:
            codes |= {"409", "413", "415"}
        if self._is_idempotent():
            codes.add("422")
        if any(parameter.name == "If-Match" for parameter in self.get_override_parameters()):
            codes.add("412")
        return sorted(codes)

    def _handler(self) -> Any:
        return getattr(self.view, getattr(self.view, "action", None) or self.method.lower(), None)

    def _is_idempotent(self) -> bool:
        return getattr(self._handler(), "is_idempotent", False)

    def _changes_a_record(self) -> bool:
        return isinstance(self.view, ReadViewSet) and self.method not in SAFE_METHODS and "{" in self.path

    def _answers_with_a_record(self) -> bool:
        if not isinstance(self.view, ReadViewSet) or self.view.action in {"list", *self.view.outputs}:
            return False
        return issubclass(self.view.model, Record)


def drop_labels_that_say_nothing(result: Any, **_: Any) -> Any:
    """Take lines such as "* `USD` - USD" out of descriptions; called by the package on the whole document."""
    if isinstance(result, dict):
        kept = {name: drop_labels_that_say_nothing(part) for name, part in result.items()}
        # A description that had nothing else to say goes as a whole.
        return {name: part for name, part in kept.items() if part != "" or result[name] == ""}
    if isinstance(result, list):
        return [drop_labels_that_say_nothing(part) for part in result]
    return _SAME_LABEL.sub("", result).strip() if isinstance(result, str) and "* `" in result else result


def _is_strict(serializer: Any) -> bool:
    kind = serializer if isinstance(serializer, type) else type(serializer)
    return issubclass(kind, StrictInput)


def _may_be_blank(field: Any) -> bool:
    if not field.read_only:
        return bool(getattr(field, "allow_blank", False))
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    if model is None or field.source not in {known.name for known in model._meta.get_fields()}:
        return True
    return bool(model._meta.get_field(field.source).blank)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the package's
    target_class = "foundation.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002  # the package's signature
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "`Authorization: Bearer bursar_…`, or `Authorization: Token bursar_…`.",
        }
