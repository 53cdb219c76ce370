"""The table of versions, and the words that layouts add."""

from datetime import date
from decimal import Decimal

import pytest

from sponsors.agreements.rules import (
    OPEN,
    VERSION_TRANSITIONS,
    WORDS,
    Language,
    Step,
    VersionState,
    amount_in,
    country_in,
    day_in,
    is_possible,
    next_version_state,
)
from sponsors.commitments.rules import NotAllowedNow


def test_every_state_is_reached_and_voided_ends_a_version():
    assert {*VERSION_TRANSITIONS.values()} | {VersionState.DRAFT} == set(VersionState)
    assert not [step for step in Step if is_possible(VersionState.VOIDED, step)]


def test_what_is_open_can_be_signed_and_voided_and_what_is_signed_only_annulled():
    for state in OPEN:
        assert next_version_state(state, Step.SIGN) is VersionState.SIGNED
        assert next_version_state(state, Step.VOID) is VersionState.VOIDED
    assert [step for step in Step if is_possible(VersionState.SIGNED, step)] == [Step.ANNUL]


@pytest.mark.parametrize(
    ("state", "step", "sentence"),
    [
        (VersionState.VOIDED, Step.SEND, "A version that is voided cannot be sent. Begin a new version."),
        (VersionState.SIGNED, Step.VOID, "It can be voided as signed, or a new version begun."),
        (VersionState.SENT, Step.ANNUL, "It can be sent, recorded as signed, voided as unsigned, or a new version begun."),
    ],
)  # fmt: skip
def test_a_refusal_says_what_is_possible_and_always_leads_on(state, step, sentence):
    with pytest.raises(NotAllowedNow) as refused:
        next_version_state(state, step)
    assert sentence in refused.value.message


def test_days_amounts_and_countries_are_written_as_the_language_does():
    assert day_in(Language.ENGLISH, date(2026, 1, 31)) == "31 January 2026"
    assert day_in(Language.GERMAN, date(2026, 1, 31)) == "31. Januar 2026"
    assert amount_in(Language.ENGLISH, Decimal(60000), "USD") == "USD\xa060,000.00"
    assert amount_in(Language.GERMAN, Decimal("60000.5"), "EUR") == "EUR\xa060.000,50"
    assert amount_in(Language.JAPANESE, Decimal(5000000), "JPY") == "JPY\xa05,000,000"
    assert country_in(Language.FRENCH, "DE") == "Allemagne"


def test_every_language_has_its_words_and_counts_its_pages():
    for language in Language:
        assert WORDS[language].page.count("{}") == 2
        assert day_in(language, date(2026, 1, 31))
