"""The rules of names, slugs and addresses of sponsors. Pure Python."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from urllib.parse import urlsplit, urlunsplit

from foundation.errors import Conflict, RuleViolation

LONGEST_SLUG = 80
# Nothing that is recorded happened earlier: a day before it is a slip of the keyboard.
EARLIEST_DAY = date(1990, 1, 1)
# A date on it or later is a slip too; before it, a year more or less is always a date.
LATEST_DAY = date(2100, 1, 1)
OUT_OF_REACH = "Choose a day in the years 1990 to 2099."
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")


class DirectoryError(RuleViolation):
    """What was said about a sponsor, contact or interaction is not possible as asked."""

    code = "directory_invalid"


class PossibleDuplicate(DirectoryError):
    """Another sponsor has this name. `others` are its (slug, name) pairs."""

    code = "possible_duplicate"

    def __init__(self, name: str, others: list[tuple[str, str]]) -> None:
        known = ", ".join(f"{other} ({slug})" for slug, other in others)
        super().__init__(
            f"There is already a sponsor called {name}: {known}. Use that one, "
            "or confirm that this is a different organization.",
            field="name",
        )
        self.others = others


class SponsorIsMerged(Conflict):
    """The sponsor was merged into another and is kept for its history only."""

    code = "sponsor_is_merged"


class MergeRefused(Conflict):
    """These two sponsors cannot be merged as asked."""

    code = "merge_refused"


def one_line(text: str) -> str:
    """Return the text on one line: outer spaces gone, inner runs of white space one space each."""
    return " ".join(text.split())


def comparable(name: str) -> str:
    """Return what two spellings of one name share: neither case, spaces nor forms of one letter count."""
    return one_line(unicodedata.normalize("NFKC", name)).casefold()


def slug_of(name: str) -> str:
    """Return a slug for the name: ASCII letters and digits with hyphens; `sponsor` if none are left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    return "-".join(words)[:LONGEST_SLUG].strip("-") or "sponsor"


def free_slug(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """Return the wanted slug, or the first of wanted-2, wanted-3 … that nobody has."""
    slug, number = wanted, 1
    while is_taken(slug):
        number += 1
        ending = f"-{number}"
        slug = wanted[: LONGEST_SLUG - len(ending)].rstrip("-") + ending
    return slug


def check_slug(slug: str) -> str:
    """Return a slug somebody chose. Raises DirectoryError unless it is words joined by hyphens."""
    slug = slug.strip()
    if len(slug) > LONGEST_SLUG or not _SLUG.fullmatch(slug):
        raise DirectoryError(
            f"The slug must be lower-case letters and digits joined by single hyphens, "
            f"at most {LONGEST_SLUG} characters, such as acme-cloud.",
            code="slug_invalid",
            field="slug",
        )
    return slug


def normalize_website(address: str) -> str:
    """Return the address with a scheme, its host in lower case, without a bare final slash.

    Nothing typed gives nothing. Raises DirectoryError for what is no web address.
    """
    typed = address.strip()
    if not typed:
        return ""
    refused = DirectoryError(
        "The website must be a web address such as https://www.example.org.",
        code="website_invalid",
        field="website",
    )
    try:
        parts = urlsplit(typed if _SCHEME.match(typed) else f"https://{typed.lstrip('/')}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise refused from None
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or "." not in host.strip(".") or "@" in parts.netloc:
        raise refused
    path = "" if parts.path == "/" and not parts.query and not parts.fragment else parts.path
    return urlunsplit((parts.scheme, host + port, path, parts.query, parts.fragment))
