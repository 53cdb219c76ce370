"""allauth's mail becomes notices: the right text, and personal links hidden."""

from pathlib import Path

import allauth
import pytest
from django.contrib.auth.models import AnonymousUser

from foundation.notices.models import Notice
from foundation.people.adapters import _CHANGES, _MAILS, AccountAdapter, MFAAdapter

pytestmark = pytest.mark.django_db

# Mail of allauth's features that are switched off here.
SWITCHED_OFF = {
    "email_confirmation_signup",
    "login_code",
    "password_reset_code",
    "unknown_account",
}


def test_every_mail_allauth_can_send_has_words_of_ours():
    folder = Path(allauth.__file__).parent / "templates"
    known = {
        file.name.removesuffix("_subject.txt")
        for app in ("account", "mfa")
        for file in (folder / app / "email").glob("*_subject.txt")
    }
    assert known - SWITCHED_OFF == set(_CHANGES) | set(_MAILS)


@pytest.mark.parametrize("kind", sorted(_CHANGES))
def test_changes_of_an_account_are_told_in_a_sentence(kind):
    context = {"from_email": "a@x.example", "to_email": "b@x.example", "deleted_email": "c@x.example"}
    AccountAdapter().send_mail(f"account/email/{kind}", "a@x.example", context)
    notice = Notice.objects.get()
    assert notice.body_text.startswith(_CHANGES[kind].format_map(context))
    assert "/accounts/2fa/" in notice.body_text
    assert not notice.is_secret


def test_two_mails_of_a_kind_are_two_notices(finance):
    for user in (finance, AnonymousUser()):
        AccountAdapter().send_mail("account/email/password_changed", "a@x.example", {"user": user})
    assert Notice.objects.count() == 2


def test_passkeys_name_the_foundation(rf):
    from allauth.core.context import request_context

    with request_context(rf.get("/")):
        entity = MFAAdapter().get_public_key_credential_rp_entity()
    assert entity == {"id": "testserver", "name": "Your foundation"}
