"""One mail a day to each person, with all they are to be told of."""

from datetime import date

from foundation.audit.actions import action
from foundation.health.apart import each_apart
from foundation.notices.services import queue_notice
from foundation.people.models import User
from sponsors.renewals.models import Digest, Telling
from sponsors.renewals.selectors.digests import DigestContent, digest_content, people_to_mail

KIND = "renewal_digest"


def send_digests(*, actor: User | None, today: date) -> int:
    """Write the digest of everybody who is to be told of something, and return how many.

    Each is a transaction of its own: after a crash the next run writes those that are missing, and one that cannot
    be written keeps nobody else's back. Who had one today has the next tomorrow.
    """
    written = each_apart(
        people_to_mail(today), lambda person: send_digest(actor=actor, person=person, today=today)
    )
    return sum(digest is not None for digest in written)


@action("digest.send")
def send_digest(*, actor: User | None, person: User, today: date) -> Digest | None:
    """Write the person's mail of the day; None when there was one already, or nothing waits any more."""
    # Two runs meet here, so that the second sees the digest of the first.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if Digest.objects.filter(person=person, day=today).exists():
        return None
    content = digest_content(person, today)
    if content.last_telling is None:
        return None
    notice = queue_notice(
        actor=actor,
        kind=KIND,
        key=f"renewal-digest:{person.pk}:{today}",
        recipient=person.email,
        subject=subject_of(content),
        template="renewal_digest",
        context={"person": person, "content": content, "day": today},
    )
    digest = Digest.objects.create(person=person, day=today, notice=notice)
    told = Telling.objects.not_mailed().filter(person=person, pk__lte=content.last_telling)
    told.still_waits().update(digest=digest)
    return digest


def subject_of(content: DigestContent) -> str:
    """Return what the mail is about: of one renewal its sponsor, of many their number."""
    payments = len(content.payments) + content.more_payments
    renewals = len(content.entries) + content.more
    parts = []
    if renewals == 1:
        first = content.entries[0]
        parts.append(f"{first.commitment.sponsor.name} {first.ends}")
    elif renewals:
        parts.append(f"{renewals} renewals wait for you")
    if payments:
        parts.append("1 payment to look after" if payments == 1 else f"{payments} payments to look after")
    return ", ".join(parts)
