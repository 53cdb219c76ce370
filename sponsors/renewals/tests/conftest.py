"""What came with Bursar, for tests that begin with empty tables."""

from importlib import import_module

import pytest
from django.apps import apps

from sponsors.renewals.models import ReminderPolicy


@pytest.fixture
def shipped(transactional_db) -> None:
    """Put the shipped policies back: a test with transactions of its own leaves every table empty."""
    if not ReminderPolicy.objects.exists():
        import_module("sponsors.migrations.0020_shipped_renewal_policies").ship(apps, None)
