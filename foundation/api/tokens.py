"""The text of a token: `bursar_<random>_<checksum>`.

The prefix lets people and secret scanners recognize a token that leaked. The checksum tells a
mistyped token from an unknown one without asking the database.
"""

import hashlib
import secrets
import string
import zlib

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BRAND = "bursar"
# 30 characters of 62 are more than 178 bits; 6 hold any CRC-32.
_RANDOM_LENGTH = 30
_CHECKSUM_LENGTH = 6
_SHOWN_LENGTH = 8


def generate() -> str:
    """Return a new token; it is shown to its owner once and never stored."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return f"{_BRAND}_{random}_{_checksum(random)}"


def is_well_formed(token: str) -> bool:
    """Whether this can be a token at all: its shape and checksum are right."""
    brand, _, rest = token.partition("_")
    random, _, checksum = rest.partition("_")
    return (
        brand == _BRAND
        and len(random) == _RANDOM_LENGTH
        and set(random) <= set(_ALPHABET)
        and checksum == _checksum(random)
    )


def digest(token: str) -> str:
    """Return what is stored: SHA-256, which needs no salt for a secret this long."""
    return hashlib.sha256(token.encode()).hexdigest()


def shown_prefix(token: str) -> str:
    """Return the beginning by which people tell their tokens apart."""
    return token[: len(_BRAND) + 1 + _SHOWN_LENGTH]


def _checksum(random: str) -> str:
    number = zlib.crc32(f"{_BRAND}_{random}".encode())
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
