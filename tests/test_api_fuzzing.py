"""The API under generated requests, good and bad: no failure of ours and no undocumented answer."""

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.meta import TestPhase
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.python._constants.orchestrator import make_constants_value_source
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from foundation.api.schema_views import api_schema
from foundation.api.throttling import TokenThrottle
from foundation.people.roles import Role
from tests.api_table import ROWS

EXAMPLES = 4
# The tool lists hundreds of edge cases for a list with many parameters, most of them alike: one in
# four of the first is sent, and one in sixteen of the rest.
FIRST_EDGE_CASES, OF_THE_FIRST, OF_THE_REST = 40, 4, 16

# The tool knows no way to write a row of JSON a line: any text will do.
schemathesis.serializer.alias("application/x-ndjson", "text/plain")


@pytest.fixture(scope="module")
def schema():
    schema = schemathesis.openapi.from_dict(api_schema())
    schema.app = get_wsgi_application()
    # A stale If-Match is looked at before the body, so that 412 too is an answer to a bad one.
    rejected = schema.config.checks.negative_data_rejection
    rejected.expected_statuses = [*rejected.expected_statuses, "412"]
    return schema


@pytest.fixture(scope="module")
def feedback(schema):
    return FeedbackSources(constants_value_source=make_constants_value_source(schema))


@pytest.fixture
def administrator_token(db, cast, tokens, monkeypatch):
    monkeypatch.setattr(TokenThrottle, "a_user", 1_000_000)
    monkeypatch.setattr(TokenThrottle, "an_address", 1_000_000)
    # As Django's own test client does: the connection is the test's, not the request's.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield tokens[Role.ADMINISTRATOR], cast[Role.ADMINISTRATOR], {}
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def answer_is_documented(case, administrator_token):
    secret, user, made = administrator_token
    row = ROWS[f"{case.operation.method.upper()} {case.operation.path.replace('{id}', '{pk}')}"]
    if row.record and "pk" not in made:
        made["pk"] = row.record(user).pk
    with transaction.atomic():
        if "pk" in made and str(case.path_parameters.get("id", "")).isdigit():
            case.path_parameters["id"] = made["pk"]
        case.call_and_validate(
            headers={"Authorization": f"Bearer {secret}"},
            # What the rules of a slice refuse is not for a schema to say, and that nobody is let in
            # without a token or with one that is none is tested for each endpoint in test_api_access.py.
            excluded_checks=[positive_data_acceptance, ignored_auth],
        )
        transaction.set_rollback(True)


def leave_most_edges_out(test):
    """Keep a few of the edge cases, which the tool attaches in reverse order, and every other example."""
    kept, edges = [], 0
    for example in reversed(test.hypothesis_explicit_examples):
        case = example.kwargs["case"]
        if case.meta is None or case.meta.phase.name is not TestPhase.COVERAGE:
            kept.append(example)
            continue
        if edges % (OF_THE_FIRST if edges < FIRST_EDGE_CASES else OF_THE_REST) == 0:
            kept.append(example)
        edges += 1
    assert edges
    test.hypothesis_explicit_examples[:] = reversed(kept)


# The tool's own parametrization would make the cases of all endpoints when tests are collected, in each process.
# That the table and the schema hold every endpoint is tested in test_api_access.py.
@pytest.mark.parametrize("key", sorted(ROWS))
def test_every_answer_is_documented(key, schema, feedback, administrator_token):
    method, path = key.split()
    test = build_operation_test(
        config=schema.config,
        operation=schema[path.replace("{pk}", "{id}")][method],
        test_func=answer_is_documented,
        given_kwargs={},
        feedback=feedback,
    )
    leave_most_edges_out(test)
    test(administrator_token=administrator_token)
