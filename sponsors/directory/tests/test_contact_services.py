from datetime import UTC, date, datetime, timedelta
from typing import cast

import pytest

from foundation.errors import Conflict
from sponsors.directory.models import Contact, Interaction
from sponsors.directory.rules import DirectoryError, SponsorIsMerged
from sponsors.directory.services import (
    ContactChanges,
    add_contact,
    change_contact,
    change_interaction,
    complete_next_step,
    log_interaction,
    mark_contact_left,
    mark_contact_returned,
    reopen_next_step,
)
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory

TODAY = date(2026, 5, 4)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_a_contact_is_added_with_values_in_their_kept_form(fundraiser):
    contact = add_contact(
        actor=fundraiser,
        sponsor=SponsorFactory(),
        name=" Grace   Hopper ",
        email=" Grace@Acme.Example ",
        phone=" +1  555 ",
        title="Rear  Admiral",
        roles=["legal", "primary", "legal"],
        notes=" Prefers mail. ",
    )
    assert (contact.name, contact.email) == ("Grace Hopper", "grace@acme.example")
    assert (contact.phone, contact.title) == ("+1 555", "Rear Admiral")
    assert contact.roles == ["primary", "legal"]
    assert contact.notes == "Prefers mail."


def test_one_address_is_one_contact_at_a_sponsor(fundraiser):
    there = ContactFactory(name="Grace", email="grace@acme.example", left_on=TODAY)
    with pytest.raises(DirectoryError, match=r"Grace \(left\) has the address") as refused:
        add_contact(actor=fundraiser, sponsor=there.sponsor, name="G. H.", email="GRACE@acme.example")
    assert (refused.value.code, refused.value.field) == ("contact_exists", "email")
    elsewhere = add_contact(
        actor=fundraiser, sponsor=SponsorFactory(), name="Grace", email="grace@acme.example"
    )
    assert elsewhere.email == there.email


def test_contacts_without_address_may_be_many(fundraiser):
    sponsor = SponsorFactory()
    for name in ("One", "Two"):
        add_contact(actor=fundraiser, sponsor=sponsor, name=name)
    assert sponsor.contacts.count() == 2


def test_only_the_named_fields_of_a_contact_change(fundraiser):
    contact = ContactFactory(name="Grace", email="grace@acme.example")
    changed = change_contact(
        actor=fundraiser, contact=contact, changes={"roles": ["billing"], "email": "GRACE@acme.example"}
    )
    assert (changed.name, changed.email, changed.roles) == ("Grace", "grace@acme.example", ["billing"])
    changed = change_contact(actor=fundraiser, contact=contact, changes={"email": "gh@acme.example"})
    assert changed.email == "gh@acme.example"


def test_an_address_cannot_be_changed_to_that_of_a_colleague(fundraiser):
    grace = ContactFactory(name="Grace")
    ada = ContactFactory(name="Ada", sponsor=grace.sponsor)
    with pytest.raises(DirectoryError, match="Grace has the address"):
        change_contact(actor=fundraiser, contact=ada, changes={"email": grace.email})


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Name: This field cannot be blank"),
        ("email", "nobody", "Email: Enter a valid email address"),
        ("roles", ["boss"], "boss is no role of a contact. Choose from primary, billing"),
        ("phone", "5" * 41, "Phone: Ensure"),
    ],
)
def test_a_contact_value_that_is_not_possible_is_refused(fundraiser, field, value, sentence):
    contact = ContactFactory()
    changes = cast("ContactChanges", {field: value})
    with pytest.raises(DirectoryError, match=sentence) as refused:
        change_contact(actor=fundraiser, contact=contact, changes=changes)
    assert refused.value.field == field
    with pytest.raises(DirectoryError, match=sentence):
        add_contact(actor=fundraiser, sponsor=contact.sponsor, **{"name": "New", field: value})
    assert Contact.objects.count() == 1


def test_a_contact_leaves_and_may_return(fundraiser):
    contact = ContactFactory()
    mark_contact_left(actor=fundraiser, contact=contact, left_on=TODAY, today=TODAY)
    assert not Contact.objects.present(TODAY).exists()
    assert Contact.objects.present(TODAY - timedelta(days=1)).exists()
    mark_contact_returned(actor=fundraiser, contact=contact)
    assert Contact.objects.present(TODAY).exists()


def test_a_departure_is_at_most_a_year_ahead(fundraiser):
    contact = ContactFactory()
    with pytest.raises(DirectoryError, match="more than a year ahead") as refused:
        mark_contact_left(actor=fundraiser, contact=contact, left_on=TODAY + timedelta(days=367), today=TODAY)
    assert refused.value.field == "left_on"


def test_nothing_is_hung_on_a_merged_sponsor(fundraiser):
    absorbed = SponsorFactory(name="Absorbed", merged_into=SponsorFactory(name="Kept"))
    with pytest.raises(SponsorIsMerged, match="merged into Kept"):
        add_contact(actor=fundraiser, sponsor=absorbed, name="Grace")
    with pytest.raises(SponsorIsMerged, match="merged into Kept"):
        log_interaction(
            actor=fundraiser, sponsor=absorbed, kind="call", occurred_at=NOW, summary="Hello", now=NOW
        )


def test_an_interaction_is_logged_by_the_actor_unless_somebody_else_is_named(fundraiser, finance):
    contact = ContactFactory()
    interaction = log_interaction(
        actor=fundraiser,
        sponsor=contact.sponsor,
        kind="meeting",
        occurred_at=NOW,
        summary=" They will renew. ",
        contacts=[contact],
        next_step=" Send  the draft ",
        next_step_due=TODAY + timedelta(days=7),
        now=NOW,
    )
    assert (interaction.summary, interaction.next_step) == ("They will renew.", "Send the draft")
    assert interaction.by == fundraiser
    assert list(interaction.contacts.all()) == [contact]
    other = log_interaction(
        actor=fundraiser,
        sponsor=contact.sponsor,
        kind="note",
        occurred_at=NOW,
        summary="x",
        by=finance,
        now=NOW,
    )
    assert other.by == finance


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"summary": " "}, "summary", "Summary: This field cannot be blank"),
        ({"kind": "dream"}, "kind", "Kind: Value 'dream' is not a valid choice"),
        ({"occurred_at": NOW + timedelta(hours=1)}, "occurred_at", "When is in the future"),
        ({"occurred_at": datetime(1, 1, 1, tzinfo=UTC)}, "occurred_at", "When is before 1990"),
        ({"next_step_due": TODAY}, "next_step", "a date for the next step and no next step"),
    ],
)
def test_an_interaction_that_is_not_possible_is_refused(fundraiser, changes, field, sentence):
    there = InteractionFactory()
    given = {"kind": "call", "occurred_at": NOW, "summary": "Hello", **changes}
    with pytest.raises(DirectoryError, match=sentence) as refused:
        log_interaction(actor=fundraiser, sponsor=there.sponsor, now=NOW, **given)
    assert refused.value.field == field
    with pytest.raises(DirectoryError, match=sentence):
        change_interaction(actor=fundraiser, interaction=there, changes=changes, now=NOW)
    assert Interaction.objects.count() == 1


def test_only_people_of_the_sponsor_took_part(fundraiser):
    stranger = ContactFactory(name="Stranger")
    interaction = InteractionFactory()
    with pytest.raises(DirectoryError, match="Stranger is no contact of") as refused:
        change_interaction(
            actor=fundraiser, interaction=interaction, changes={"contacts": [stranger]}, now=NOW
        )
    assert refused.value.field == "contacts"
    grace = ContactFactory(sponsor=interaction.sponsor)
    change_interaction(
        actor=fundraiser, interaction=interaction, changes={"contacts": [grace], "summary": "New"}, now=NOW
    )
    interaction.refresh_from_db()
    assert (list(interaction.contacts.all()), interaction.summary) == ([grace], "New")
    change_interaction(actor=fundraiser, interaction=interaction, changes={"summary": "Newer"}, now=NOW)
    assert list(interaction.contacts.all()) == [grace]


def test_a_next_step_is_done_once_and_can_be_opened_again(fundraiser):
    interaction = InteractionFactory(next_step="Call back", next_step_due=TODAY)
    with pytest.raises(Conflict, match="not done, so it cannot be opened again"):
        reopen_next_step(actor=fundraiser, interaction=interaction)
    done = complete_next_step(actor=fundraiser, interaction=interaction, done_on=TODAY, today=TODAY)
    assert done.next_step_done_on == TODAY
    assert not Interaction.objects.with_open_step().exists()
    with pytest.raises(Conflict, match="was done on 2026-05-04"):
        complete_next_step(actor=fundraiser, interaction=interaction, done_on=TODAY, today=TODAY)
    with pytest.raises(Conflict, match="can no longer be changed"):
        change_interaction(actor=fundraiser, interaction=interaction, changes={"next_step": "Other"}, now=NOW)
    reopen_next_step(actor=fundraiser, interaction=interaction)
    assert Interaction.objects.with_open_step().exists()


def test_a_next_step_must_exist_and_is_not_done_in_the_future(fundraiser):
    none = InteractionFactory()
    with pytest.raises(Conflict, match="has no next step"):
        complete_next_step(actor=fundraiser, interaction=none, done_on=TODAY, today=TODAY)
    some = InteractionFactory(next_step="Call back")
    with pytest.raises(DirectoryError, match="cannot be done in the future") as refused:
        complete_next_step(actor=fundraiser, interaction=some, done_on=TODAY + timedelta(days=1), today=TODAY)
    assert refused.value.field == "done_on"
