"""Who works on gifts in kind in tests."""

import pytest

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.inkind.tests.factories import region, service


@pytest.fixture
def engineer(db):
    service()
    region()
    return make_user("Ira Infrastructure", Role.INFRASTRUCTURE)
