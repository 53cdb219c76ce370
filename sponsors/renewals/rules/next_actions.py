"""What to do next about a renewal: by what speaks against it most, and by where on the ladder it is."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sponsors.renewals.rules.ladder import Anchor
from sponsors.renewals.rules.reasons import SIGNS, Reason

_AGAINST: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.NOTICE_GIVEN: "Ask what led to the notice, and whether a smaller or a different commitment would do.",
        Reason.CONTACT_LOST: "Find out who speaks for the sponsor now, and introduce yourself.",
        Reason.OVERDUE: "Clear up the overdue payment with their billing contact before you speak of renewal.",
        Reason.UNDELIVERED: "Deliver what was promised, or agree on a day for it, before you ask for more.",
        Reason.SILENCE: "Call them: tell what their support did this year, and ask what has changed on their side.",
        Reason.NO_OWNER: "Give the commitment an owner.",
        Reason.USE_FALLING: "Tell them how the gift is used and why less, before they find out themselves.",
        Reason.POLICY_CHANGED: "Ask what their new policy or prices mean for us, and have the answer in writing.",
        Reason.FIRST_TERM: "Show what their first term achieved, and ask how it went for them.",
        Reason.RETURNED: "Ask what made them leave the last time, and whether it is still so.",
        Reason.LAPSED_ELSEWHERE: "Ask how their budget for open source looks this year.",
        Reason.ENTRY_LEVEL: "Ask whether the level fits, and what a longer commitment would need.",
    }
)
# From so many days after the anchor on, the first that holds.
_AT_END = (
    (46, "Decide whether to write it off as lapsed, and record what they said."),
    (0, "It is over: ask for a decision today, and agree on how support goes on meanwhile."),
    (-30, "Ask for a decision, and agree on the day of signature."),
    (-90, "Send the renewal letter with the terms you propose."),
    (-180, "Agree on a meeting about the renewal."),
)
_EARLY = "Plan what follows: who decides at the sponsor, and what you will ask for."
_NOTICE_AHEAD = "Find out whether they mean to go on, and whether we do: notice is possible for {} more."
_NOTICE_DAY = "Today is the last day for notice: give it or let it pass knowingly."
_NOTICE_PAST = "The day for notice is past. Record whether notice was given."


def next_actions(
    reasons: Iterable[tuple[Reason, float, bool]], *, anchor: Anchor, days: int
) -> tuple[str, ...]:
    """Return one or two sentences, the more urgent first.

    `reasons`: each with its points, and whether it is known; `days`: how many after the anchor it is today. Only
    what raises the risk asks for something; what nobody knows asks to be found out.
    """
    by_step = _by_step(anchor, days)
    against = [one for one in reasons if one[1] > 0 and (not one[2] or one[0] in _AGAINST)]
    if not against:
        return (by_step,)
    reason, _points, is_known = max(against, key=lambda one: one[1])
    first = _AGAINST[reason] if is_known else f"Find out {SIGNS[reason].asks}."
    return (first, by_step)


def _by_step(anchor: Anchor, days: int) -> str:
    if anchor is Anchor.NOTICE:
        if days < 0:
            return _NOTICE_AHEAD.format("1 day" if days == -1 else f"{-days} days")
        return _NOTICE_PAST if days else _NOTICE_DAY
    return next((sentence for since, sentence in _AT_END if days >= since), _EARLY)
