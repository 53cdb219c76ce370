"""docs/how-to/webhooks.md does what it says: its program is run on a message that was really sent."""

import re
import time
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from foundation.webhooks.rules import EventKind
from foundation.webhooks.services import rotate_secret
from foundation.webhooks.tasks import deliver_webhooks
from foundation.webhooks.tests.factories import message, new_endpoint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("woken")]
GUIDE = (settings.BASE_DIR / "docs" / "how-to" / "webhooks.md").read_text(encoding="utf-8")


@pytest.fixture
def checked():
    (program,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102  # the guide's own
    return names["checked"]


def test_the_program_takes_what_was_sent_and_nothing_else(receiver, checked, administrator, monkeypatch):
    made = new_endpoint(receiver.url)
    message(to=made.endpoint)
    rotated = rotate_secret(actor=administrator, endpoint=made.endpoint, now=timezone.now())
    deliver_webhooks()
    ((_path, headers, body),) = receiver.received
    for secret in (made.secret, rotated.secret):
        assert checked(headers, body.encode(), secret)["text"] == "Job 1 is late."
    with pytest.raises(ValueError, match="not signed"):
        checked(headers, body.encode(), new_endpoint().secret)
    with pytest.raises(ValueError, match="not signed"):
        checked(headers, body.replace("late", "fine").encode(), made.secret)
    later = time.time() + 400
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(ValueError, match="too old"):
        checked(headers, body.encode(), made.secret)


def test_every_event_is_in_the_guide():
    assert [kind for kind in EventKind.values if f"| `{kind}` |" not in GUIDE] == []
