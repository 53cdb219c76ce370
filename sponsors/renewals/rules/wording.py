"""Reminders in sentences: who is told why, how far away an end is, and what the name of a step means."""

from sponsors.renewals.rules.ladder import Anchor, Told


def step_in_words(anchor: str, days: int) -> str:
    """Return such as “90 days before the end”."""
    what = "the end" if anchor == Anchor.END else "the last day for notice"
    if not days:
        return "on the last day" if anchor == Anchor.END else f"on {what}"
    count = abs(days)
    side = "before" if days < 0 else "after"
    return f"{count} day{'s' if count > 1 else ''} {side} {what}"


def days_left_in_words(days: int) -> str:
    """Return how far away a last day is, so many days ahead."""
    if days == 0:
        return "ends today"
    count = f"{abs(days)} day{'s' if abs(days) > 1 else ''}"
    return f"ends in {count}" if days > 0 else f"ended {count} ago"


def why_told(role: str, *, owner: str, owner_is_able: bool, is_lead: bool) -> str:
    """Return why somebody is told; `owner` names the one who should be, empty: nobody."""
    may_not = f"{owner}, who owns it, may not answer reminders"
    nobody = may_not if owner and not owner_is_able else "nobody owns it"
    if role == Told.OWNER:
        return "You own this commitment."
    if role == Told.LEAD:
        if is_lead:
            return f"You are the fundraising lead, and {nobody}. Give it an owner."
        return (
            f"You are an administrator: {nobody}, and no fundraising lead is set. Give it an owner, and choose a "
            "lead in the renewal settings."
        )
    if role == Told.BACKUP:
        if owner_is_able:
            return f"You are its backup, and {owner} has not answered in time."
        return f"You are its backup: {nobody}, and nobody told before has answered in time."
    return "You are told as director, because nobody told before has answered in time."
