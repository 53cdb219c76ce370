"""How a test says that something is refused: with which words, about which field."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from foundation.errors import RuleViolation


@contextmanager
def refused(
    sentence: str, *, field: str | None, kind: type[RuleViolation] = RuleViolation, code: str = ""
) -> Iterator[None]:
    """Expect a refusal whose message contains the sentence and which names the field, and the code if given."""
    with pytest.raises(kind) as caught:
        yield
    assert sentence in caught.value.message
    assert caught.value.field == field
    assert code in {"", caught.value.code}
