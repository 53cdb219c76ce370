"""Which text may be kept: what people can read, in the order in which it is shown."""

import unicodedata

# Embeddings, overrides and isolates turn what follows around, so that a name reads as another one.
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LAYOUT = frozenset("\t\n\r")


def unreadable(text: str) -> str:
    """Return the sentence that refuses the text for a character nobody sees, or nothing."""
    for character in text:
        if character in _BIDIRECTIONAL or (
            character not in _LAYOUT and unicodedata.category(character) in {"Cc", "Cs"}
        ):
            return (
                f"This holds the invisible character U+{ord(character):04X}. Type the text anew without it."
            )
    return ""
