"""Structured logs: one JSON line an event, with request or task id and actor, and no personal data."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied

from foundation.audit.secret_paths import without_secrets


def _hide_secrets(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Cut the secrets out of addresses, which Django names when it refuses one."""
    return {
        name: without_secrets(value) if isinstance(value, str) else value for name, value in event.items()
    }


def _refuse_briefly(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Say that a page was refused, and not where in the code: that is an answer and no failure."""
    raised = event.get("exc_info")
    # Of a task it would be a failure.
    answered = event.get("logger") == "django.request"
    if answered and isinstance(raised, tuple) and isinstance(raised[1], PermissionDenied):
        del event["exc_info"]
    return event


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _refuse_briefly,
    structlog.processors.format_exc_info,
]
# One list for good: loggers keep what they were first configured with.
_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.stdlib.filter_by_level,
    *_SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def configuration(*, level: str, readable: bool) -> dict[str, Any]:
    """Return Django's LOGGING setting; `readable` is for a person's terminal, JSON otherwise."""
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if readable
        else structlog.processors.JSONRenderer(sort_keys=True)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    _hide_secrets,
                    renderer,
                ],
                "foreign_pre_chain": _SHARED,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Its lines repeat every request with the query string, which may hold personal data.
            "django.server": {"level": "WARNING"},
            "gunicorn.access": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
        },
    }
