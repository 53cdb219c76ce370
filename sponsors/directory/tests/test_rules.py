import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.directory.rules import (
    LONGEST_SLUG,
    DirectoryError,
    check_slug,
    comparable,
    free_slug,
    normalize_website,
    one_line,
    slug_of,
)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme Cloud, Inc.", "acme-cloud-inc"),
        ("Société Générale", "societe-generale"),
        ("Ben's Bits", "bens-bits"),
        ("日本", "sponsor"),
        ("--", "sponsor"),
        ("x" * 200, "x" * LONGEST_SLUG),
    ],
)
def test_a_slug_is_made_of_the_plain_letters_of_the_name(name, slug):
    assert slug_of(name) == slug


@given(st.text())
def test_every_slug_that_is_made_is_one_that_may_be_chosen(name):
    assert check_slug(slug_of(name)) == slug_of(name)


@given(st.text(min_size=1, max_size=300), st.integers(0, 120))
def test_a_free_slug_is_free_and_well_formed_however_many_are_taken(name, taken):
    wanted = slug_of(name)
    slugs: set[str] = set()
    for _ in range(taken):
        slugs.add(free_slug(wanted, slugs.__contains__))
    assert len(slugs) == taken
    assert all(check_slug(slug) for slug in slugs)


@pytest.mark.parametrize("slug", ["", "Acme", "acme cloud", "-acme", "acme--cloud", "acmé", "a" * 81, "a/b"])
def test_a_slug_that_would_not_read_well_in_an_address_is_refused(slug):
    with pytest.raises(DirectoryError, match="lower-case letters and digits") as refused:
        check_slug(slug)
    assert refused.value.field == "slug"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  ", ""),
        ("Acme.Example", "https://acme.example"),
        ("//acme.example/", "https://acme.example"),
        ("http://ACME.example/About?x=Y#Z", "http://acme.example/About?x=Y#Z"),
        ("https://acme.example/?ref=a", "https://acme.example/?ref=a"),
        ("acme.example:8443/", "https://acme.example:8443"),
    ],
)
def test_a_website_is_kept_in_one_form(typed, kept):
    assert normalize_website(typed) == kept
    assert normalize_website(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://acme.example",
        "javascript:alert(1)",
        "mailto:a@acme.example",
        "https://",
        "acme",
        "https://user:secret@acme.example",
        "https://acme.example:port",
        "https://[acme.example",
        "https://.",
    ],
)
def test_what_is_no_web_address_is_refused(typed):
    with pytest.raises(DirectoryError, match="web address such as") as refused:
        normalize_website(typed)
    assert refused.value.field == "website"


def test_names_are_compared_without_case_spaces_and_forms_of_letters():
    assert comparable("  ACME   Cloud ") == comparable("acme cloud")
    assert comparable("\uff21cme Cloud") == comparable("Acme cloud")
    assert comparable("Acme") != comparable("Acme Cloud")
    assert one_line(" a\tb\n c ") == "a b c"
