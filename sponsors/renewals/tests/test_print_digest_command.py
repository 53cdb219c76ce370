"""What a person was mailed can be read again."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from foundation.notices.models import Notice
from sponsors.renewals.models import Digest

DAY = date(2026, 11, 26)

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest(fundraiser) -> Digest:
    notice = Notice.objects.create(
        kind="renewal_digest",
        key="digest",
        recipient=fundraiser.email,
        subject="Two renewals",
        body_text="Two renewals wait for you.",
        body_html="<p>Two renewals wait for you.</p>",
        message_id="<digest@example.org>",
    )
    return Digest.objects.create(person=fundraiser, day=DAY, notice=notice)


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("print_digest", *arguments, stdout=out)
    return out.getvalue()


def test_it_is_printed_as_text_or_as_html(digest):
    email = digest.person.email.upper()
    assert printed(email, "2026-11-26") == "Two renewals wait for you.\n"
    assert printed(email, "2026-11-26", "--html") == "<p>Two renewals wait for you.</p>\n"


def test_of_another_day_it_says_which_there_are(digest):
    with pytest.raises(CommandError, match=r"no digest on 2026-11-25\. The latest are of 2026-11-26\."):
        printed(digest.person.email, "2026-11-25")


def test_of_an_unknown_address_it_says_that_there_is_none():
    with pytest.raises(CommandError, match="none for this address"):
        printed("nobody@example.org", "2026-11-25")
