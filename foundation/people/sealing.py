"""Secrets that must be read again: sealed at rest, so that a copy of the database opens no account."""

import base64
from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"bursar second factors"


@cache
def _keys(*secrets: str) -> MultiFernet:
    derived = (
        HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
        for secret in secrets
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def seal(text: str) -> str:
    """Return the text encrypted under a key that only the settings hold (Fernet: AES-128-CBC and HMAC)."""
    return _keys(settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what was sealed under SECRET_KEY, or under the one before it.

    Raises cryptography.fernet.InvalidToken when it was sealed under another key, or altered.
    """
    return _keys(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(sealed.encode()).decode()
