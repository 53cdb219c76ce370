"""What a sponsor's page shows above its form, with a fixed number of queries."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F

from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.commitments.selectors import Balance, sponsor_balance
from sponsors.commitments.standing import Standing, with_standing
from sponsors.directory.models import Contact, Interaction, Sponsor, SponsorMerge

# A page shows the latest; the lists show all.
MOST = 20


@dataclass(frozen=True, slots=True)
class SponsorPage:
    sponsor: Sponsor
    standing: Standing
    contacts: list[Contact]
    interactions: list[Interaction]
    commitments: list[Commitment]
    balances: tuple[Balance, ...]
    subsidiaries: list[Sponsor]
    merges: list[SponsorMerge]
    today: date


def sponsor_page(sponsor: Sponsor, user: User, today: date) -> SponsorPage:
    """Return what the person may see of the sponsor. At most nine queries."""
    standing: Any = with_standing(Sponsor.objects.filter(pk=sponsor.pk), today).get()
    contacts = Contact.objects.visible_to(user).filter(sponsor=sponsor)
    interactions = Interaction.objects.visible_to(user).filter(sponsor=sponsor).select_related("by")
    commitments = Commitment.objects.visible_to(user).filter(sponsor=sponsor).order_by("-starts_on", "-pk")
    sees_money = user.has_perm("sponsors.view_receipt")
    return SponsorPage(
        sponsor=sponsor,
        standing=Standing(standing.standing),
        contacts=list(contacts.order_by(F("left_on").asc(nulls_first=True), "name", "pk")[:MOST]),
        interactions=list(interactions.prefetch_related("contacts")[:MOST]),
        commitments=list(commitments[:MOST]),
        balances=sponsor_balance(sponsor, today) if sees_money else (),
        subsidiaries=list(Sponsor.objects.visible_to(user).current().filter(parent=sponsor)[:MOST]),
        merges=list(sponsor.merges.select_related("absorbed", "merged_by")[:MOST]),
        today=today,
    )
