"""What is logged, by whom it was asked for first."""

import json
import logging
import logging.config

import pytest
import structlog
from django.core.exceptions import PermissionDenied
from structlog.testing import capture_logs

from config.logs import configuration
from foundation.api.scopes import Scope
from foundation.api.tests.factories import api_client


def test_a_logger_in_use_follows_when_logging_is_configured_again():
    log = structlog.get_logger("config.tests")
    log.info("before")
    configuration(level="INFO", readable=False)
    with capture_logs() as logs:
        log.info("after")
    assert [line["event"] for line in logs] == ["after"]


@pytest.mark.parametrize(
    ("logger", "raised", "told"),
    [
        ("django.request", PermissionDenied("No."), False),
        ("django.request", ValueError("Bad."), True),
        ("celery.app.trace", PermissionDenied("No."), True),
    ],
)
def test_only_a_page_refused_is_logged_without_the_place_in_the_code(logger, raised, told):
    formatter = logging.config.DictConfigurator(
        configuration(level="INFO", readable=False)
    ).configure_formatter(configuration(level="INFO", readable=False)["formatters"]["structured"])
    record = logging.makeLogRecord(
        {
            "name": logger,
            "msg": "Forbidden: /admin/",
            "exc_info": (type(raised), raised, raised.__traceback__),
        }
    )
    line = json.loads(formatter.format(record))
    assert line["event"] == "Forbidden: /admin/"
    assert ("exception" in line) is told


@pytest.fixture
def bound_at_each_line():
    """Return what lines of Django's requests are merged with, line by line."""
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append({"event": record.getMessage(), **structlog.contextvars.get_contextvars()})

    kept = Keep()
    logging.getLogger("django.request").addHandler(kept)
    yield lines
    logging.getLogger("django.request").removeHandler(kept)


@pytest.mark.django_db
def test_an_answer_that_refuses_is_logged_once_with_its_request_and_who_asked(finance, bound_at_each_line):
    client = api_client(finance, [Scope.SPONSORS_READ])
    refused = client.get("/api/v1/receipts/", headers={"X-Request-ID": "of-a-test"})
    assert refused.status_code == 403
    (line,) = bound_at_each_line
    assert line["event"] == "Forbidden: /api/v1/receipts/"
    assert (line["request_id"], line["actor"]) == ("of-a-test", finance.pk)
