"""What a letter about a renewal says of the commitment, and to whom it goes."""

from datetime import date, timedelta

from django.db.models import Min

from foundation.books.selectors import current_organization
from foundation.money.display import money_text
from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import FIRM, State
from sponsors.commitments.rules.periods import add_months, distance
from sponsors.directory.models import Contact
from sponsors.inkind.models import Supply
from sponsors.inkind.rules.wording import bytes_in_words, count_in_words
from sponsors.inkind.selectors.traffic import Split, Step, traffic
from sponsors.inkind.selectors.windows import Window
from sponsors.renewals.models import RenewalCase
from sponsors.renewals.rules.letter_text import LetterFacts, ServiceUse


def addressee(commitment: Commitment, today: date) -> Contact | None:
    """Return the primary contact, else the one who came first; None when nobody there has an address."""
    reachable = commitment.sponsor.contacts.present(today).exclude(email="").order_by("pk")
    return reachable.with_role(Contact.Role.PRIMARY).first() or reachable.first()


def letter_facts(case: RenewalCase, contact: Contact | None, today: date) -> LetterFacts:
    """Return the facts of a letter about the case, written today; seven queries at most."""
    commitment = Commitment.objects.select_related("sponsor", "owner").get(pk=case.commitment_id)
    organization = current_organization()
    lines = list(commitment.lines.order_by("position"))
    cash = sum(line.amount for line in lines if line.kind == CommitmentLine.Kind.CASH)
    months = distance(commitment.starts_on, commitment.ends_before)
    renewal = commitment.renewals.exclude(state__in=[State.DECLINED, State.WITHDRAWN]).first()
    since = Commitment.objects.filter(sponsor=commitment.sponsor, state__in=FIRM).aggregate(
        first=Min("starts_on")
    )
    return LetterFacts(
        organization=organization.name,
        sponsor=commitment.sponsor.name,
        contact=contact.name if contact else "",
        writer=str(commitment.owner.name) if commitment.owner else "",
        title=commitment.title,
        number=commitment.number,
        starts_on=commitment.starts_on,
        ends_on=commitment.held_before - timedelta(days=1),
        supported_since=since["first"] or commitment.starts_on,
        months=months if isinstance(months, int) else None,
        cash=money_text(cash, commitment.currency) if cash else "",
        gifts=[line.description for line in lines if line.kind == CommitmentLine.Kind.IN_KIND],
        uses=_uses(commitment, today),
        notice_on=None if commitment.notice_days is None else commitment.notice_on,
        renewal=renewal.number if renewal else "",
    )


def _uses(commitment: Commitment, today: date) -> list[ServiceUse]:
    """Return what each service under the commitment did in the last twelve months, the largest first."""
    first, before = add_months(today, -12), today
    supplies = Supply.objects.filter(line__commitment=commitment).overlapping(first, before)
    windows = {}
    names = {}
    for supply in supplies.select_related("service"):
        names[supply.service_id] = supply.service.name
        windows[supply.pk] = Window(
            supply.service_id, max(supply.starts_on, first), min(supply.ends_before or before, before)
        )
    if not windows:
        return []
    used = traffic(list(windows.values()), first=first, last=before, step=Step.YEAR, split=Split.SERVICE)
    told = [
        ServiceUse(
            service=name,
            delivered="" if figures.bytes is None else bytes_in_words(figures.bytes),
            requests="" if figures.asked is None else count_in_words(figures.asked),
        )
        for name, figures in used.parts.items()
    ]
    silent = sorted(set(names.values()) - set(used.parts))
    return [*told, *(ServiceUse(service=name) for name in silent)]
