"""Words that come from packages, as our own are written."""

import pytest

from foundation.people.template_tags import sentence_case
from foundation.people.tests.factories import let_sign_in


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("\n    Two-Factor Authentication\n", "Two-factor authentication"),
        ("New Password (again)", "New password (again)"),
        ("API token", "API token"),
        ("Add", "Add"),
        ("", ""),
    ],
)
def test_headings_are_sentences_and_abbreviations_stay(written, shown):
    assert sentence_case(written) == shown


@pytest.mark.django_db
def test_pages_of_the_sign_in_package_read_like_ours(signed_in, fundraiser):
    client = signed_in(let_sign_in(fundraiser))
    factors = client.get("/accounts/2fa/").content.decode()
    password = client.get("/accounts/password/change/").content.decode()

    assert "<title>Two-factor authentication · Bursar</title>" in factors
    assert ">Two-factor authentication</h1>" in factors
    assert ">Recovery codes</h2>" in factors
    assert ">Current password</label>" in password
    assert 'placeholder="New password (again)"' in password
    assert ">Change password</button>" in password
