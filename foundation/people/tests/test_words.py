"""Words that come from packages, as our own are written."""

import pytest

from foundation.people.template_tags import browser_in_words, sentence_case
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


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_session_is_told_by_browser_and_system(user_agent, shown):
    assert browser_in_words(user_agent) == shown


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
