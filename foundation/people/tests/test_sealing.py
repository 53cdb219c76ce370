"""What opens an account is not readable in the database."""

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken

from foundation.people.sealing import seal, unseal
from foundation.people.tests.factories import make_user


def test_sealed_text_is_opened_again_and_says_nothing_itself():
    sealed = seal("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DP" not in sealed
    assert unseal(sealed) == "JBSWY3DPEHPK3PXP"


def test_secret_key_may_be_changed_once_the_old_one_is_named(settings):
    sealed = seal("secret")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key " * 5
    with pytest.raises(InvalidToken):
        unseal(sealed)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert unseal(sealed) == "secret"


def test_altered_text_is_not_opened():
    sealed = seal("secret")
    with pytest.raises(InvalidToken):
        unseal(sealed[:-6] + "AAAA==")


@pytest.mark.django_db
def test_secret_of_an_authenticator_app_is_kept_sealed():
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    user, secret = make_user("Ada"), generate_totp_secret()
    TOTP.activate(user, secret)
    kept = Authenticator.objects.get(user=user).data["secret"]
    assert secret not in kept
    assert unseal(kept) == secret
