"""Secrets that must be read again: sealed at rest, so that a copy of the database opens no account."""

import base64
from enum import Enum
from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Purpose(Enum):
    """What is sealed: each has keys of its own, so that one cannot be passed off as the other."""

    SECOND_FACTORS = b"bursar second factors"
    WEBHOOKS = b"bursar webhooks"


@cache
def _keys(purpose: Purpose, *secrets: str) -> MultiFernet:
    derived = (
        HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.value).derive(secret.encode())
        for secret in secrets
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def seal(text: str, purpose: Purpose = Purpose.SECOND_FACTORS) -> str:
    """Return the text encrypted under a key that only the settings hold (Fernet: AES-128-CBC and HMAC)."""
    return _keys(purpose, settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: Purpose = Purpose.SECOND_FACTORS) -> str:
    """Return what was sealed under SECRET_KEY, or under the one before it.

    Raises cryptography.fernet.InvalidToken when it was sealed under another key, or altered.
    """
    keys = _keys(purpose, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return keys.decrypt(sealed.encode()).decode()
