"""How a test says that something is refused: with which words, about which field."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from foundation.errors import RuleViolation


@contextmanager
def refused(sentence: str, *, field: str | None, kind: type[RuleViolation] = RuleViolation) -> Iterator[None]:
    """Expect a refusal whose message contains the sentence and which names the field."""
    with pytest.raises(kind) as caught:
        yield
    assert sentence in caught.value.message
    assert caught.value.field == field
