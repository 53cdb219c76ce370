"""A merge of sponsors meets whoever changes what hangs on them: both happen, one after the other."""

import pytest
from django.db import transaction

from foundation.api.tests.factories import api_client
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import Receipt
from sponsors.commitments.services import allocate_receipt, reverse_receipt, take_back_allocations
from sponsors.commitments.tests.factories import START, colleague, received, signed_commitment
from sponsors.directory.models import Sponsor
from sponsors.directory.services import hold_sponsor_of, merge_sponsors
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory
from sponsors.directory.tests.races import at_once, wait_until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)


def reverse(receipt):
    return reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=START)


def allocate(receipt):
    return allocate_receipt(today=START, actor=colleague(), receipt=receipt)


def take_back(receipt):
    return take_back_allocations(today=START, actor=colleague(), allocations=list(receipt.allocations.all()))


def while_merging(absorbed, work):
    """Merge the sponsor away, at the moment at which somebody else is in the middle of the work."""
    kept = SponsorFactory()
    actor = colleague()

    def merge():
        with transaction.atomic():
            list(Sponsor.objects.select_for_update().filter(pk__in=[kept.pk, absorbed.pk]))
            wait_until_somebody_waits()
            merge_sponsors(actor=actor, kept=kept, absorbed=absorbed, reason="The same company")

    def then():
        # The merge has locked the sponsors by the time that anybody gets so far.
        while True:
            with transaction.atomic():
                free = Sponsor.objects.select_for_update(skip_locked=True).filter(pk=absorbed.pk).exists()
            if not free:
                return work()

    merged, result = at_once(merge, then)
    assert merged is None, (merged, result)
    return kept, result


@pytest.mark.parametrize("work", [reverse, allocate, take_back])
def test_receipt_of_a_sponsor_that_is_being_merged_is_changed_after_it(work):
    sponsor = signed_commitment().sponsor
    receipt = received(sponsor, 70_000, allocate="none") if work is allocate else received(sponsor, 70_000)

    kept, result = while_merging(receipt.sponsor, lambda: work(receipt))

    assert not isinstance(result, Exception), result
    assert set(Receipt.objects.values_list("sponsor", flat=True)) == {kept.pk}
    paid = {reverse: 0, allocate: 70_000, take_back: 0}[work]
    assert Receipt.objects.get(pk=receipt.pk).allocated == paid


def test_receipt_is_reversed_over_the_api_after_the_merge():
    client = api_client(make_user("Fay Finance", Role.FINANCE))
    receipt = received(signed_commitment().sponsor, 70_000)

    kept, answer = while_merging(
        receipt.sponsor,
        lambda: client.post(f"/api/v1/receipts/{receipt.pk}/reverse/", {"reason": "Bounced"}),
    )

    assert answer.status_code == 200, answer.content
    assert answer.json()["sponsor"] == kept.pk


@pytest.mark.parametrize(
    ("path", "make", "change"),
    [
        ("contacts", ContactFactory, {"title": "Director"}),
        ("interactions", InteractionFactory, {"summary": "They were bought"}),
    ],
)
def test_what_is_known_of_a_sponsor_is_changed_over_the_api_after_the_merge(path, make, change):
    client = api_client(make_user("Fred Fundraiser", Role.FUNDRAISING))
    row = make()

    kept, answer = while_merging(row.sponsor, lambda: client.patch(f"/api/v1/{path}/{row.pk}/", change))

    assert answer.status_code == 200, answer.content
    assert answer.json()["sponsor"] == kept.pk


def test_nothing_is_held_for_a_row_that_does_not_exist():
    with transaction.atomic():
        hold_sponsor_of(Receipt, 1)

    assert not Receipt.objects.exists()
