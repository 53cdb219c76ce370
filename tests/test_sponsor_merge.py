"""Merging two sponsors moves all that later slices hang on them, and money stays what it was."""

from collections.abc import Callable
from typing import Any

import pytest

from foundation.people.models import User
from sponsors.commitments.models import Installment
from sponsors.commitments.services import allocate_receipt
from sponsors.commitments.tests.factories import START, received, signed_commitment
from sponsors.directory.models import Sponsor
from sponsors.directory.services import merge_sponsors
from sponsors.directory.services.merging import LEFT_AS_THEY_ARE
from sponsors.directory.services.references import references
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory
from sponsors.inkind.tests.factories import gift_line, service, supplied

# Whoever hangs a new table on a sponsor adds how to make a row of it here.
MAKE: dict[str, Callable[[Sponsor, User], Any]] = {
    "sponsors.commitment.sponsor": lambda sponsor, actor: signed_commitment(sponsor),
    "sponsors.contact.sponsor": lambda sponsor, actor: ContactFactory(sponsor=sponsor),
    "sponsors.interaction.sponsor": lambda sponsor, actor: InteractionFactory(sponsor=sponsor),
    "sponsors.receipt.sponsor": lambda sponsor, actor: received(sponsor, 600, allocate="none"),
    "sponsors.sponsor.merged_into": lambda sponsor, actor: SponsorFactory(merged_into=sponsor),
    "sponsors.sponsor.parent": lambda sponsor, actor: SponsorFactory(parent=sponsor),
    "sponsors.supply.sponsor": lambda sponsor, actor: supplied(service(), gift_line(sponsor)),
}
FACTS_OF_MERGES = {"sponsors.sponsormerge.kept", "sponsors.sponsormerge.absorbed"}


def _label(field):
    return f"{field.model._meta.label_lower}.{field.name}"


def test_every_table_that_points_to_a_sponsor_is_known_to_the_merge():
    assert {_label(field) for field in references(Sponsor)} == set(MAKE) | FACTS_OF_MERGES
    assert {_label(field) for field in LEFT_AS_THEY_ARE} == FACTS_OF_MERGES | {"sponsors.sponsor.parent"}


@pytest.mark.parametrize("label", MAKE)
def test_what_points_to_the_absorbed_sponsor_points_to_the_kept_one(fundraiser, label):
    kept, absorbed = SponsorFactory(), SponsorFactory()
    row = MAKE[label](absorbed, fundraiser)
    merge_sponsors(actor=fundraiser, kept=kept, absorbed=absorbed, reason="The same.")
    row.refresh_from_db()
    assert getattr(row, label.rsplit(".", 1)[1]) == kept


def test_a_paid_installment_moves_with_its_receipt_and_can_be_paid_further(fundraiser):
    kept, absorbed = SponsorFactory(), SponsorFactory()
    commitment = signed_commitment(absorbed, years=1, yearly_amount=1000)
    received(absorbed, 600)
    own = received(kept, 400, allocate="none")
    done = merge_sponsors(actor=fundraiser, kept=kept, absorbed=absorbed, reason="The same.")
    assert done.moved == {"commitments": 1, "receipts": 1}
    open_installments = Installment.objects.filter(commitment=commitment).open()
    assert open_installments.exists()
    own.refresh_from_db()
    allocate_receipt(today=START, actor=fundraiser, receipt=own, allocate="oldest")
    assert not open_installments.exists()


def test_a_supply_moves_with_the_commitment_that_it_is_part_of(fundraiser):
    kept, absorbed = SponsorFactory(), SponsorFactory()
    supply = supplied(service(), gift_line(absorbed))
    other = supplied(service("mirror"), gift_line(kept))
    done = merge_sponsors(actor=fundraiser, kept=kept, absorbed=absorbed, reason="The same.")
    assert done.moved == {"commitments": 1, "supplies": 1}
    supply.refresh_from_db()
    other.refresh_from_db()
    assert supply.line is not None
    assert supply.sponsor == supply.line.commitment.sponsor == other.sponsor == kept
