from typing import cast

import pghistory
import pytest

from foundation.people.roles import Role
from foundation.people.tests.factories import make_service, make_user
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import DirectoryError, PossibleDuplicate, SponsorIsMerged
from sponsors.directory.services import SponsorChanges, add_sponsor, change_sponsor, lock_sponsor
from sponsors.directory.tests.factories import SponsorFactory
from sponsors.directory.tests.races import at_once


def test_a_sponsor_is_added_with_values_in_their_kept_form(fundraiser):
    parent = SponsorFactory()
    sponsor = add_sponsor(
        actor=fundraiser,
        name="  Acme   Cloud ",
        legal_name="Acme Cloud,  Inc.",
        website="Acme.Example/",
        country="de",
        tax_id=" DE  123 ",
        parent=parent,
        description=" Clouds. ",
        notes=" Met at a fair. ",
        account_manager=fundraiser,
    )
    assert (sponsor.name, sponsor.slug, sponsor.legal_name) == (
        "Acme Cloud",
        "acme-cloud",
        "Acme Cloud, Inc.",
    )
    assert (sponsor.website, sponsor.country, sponsor.tax_id) == ("https://acme.example", "DE", "DE 123")
    assert (sponsor.description, sponsor.notes) == ("Clouds.", "Met at a fair.")
    assert (sponsor.parent, sponsor.account_manager) == (parent, fundraiser)


def test_adding_a_sponsor_is_recorded_with_actor_and_action(fundraiser):
    sponsor = add_sponsor(actor=fundraiser, name="Acme")
    event = pghistory.models.Events.objects.tracks(sponsor).get()
    assert event.pgh_context["action"] == "sponsor.add"
    assert event.pgh_context["actor"] == fundraiser.pk


def test_a_slug_that_is_taken_gets_a_number(fundraiser):
    slugs = [
        add_sponsor(actor=fundraiser, name=name, confirmed_distinct=True).slug
        for name in ("Acme", "ACME", "Acme!")
    ]
    assert slugs == ["acme", "acme-2", "acme-3"]


def test_a_slug_may_be_chosen_and_must_be_free(fundraiser):
    assert add_sponsor(actor=fundraiser, name="Acme", slug="acme-cloud").slug == "acme-cloud"
    with pytest.raises(DirectoryError, match="acme-cloud belongs to Acme") as refused:
        add_sponsor(actor=fundraiser, name="Other", slug="acme-cloud")
    assert (refused.value.code, refused.value.field) == ("slug_taken", "slug")


@pytest.mark.parametrize("name", ["ACME  cloud", " acme cloud", "Acme Cloud, inc."])
def test_a_name_that_exists_is_refused_until_confirmed(fundraiser, name):
    SponsorFactory(name="Acme Cloud", legal_name="Acme Cloud, Inc.", slug="acme")
    with pytest.raises(PossibleDuplicate, match=r"Acme Cloud \(acme\)") as refused:
        add_sponsor(actor=fundraiser, name=name)
    assert refused.value.others == [("acme", "Acme Cloud")]
    assert Sponsor.objects.count() == 1
    add_sponsor(actor=fundraiser, name=name, confirmed_distinct=True)
    assert Sponsor.objects.count() == 2


def test_the_name_of_a_merged_sponsor_is_free_again(fundraiser):
    SponsorFactory(name="Acme", slug="acme", merged_into=SponsorFactory())
    assert add_sponsor(actor=fundraiser, name="Acme").slug == "acme-2"


def test_renaming_never_changes_the_slug(fundraiser):
    sponsor = add_sponsor(actor=fundraiser, name="Acme")
    changed = change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"name": "Beta"})
    assert (changed.name, changed.slug) == ("Beta", "acme")


def test_renaming_to_an_existing_name_is_refused_until_confirmed(fundraiser):
    SponsorFactory(name="Beta")
    sponsor = SponsorFactory(name="Acme")
    with pytest.raises(PossibleDuplicate):
        change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"name": "beta"})
    change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"name": "beta"}, confirmed_distinct=True)
    # It has the name now, so spelling it otherwise is no new question.
    assert change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"name": "BETA"}).name == "BETA"


def test_only_the_named_fields_change(fundraiser):
    sponsor = SponsorFactory(notes="Old.", country="US")
    changed = change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"notes": "New."})
    assert (changed.notes, changed.country, changed.name) == ("New.", "US", sponsor.name)


def test_a_change_to_the_same_values_writes_nothing(fundraiser):
    sponsor = add_sponsor(actor=fundraiser, name="Acme", website="acme.example")
    same = change_sponsor(
        actor=fundraiser, sponsor=sponsor, changes={"name": " Acme ", "website": "ACME.example/"}
    )
    assert same.updated_at == sponsor.updated_at
    assert pghistory.models.Events.objects.tracks(sponsor).count() == 1


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", " ", "Name: This field cannot be blank"),
        ("name", "x" * 201, "Name: Ensure this value has at most 200 characters"),
        ("country", "XX", "Country: "),
        ("website", "https://acme..example", "Website: Enter a valid URL"),
        ("website", "no address", "web address"),
        ("tax_id", "9" * 41, "Tax ID: Ensure"),
        ("notes", "a\x00b", "Internal notes holds a character"),
    ],
)
def test_a_value_that_is_not_possible_is_refused_by_name_and_nothing_is_written(
    fundraiser, field, value, sentence
):
    sponsor = SponsorFactory()
    changes = cast("SponsorChanges", {field: value})
    with pytest.raises(DirectoryError, match=sentence) as refused:
        change_sponsor(actor=fundraiser, sponsor=sponsor, changes=changes)
    assert refused.value.field == field
    with pytest.raises(DirectoryError, match=sentence):
        add_sponsor(actor=fundraiser, **{"name": "Acme", field: value})
    assert Sponsor.objects.count() == 1


def test_a_parent_may_not_be_the_sponsor_itself_or_belong_to_it(fundraiser):
    top = SponsorFactory(name="Top")
    middle = SponsorFactory(name="Middle", parent=top)
    bottom = SponsorFactory(name="Bottom", parent=middle)
    for parent in (top, middle, bottom):
        with pytest.raises(DirectoryError, match=f"{parent.name} cannot be the parent of Top") as refused:
            change_sponsor(actor=fundraiser, sponsor=top, changes={"parent": parent})
        assert (refused.value.code, refused.value.field) == ("parent_cycle", "parent")
    assert change_sponsor(actor=fundraiser, sponsor=bottom, changes={"parent": top}).parent == top
    assert change_sponsor(actor=fundraiser, sponsor=bottom, changes={"parent": None}).parent is None


def test_a_merged_sponsor_is_no_parent(fundraiser):
    kept = SponsorFactory(name="Kept")
    absorbed = SponsorFactory(name="Absorbed", merged_into=kept)
    with pytest.raises(SponsorIsMerged, match="Absorbed was merged into Kept") as refused:
        add_sponsor(actor=fundraiser, name="New", parent=absorbed)
    assert refused.value.field == "parent"


def test_a_merged_sponsor_cannot_be_changed(fundraiser):
    absorbed = SponsorFactory(name="Absorbed", merged_into=SponsorFactory(name="Kept"))
    with pytest.raises(SponsorIsMerged, match="Use that sponsor instead"):
        change_sponsor(actor=fundraiser, sponsor=absorbed, changes={"notes": "x"})


def test_an_account_manager_must_be_a_colleague_who_sees_sponsors(fundraiser, outsider):
    gone = make_user("Gone Colleague", Role.FUNDRAISING)
    gone.is_active = False
    gone.save(update_fields=["is_active"])
    website = make_service("Website", Role.FUNDRAISING, answerable=fundraiser)
    sponsor = SponsorFactory()
    for person in (outsider, gone, website):
        with pytest.raises(DirectoryError, match="cannot look after a sponsor") as refused:
            change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"account_manager": person})
        assert refused.value.field == "account_manager"
    changed = change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"account_manager": fundraiser})
    assert changed.account_manager == fundraiser


@pytest.mark.django_db(transaction=True)
def test_two_who_add_the_same_sponsor_at_once_are_told(fundraiser):
    def add():
        return add_sponsor(actor=fundraiser, name="Acme")

    results = at_once(add, add, add)
    assert sorted(type(result).__name__ for result in results) == [
        "PossibleDuplicate",
        "PossibleDuplicate",
        "Sponsor",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_parents_set_at_once_never_close_a_circle(fundraiser):
    one, two = SponsorFactory(), SponsorFactory()
    results = at_once(
        lambda: change_sponsor(actor=fundraiser, sponsor=one, changes={"parent": two}),
        lambda: change_sponsor(actor=fundraiser, sponsor=two, changes={"parent": one}),
    )
    assert sorted(type(result).__name__ for result in results) == ["DirectoryError", "Sponsor"]


def test_a_locked_sponsor_is_read_anew(fundraiser):
    sponsor = SponsorFactory()
    Sponsor.objects.filter(pk=sponsor.pk).update(name="Changed meanwhile")
    assert lock_sponsor(sponsor).name == "Changed meanwhile"


def test_a_character_that_no_database_keeps_is_refused_at_its_field(fundraiser):
    sponsor = SponsorFactory()
    with pytest.raises(DirectoryError, match="Description holds a character that cannot be kept") as refused:
        change_sponsor(actor=fundraiser, sponsor=sponsor, changes={"description": "Clouds\x00"})
    assert refused.value.field == "description"
