"""Single values as they are given: what stays, and what is refused."""

import enum
from datetime import date

from foundation.money.rules import currency_codes
from foundation.people.models import User
from sponsors.commitments.rules import CommitmentError
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY
from sponsors.directory.services import may_look_after


class Unchanged(enum.Enum):
    """Says that a value stays as it is, where None would clear it."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


def as_owner(person: User | None) -> User | None:
    """Return the person if they may look after a commitment, else None: nobody."""
    return person if person is not None and may_look_after(person, "sponsors.view_commitment") else None


def check_people(owner: User | None, backup: User | None) -> None:
    """Raise CommitmentError unless owner and backup are two people who may sign in and see commitments."""
    for field, person in (("owner", owner), ("backup", backup)):
        if person is not None and not person.may_sign_in:
            msg = f"{person} may not sign in. Choose a colleague who may as {field}."
            raise CommitmentError(msg, code="person_inactive", field=field)
        if person is not None and as_owner(person) is None:
            msg = (
                f"{person} may not see commitments. Choose another {field}, or let an administrator give "
                f"{person} a role that sees them."
            )
            raise CommitmentError(msg, code="person_sees_no_commitments", field=field)
    if owner is not None and owner == backup:
        msg = "The backup is the owner. Choose somebody else, or leave the backup empty."
        raise CommitmentError(msg, code="backup_is_owner", field="backup")


def check_announcement(day: date | None) -> date | None:
    """Return the day. Raises CommitmentError for one that would stretch timelines over centuries."""
    if day is not None and not EARLIEST_DAY <= day < LATEST_DAY:
        msg = "The announcement must be in the years 1990 to 2099. Correct its year."
        raise CommitmentError(msg, code="date_out_of_reach", field="announced_on")
    return day


def check_text(text: str, what: str, field: str, *, longest: int) -> str:
    """Return the text without surrounding space. Raises CommitmentError when empty or too long."""
    text = text.strip()
    if not text:
        msg = f"The {what} is missing. Enter it."
        raise CommitmentError(msg, code="required", field=field)
    return check_length(text, what, field, longest=longest)


def check_length(text: str, what: str, field: str, *, longest: int) -> str:
    if len(text) > longest:
        msg = f"The {what} has {len(text)} characters; at most {longest} fit. Shorten it."
        raise CommitmentError(msg, code="too_long", field=field)
    return text


def check_currency(currency: str) -> None:
    if currency not in currency_codes():
        msg = "The currency is not an ISO 4217 code. Choose one such as USD or EUR."
        raise CommitmentError(msg, code="unknown_currency", field="currency")
