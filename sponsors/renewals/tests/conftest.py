"""What came with Bursar, for tests that begin with empty tables."""

import pytest

from sponsors.renewals.tests.reminding import ship


@pytest.fixture
def shipped(transactional_db) -> None:
    ship()
