"""What is logged, by whom it was asked for first."""

import structlog
from structlog.testing import capture_logs

from config.logs import configuration


def test_a_logger_in_use_follows_when_logging_is_configured_again():
    log = structlog.get_logger("config.tests")
    log.info("before")
    configuration(level="INFO", readable=False)
    with capture_logs() as logs:
        log.info("after")
    assert [line["event"] for line in logs] == ["after"]
