"""Large figures are read as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.inkind.rules import wording


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (0.5, "0.5"),
        (7, "7"),
        (12_345, "12,345"),
        (390_000_000, "390 million"),
        (999_600_000, "1 billion"),
        (1_204_000_000, "1.2 billion"),
        (1.2e12, "1.2 trillion"),
        (5.4321e15, "5,432 trillion"),
    ],
)
def test_counts(value, words):
    assert wording.count_in_words(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 bytes"), (1500, "1.5 kB"), (66e15, "66 PB"), (92.34e12, "92.3 TB"), (3.3e21, "3,300 EB")],
)
def test_bytes(value, words):
    assert wording.bytes_in_words(value) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (1, "100%"),
        (0, "0%"),
        (0.5, "50%"),
        (0.953, "95.3%"),
        (0.9902, "99.02%"),
        (0.99985, "99.985%"),
        (0.0004, "0.04%"),
        (1e-9, "0%"),
    ],
)
def test_shares(share, words):
    assert wording.percent_in_words(share) == words


@pytest.mark.parametrize(
    ("factor", "words"),
    [(3.14, "3.1 times"), (12.6, "13 times"), (1234.4, "1,234 times"), (0.2, "0.2 times"), (1e-7, "0 times")],
)
def test_times(factor, words):
    assert wording.times_in_words(factor) == words


def test_energy_and_mass():
    assert wording.energy_in_words(1_980_000) == "1.98 GWh"
    assert wording.energy_in_words(999) == "999 kWh"
    assert wording.mass_in_words(952_380) == "952 t"


@given(st.floats(0, 1e18))
def test_no_figure_is_written_with_an_exponent(value):
    assert "e" not in wording.count_in_words(value).replace("one", "").removesuffix("illion").lower()
