"""The two colleagues who use the API of commitments most."""

import pytest

from foundation.api.tests.factories import api_client


@pytest.fixture
def fundraising(fundraiser):
    return api_client(fundraiser)


@pytest.fixture
def treasury(finance):
    return api_client(finance)
