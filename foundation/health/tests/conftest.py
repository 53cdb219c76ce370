"""A real mail server and a real receiver of webhooks, from the slices that send."""

from foundation.notices.tests.conftest import mailbox
from foundation.webhooks.tests.conftest import receiver

__all__ = ["mailbox", "receiver"]
