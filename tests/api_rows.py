"""What a row of the table of endpoints says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from foundation.api.scopes import Scope
from foundation.people.models import User
from foundation.people.roles import Role

EVERY_ROLE = frozenset(Role)
STAFF = EVERY_ROLE - {Role.REVIEWER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`roles` may, everybody else may not.

    `also`: the scopes that a token needs besides, for what this record is about.
    `record` makes what the address names; `own` says that only its maker may have it. `body` is what is sent, to that record.
    `many` makes that number of rows of a list, for the query budget; it is given the caller, or the
    record when the list is within one. `upload` sends the body as a form with files. `status` is the
    answer to those who may.
    """

    scope: Scope
    roles: frozenset[Role]
    also: tuple[Scope, ...] = ()
    outsiders: bool = False
    status: int = 200
    record: Callable[[User], Model] | None = None
    own: bool = False
    body: Callable[[Any], dict[str, Any]] = field(default=lambda _record: {})
    upload: bool = False
    many: Callable[[Any, int], object] | None = None
