"""What is logged, by whom it was asked for first."""

import json
import logging
import logging.config

import pytest
import structlog
from django.core.exceptions import PermissionDenied
from structlog.testing import capture_logs

from config.logs import configuration


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
