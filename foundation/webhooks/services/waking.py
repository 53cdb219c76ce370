"""Having somebody look once the caller's transaction is over."""

from django.db import transaction


def wake_sender_on_commit() -> None:
    transaction.on_commit(_wake_sender)


def _wake_sender() -> None:
    from foundation.webhooks.tasks import wake_sender

    wake_sender()
