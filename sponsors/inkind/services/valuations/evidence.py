"""Files that support a valuation: kept privately, never changed."""

import hashlib
from pathlib import PurePath

from foundation.audit.actions import action
from foundation.people.models import User
from foundation.uploads.evidence import check_evidence
from foundation.uploads.storage import store_file
from sponsors.inkind.models import Valuation, ValuationEvidence
from sponsors.inkind.rules import InKindError, NotAllowedNow, ValuationState
from sponsors.inkind.services.texts import optional_text
from sponsors.inkind.services.valuations.locks import lock_valuation
from sponsors.inkind.services.valuations.values import LONGEST_TEXT

_LONGEST_NAME = 200


@action("valuation.add_evidence")
def add_evidence(
    *, actor: User, valuation: Valuation, content: bytes, file_name: str, note: str = ""
) -> ValuationEvidence:
    """Keep a file that supports the valuation, in any state but discarded.

    What it is is told by its content. Raises UploadRefused, InKindError when the same file is there, and
    NotAllowedNow.
    """
    locked = lock_valuation(valuation)
    if locked.state == ValuationState.DISCARDED:
        msg = "This valuation was discarded. Add the evidence to the one that stands for the month."
        raise NotAllowedNow(msg, code="discarded", field="state")
    note = optional_text(note, "note", "note", longest=LONGEST_TEXT)
    extension = check_evidence(content)
    sha256 = hashlib.sha256(content).hexdigest()
    there = locked.evidence.filter(sha256=sha256).first()
    if there is not None:
        msg = f"This file is there already, as {there.file_name}. Choose another."
        raise InKindError(msg, code="evidence_is_there", field="file")
    name = "".join(letter for letter in PurePath(file_name.replace("\\", "/")).name if letter.isprintable())
    evidence = ValuationEvidence.objects.create(
        valuation=locked,
        file=store_file(content, folder="evidence", extension=extension),
        file_name=name[-_LONGEST_NAME:] or f"evidence.{extension}",
        sha256=sha256,
        note=note,
        added_by=actor,
    )
    evidence.refresh_from_db()
    return evidence
