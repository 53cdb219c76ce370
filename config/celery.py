"""The Celery application and its beat schedule.

The broker is never the memory of anything: what must happen is a row in PostgreSQL, and a task
only wakes somebody up to look. A lost message therefore costs a minute, never a notice.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("bursar", task_cls="foundation.health.jobs:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "foundation.health",
        "foundation.notices",
        "foundation.webhooks",
        "foundation.people",
        "foundation.api",
        "foundation.imports",
        "sponsors.commitments",
        "sponsors.inkind",
        "sponsors.renewals",
    ]
)

app.conf.beat_schedule = {
    "heartbeat": {"task": "foundation.heartbeat", "schedule": 60.0, "options": {"expires": 50}},
    "deliver-notices": {"task": "foundation.deliver_notices", "schedule": 60.0, "options": {"expires": 50}},
    "deliver-webhooks": {"task": "foundation.deliver_webhooks", "schedule": 60.0, "options": {"expires": 50}},
    "work-on-imports": {"task": "foundation.work_on_imports", "schedule": 60.0, "options": {"expires": 50}},
    "work-on-usage-imports": {
        "task": "sponsors.work_on_usage_imports",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "clear-old-usage-files": {
        "task": "sponsors.clear_old_usage_files",
        "schedule": crontab(hour="3", minute="30"),
    },
    "clear-old-imports": {"task": "foundation.clear_old_imports", "schedule": crontab(hour="3", minute="25")},
    "forget-idempotency-keys": {
        "task": "foundation.forget_idempotency_keys",
        "schedule": crontab(hour="3", minute="10"),
    },
    "clear-sessions": {"task": "foundation.clear_sessions", "schedule": crontab(hour="3", minute="40")},
    # Before commitments are ended: an amendment may give one more time.
    "apply-amendments": {"task": "sponsors.apply_amendments", "schedule": crontab(minute="5")},
    # After amendments, which may change what was agreed about the end.
    "renew-commitments": {"task": "sponsors.renew_commitments", "schedule": crontab(minute="10")},
    "make-usage-partitions": {
        "task": "sponsors.make_usage_partitions",
        "schedule": crontab(hour="2", minute="15"),
    },
    "pull-usage": {
        "task": "sponsors.pull_usage",
        "schedule": crontab(minute="25"),
        "options": {"expires": 3000},
    },
    # When the provider's figures of the day before are whole, and were asked for.
    "watch-services": {"task": "sponsors.watch_services", "schedule": crontab(hour="4", minute="45")},
    "end-commitments": {"task": "sponsors.end_commitments", "schedule": crontab(minute="20")},
    # After the day of UTC is over and its usage asked for.
    "draft-valuations": {"task": "sponsors.draft_valuations", "schedule": crontab(hour="5", minute="30")},
    # After everything that risk is reckoned from, and before people begin their day.
    "sweep-renewals": {"task": "sponsors.sweep_renewals", "schedule": crontab(hour="6", minute="15")},
    # So that whoever signed a renewal in the morning is not reminded of it at noon.
    "follow-up-renewals": {
        "task": "sponsors.follow_up_renewals",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 280},
    },
}


@beat_init.connect
def beat_at_once(**_: Any) -> None:
    """Send the first heartbeat when beat starts: after a minute without one nobody knows yet."""
    app.send_task("foundation.heartbeat", expires=50)
