"""The first administrator comes from the command line."""

import io

import pytest
from django.core.management import CommandError, call_command

from foundation.notices.models import Notice
from foundation.people.models import Invitation
from foundation.people.roles import Role

pytestmark = pytest.mark.django_db


def create(email):
    out = io.StringIO()
    call_command("create_administrator", email=email, name="Ada Administrator", stdout=out)
    return out.getvalue()


def test_link_is_printed_and_mailed():
    printed = create("ada@foundation.example")
    invitation = Invitation.objects.get()
    assert invitation.roles == [Role.ADMINISTRATOR]
    assert invitation.invited_by is None
    link = printed.split()[-1]
    assert link in Notice.objects.get().body_text


def test_address_with_an_account_is_refused(administrator):
    with pytest.raises(CommandError, match="has an account already"):
        create(administrator.email)
    assert not Invitation.objects.exists()
