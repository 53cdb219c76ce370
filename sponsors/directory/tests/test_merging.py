from datetime import date

import pytest
from django.db.models import UniqueConstraint

from sponsors.directory.models import Contact, Interaction, Sponsor, SponsorMerge
from sponsors.directory.rules import DirectoryError, MergeRefused
from sponsors.directory.services import merge_sponsors
from sponsors.directory.services.references import move, references, unique_sets
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory
from sponsors.directory.tests.races import at_once


def merge(actor, kept, absorbed):
    return merge_sponsors(actor=actor, kept=kept, absorbed=absorbed, reason="The same company.")


def reread(*rows):
    for row in rows:
        row.refresh_from_db()


def test_contacts_and_interactions_move_and_the_merge_is_recorded(fundraiser):
    kept, absorbed = SponsorFactory(name="Acme"), SponsorFactory(name="ACME Inc.")
    ContactFactory(sponsor=kept)
    contact = ContactFactory(sponsor=absorbed)
    interaction = InteractionFactory(sponsor=absorbed, contacts=[contact])
    done = merge_sponsors(actor=fundraiser, kept=kept, absorbed=absorbed, reason="  The  same. ")
    reread(absorbed, contact, interaction)
    assert (contact.sponsor, interaction.sponsor) == (kept, kept)
    assert (done.kept, done.absorbed, done.merged_by) == (kept, absorbed, fundraiser)
    assert done.reason == "The same."
    assert done.moved == {"contacts": 1, "interactions": 1}
    assert absorbed.merged_into == kept
    assert list(Sponsor.objects.current()) == [kept]


def test_blank_fields_are_filled_and_others_stay(fundraiser, finance):
    kept = SponsorFactory(website="https://kept.example", country="", notes="One.", tax_id="")
    absorbed = SponsorFactory(
        website="https://absorbed.example",
        country="DE",
        notes="Two.",
        tax_id="DE1",
        legal_name="Absorbed GmbH",
        account_manager=finance,
        logo="logos/absorbed.png",
    )
    merge(fundraiser, kept, absorbed)
    reread(kept, absorbed)
    assert (kept.website, kept.country, kept.tax_id) == ("https://kept.example", "DE", "DE1")
    assert (kept.legal_name, kept.account_manager) == ("Absorbed GmbH", finance)
    assert kept.notes == "One.\n\nTwo."
    assert (kept.logo.name, absorbed.logo.name) == ("logos/absorbed.png", "")


def test_that_there_are_none_is_known_and_is_kept(fundraiser):
    kept = SponsorFactory(foundations_supported=0, left_a_foundation=None)
    absorbed = SponsorFactory(foundations_supported=3, left_a_foundation=False)

    merge(fundraiser, kept, absorbed)

    reread(kept)
    assert (kept.foundations_supported, kept.left_a_foundation) == (0, False)


def test_the_same_notes_are_not_repeated(fundraiser):
    kept, absorbed = SponsorFactory(notes="Same."), SponsorFactory(notes="Same.")
    merge(fundraiser, kept, absorbed)
    reread(kept)
    assert kept.notes == "Same."


def test_contacts_with_the_same_address_become_one(fundraiser):
    kept, absorbed = SponsorFactory(), SponsorFactory()
    one = ContactFactory(
        sponsor=kept, email="g@x.example", phone="", title="CTO", roles=["billing"], left_on=date(2025, 1, 1)
    )
    two = ContactFactory(sponsor=absorbed, email="g@x.example", phone="1", title="CEO", roles=["primary"])
    both = InteractionFactory(sponsor=kept, contacts=[one])
    InteractionFactory(sponsor=absorbed, contacts=[two])
    # Somebody noted a call with the same person twice over: the pair must not be kept twice.
    both.contacts.add(two)
    ContactFactory(sponsor=absorbed, email="")
    ContactFactory(sponsor=kept, email="")
    done = merge(fundraiser, kept, absorbed)
    one.refresh_from_db()
    assert (one.phone, one.title, one.roles) == ("1", "CTO", ["primary", "billing"])
    assert one.left_on is None
    assert not Contact.objects.filter(pk=two.pk).exists()
    assert one.interactions.count() == Interaction.objects.count() == 2
    assert done.moved == {"contacts joined": 1, "contacts": 1, "interactions": 1}


def test_who_left_both_left_on_the_later_day(fundraiser):
    kept, absorbed = SponsorFactory(), SponsorFactory()
    one = ContactFactory(sponsor=kept, email="g@x.example", left_on=date(2025, 1, 1))
    ContactFactory(sponsor=absorbed, email="g@x.example", left_on=date(2026, 1, 1))
    merge(fundraiser, kept, absorbed)
    one.refresh_from_db()
    assert one.left_on == date(2026, 1, 1)


def test_subsidiaries_follow_and_the_kept_one_takes_the_place_in_the_tree(fundraiser):
    top = SponsorFactory()
    absorbed = SponsorFactory(parent=top)
    below = SponsorFactory(parent=absorbed)
    kept = SponsorFactory()
    done = merge(fundraiser, kept, absorbed)
    reread(kept, below, absorbed)
    assert (kept.parent, below.parent, absorbed.parent) == (top, kept, None)
    assert done.moved == {"subsidiaries": 1}


def test_a_parent_already_known_stays(fundraiser):
    known, other = SponsorFactory(), SponsorFactory()
    kept, absorbed = SponsorFactory(parent=known), SponsorFactory(parent=other)
    merge(fundraiser, kept, absorbed)
    kept.refresh_from_db()
    assert kept.parent == known


def test_a_parent_is_merged_into_its_own_subsidiary(fundraiser):
    top = SponsorFactory()
    absorbed = SponsorFactory(parent=top)
    kept = SponsorFactory(parent=absorbed)
    sibling = SponsorFactory(parent=absorbed)
    merge(fundraiser, kept, absorbed)
    reread(kept, sibling)
    assert (kept.parent, sibling.parent) == (top, kept)


def test_a_subsidiary_is_merged_into_what_it_belongs_to(fundraiser):
    kept = SponsorFactory()
    middle = SponsorFactory(parent=kept)
    absorbed = SponsorFactory(parent=middle)
    merge(fundraiser, kept, absorbed)
    reread(kept, middle, absorbed)
    assert (kept.parent, middle.parent, absorbed.parent) == (None, kept, None)


def test_a_merge_that_would_close_a_circle_is_refused_and_changes_nothing(fundraiser):
    absorbed = SponsorFactory()
    middle = SponsorFactory(parent=absorbed)
    kept = SponsorFactory(parent=middle)
    with pytest.raises(MergeRefused, match="through another organization"):
        merge(fundraiser, kept, absorbed)
    assert not SponsorMerge.objects.exists()


def test_a_sponsor_is_not_merged_into_itself(fundraiser):
    sponsor = SponsorFactory()
    with pytest.raises(DirectoryError, match="cannot be merged into itself") as refused:
        merge(fundraiser, sponsor, sponsor)
    assert refused.value.field == "kept"


def test_a_merge_needs_a_reason(fundraiser):
    with pytest.raises(DirectoryError, match="Reason: ") as refused:
        merge_sponsors(actor=fundraiser, kept=SponsorFactory(), absorbed=SponsorFactory(), reason=" ")
    assert refused.value.field == "reason"
    assert not Sponsor.objects.exclude(merged_into=None).exists()


def test_merging_the_same_two_again_changes_nothing(fundraiser):
    kept, absorbed = SponsorFactory(), SponsorFactory()
    assert merge(fundraiser, kept, absorbed) == merge(fundraiser, kept, absorbed)
    assert SponsorMerge.objects.count() == 1


def test_a_sponsor_that_is_merged_can_be_neither_kept_nor_absorbed_again(fundraiser):
    kept, absorbed, third = SponsorFactory(name="Kept"), SponsorFactory(), SponsorFactory()
    merge(fundraiser, kept, absorbed)
    with pytest.raises(MergeRefused, match="merged into Kept already") as refused:
        merge(fundraiser, third, absorbed)
    assert refused.value.field == "absorbed"
    with pytest.raises(MergeRefused, match="merged into Kept already") as refused:
        merge(fundraiser, absorbed, third)
    assert refused.value.field == "kept"


def test_every_sponsor_ever_absorbed_leads_to_the_last_one_kept(fundraiser):
    first, second, third = SponsorFactory(), SponsorFactory(), SponsorFactory()
    merge(fundraiser, second, first)
    merge(fundraiser, third, second)
    reread(first, second)
    assert (first.merged_into, second.merged_into) == (third, third)
    assert SponsorMerge.objects.get(absorbed=first).kept == second


def test_a_row_that_both_have_is_refused_with_a_sentence(fundraiser):
    kept, absorbed, third = SponsorFactory(name="K"), SponsorFactory(name="A"), SponsorFactory()
    for sponsor in (kept, absorbed):
        ContactFactory(sponsor=sponsor, email="g@x.example")
        SponsorMerge.objects.create(kept=third, absorbed=sponsor, reason="x", merged_by=fundraiser, moved={})
    fields = {field.name: field for field in references(Sponsor)}
    with pytest.raises(MergeRefused, match="A and K both have a contact with the same email"):
        move(Contact._meta.get_field("sponsor"), absorbed, kept)
    with pytest.raises(MergeRefused, match=r"A and K both have a sponsor merge\. Change or remove"):
        move(fields["absorbed"], absorbed, kept)


def test_every_uniqueness_that_a_merge_could_break_names_plain_fields():
    for model in (Sponsor, Contact):
        for field in references(model):
            for constraint in field.model._meta.constraints:
                if isinstance(constraint, UniqueConstraint):
                    assert constraint.fields, (
                        f"{constraint.name}: a merge cannot see collisions of expressions"
                    )
            assert isinstance(unique_sets(field), list)


@pytest.mark.django_db(transaction=True)
def test_merging_both_ways_at_once_keeps_one(fundraiser):
    one, two = SponsorFactory(), SponsorFactory()
    ContactFactory(sponsor=one)
    ContactFactory(sponsor=two)
    results = at_once(
        lambda: merge(fundraiser, one, two),
        lambda: merge(fundraiser, two, one),
        lambda: merge(fundraiser, one, two),
    )
    kept = Sponsor.objects.current().get()
    assert kept.contacts.count() == 2
    assert SponsorMerge.objects.count() == 1
    assert {type(result).__name__ for result in results} == {"SponsorMerge", "MergeRefused"}
