"""Versions of a record: `ETag` in answers, `If-Match` in changes."""

import re

from django.db.models import Model
from rest_framework.exceptions import ValidationError

from foundation.api.exceptions import PreconditionFailed
from foundation.audit.models import Record

_TAG = r'(W/)?"[!#-~]*"'
_TAGS = re.compile(rf"\s*{_TAG}\s*(,\s*{_TAG}\s*)*")


def etag(record: Record) -> str:
    """Return the tag of this version of the record: its number and when it last changed, in microseconds."""
    changed = record.updated_at
    return f'"{record.pk}-{int(changed.timestamp()) * 1_000_000 + changed.microsecond}"'


def check_match(header: str | None, record: Model) -> None:
    """Raise PreconditionFailed unless the If-Match header is absent, `*`, or names this very version.

    A weak tag (`W/"…"`) never matches: it promises less than a change needs (RFC 9110, 13.1.1).
    Raises ValidationError for a header that is no list of tags.
    """
    if header is None or header.strip() == "*":
        return
    if not _TAGS.fullmatch(header):
        msg = 'If-Match holds the ETag you read, in its quotation marks, such as "12-1767225600000000", or *.'
        raise ValidationError({"If-Match": msg})
    if not isinstance(record, Record) or etag(record) not in [tag.strip() for tag in header.split(",")]:
        raise PreconditionFailed
