"""The first draft of a letter to a sponsor about a renewal: courteous, plain, and only what is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

_INVITATION = (
    "If anything about this has changed on your side, please tell us early. A short reply to this letter is enough, "
    "and we will gladly call you."
)
_LOWEST_IN_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUse:
    """What a service did on a gift in twelve months, in words of people; empty: nobody told."""

    service: str
    delivered: str = ""
    requests: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """What a letter is made of. Amounts come as people read them; dates are days."""

    organization: str
    sponsor: str
    contact: str = ""
    writer: str = ""
    title: str
    number: str
    starts_on: date
    ends_on: date
    supported_since: date
    months: int | None  # None: it is no number of whole months
    cash: str = ""  # of the whole time; empty: none
    gifts: Sequence[str] = ()
    uses: Sequence[ServiceUse] = ()
    notice_on: date | None = None
    renewal: str = ""  # the number of what was drafted already


def letter_subject(facts: LetterFacts) -> str:
    return f"Renewing your support of {facts.organization}: {facts.title}"


def letter_body(facts: LetterFacts, today: date) -> str:
    """Return the paragraphs, with an empty line between them."""
    parts = [
        f"Dear {facts.contact}," if facts.contact else f"Dear colleagues at {facts.sponsor},",
        _thanks(facts),
        _gift(facts),
        _use(facts),
        _end(facts, today),
        _question(facts),
        _INVITATION,
        "\n".join(filter(None, ("With kind regards", facts.writer, facts.organization))),
    ]
    return "\n\n".join(part for part in parts if part)


def _thanks(facts: LetterFacts) -> str:
    since = f"since {facts.supported_since:%B %Y}"
    return f"Thank you for supporting {facts.organization}. {facts.sponsor} has stood by us {since}."


def _gift(facts: LetterFacts) -> str:
    given = [facts.cash and f"{facts.cash} in cash", *facts.gifts]
    what = _listed([one for one in given if one])
    period = f"from {_day(facts.starts_on)} to {_day(facts.ends_on)}"
    return f"Under “{facts.title}” ({facts.number}), {period}, you give us {what}."


def _use(facts: LetterFacts) -> str:
    told = [_told(use) for use in facts.uses]
    if not told:
        return "It lets us plan, and keep what we run free for everybody who relies on it."
    return f"What that made possible in the last twelve months: {_listed(told)}."


def _told(use: ServiceUse) -> str:
    served = _listed([part for part in (use.delivered, use.requests and f"{use.requests} requests") if part])
    return f"{use.service} served {served}" if served else f"{use.service} kept running"


def _end(facts: LetterFacts, today: date) -> str:
    over = facts.ends_on < today
    end = (
        f"This agreement ended on {_day(facts.ends_on)}."
        if over
        else f"This agreement ends on {_day(facts.ends_on)}."
    )
    if facts.notice_on is not None and facts.notice_on >= today:
        end += f" Either side may say until {_day(facts.notice_on)} that it will not go on."
    return end


def _question(facts: LetterFacts) -> str:
    begin = facts.ends_on + timedelta(days=1)
    offered = (
        f" We have drafted how it could look ({facts.renewal}), and are glad to send it to you."
        if facts.renewal
        else ""
    )
    return (
        f"May we ask you to renew it for {_length(facts.months)}, from {_day(begin)}?{offered} Should something else suit "
        "you better, a different time or another kind of support, let us talk about it."
    )


def _length(months: int | None) -> str:
    if months is None:
        return "the same time again"
    number, word = (months // 12, "year") if months % 12 == 0 else (months, "month")
    if number == 1:
        return f"another {word}"
    return f"another {_LOWEST_IN_WORDS[number] if number < len(_LOWEST_IN_WORDS) else number} {word}s"


def _listed(parts: Sequence[str]) -> str:
    """Return such as: one, two and three."""
    if not parts:
        return ""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
