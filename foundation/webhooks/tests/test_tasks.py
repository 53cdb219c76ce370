"""Waking the sender."""

import pytest
from kombu.exceptions import OperationalError

from foundation.webhooks import tasks


@pytest.mark.parametrize("problem", [OperationalError("no broker"), PermissionError("folder")])
def test_missing_broker_does_not_break_what_is_told_of(monkeypatch, problem):
    def refuse(**_options):
        raise problem

    monkeypatch.setattr(tasks.deliver_webhooks, "apply_async", refuse)
    tasks.wake_sender()
