"""Several people at one document at the same moment: real threads, real transactions."""

from typing import Any

import pytest

from foundation.notices.models import Notice
from foundation.notices.tasks import deliver_notices
from sponsors.agreements.models import DocumentVersion
from sponsors.agreements.rules import VersionState
from sponsors.agreements.services import begin_version, change_template
from sponsors.agreements.tests.factories import (
    TODAY,
    begun,
    sent,
    signed,
    somebody_at,
    template,
    voided,
)
from sponsors.commitments.rules import NotAllowedNow
from sponsors.commitments.tests.factories import colleague
from sponsors.directory.tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_versions_begun_at_once_get_different_numbers_and_one_stays_open():
    document, text, actor = voided().document, template(), colleague()

    def begin():
        return begin_version(actor=actor, document=document, today=TODAY, template=text)

    results = at_once(begin, begin)
    assert sorted(version.number for version in results) == [2, 3]
    assert [row.state for row in document.versions.order_by("number")] == [
        VersionState.VOIDED,
        VersionState.VOIDED,
        VersionState.DRAFT,
    ]


def test_of_signing_and_voiding_at_once_one_wins_and_the_other_is_told():
    version = sent()
    results = at_once(lambda: signed(version), lambda: voided(version))
    assert sum(isinstance(result, NotAllowedNow) for result in results) == 1
    assert sum(isinstance(result, DocumentVersion) for result in results) == 1


def test_sending_at_once_mails_once():
    version = begun()
    contact = somebody_at(version.document)
    results = at_once(*[lambda: sent(version, contact=contact)] * 2)
    assert [result.state for result in results] == [VersionState.SENT] * 2
    assert Notice.objects.count() == 1


def test_of_voiding_and_sending_the_mail_at_once_what_was_stopped_before_never_leaves(mailoutbox):
    version = sent()
    results = at_once(lambda: voided(version), deliver_notices)
    assert not [result for result in results if isinstance(result, Exception)]
    assert len(mailoutbox) == int(Notice.objects.get().state == "sent")
    assert deliver_notices() == 0


def test_a_template_changed_while_it_is_used_is_named_by_the_version_that_was_read():
    text = template("First text")
    document, actor = begun(template=text).document, colleague()
    values: dict[str, Any] = {"name": text.name, "title": text.title, "language": "en", "is_active": True}
    results = at_once(
        lambda: begin_version(actor=actor, document=document, today=TODAY, template=text),
        lambda: change_template(actor=actor, template=text, body="Second text", **values),
    )
    assert not [result for result in results if isinstance(result, Exception)]
    from foundation.documents.services import content_of
    from foundation.documents.tests.pdf import text_of

    made = document.versions.get(number=2)
    said = "First text" if made.template_version == 1 else "Second text"
    assert said in text_of(content_of(made.file))
