import re
from datetime import UTC, datetime

import pghistory
import pytest

from foundation.errors import Conflict
from sponsors.directory.imports import MOST_PROBLEMS
from sponsors.directory.models import Contact, Sponsor, SponsorImport
from sponsors.directory.services import add_sponsor, apply_import, check_import, discard_import
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory
from sponsors.directory.tests.races import at_once
from sponsors.directory.tests.sheets import csv_file

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
State = SponsorImport.State


@pytest.fixture
def importing(fundraiser):
    """Return a function that checks and applies rows."""

    def run(*rows):
        record = check_import(actor=fundraiser, content=csv_file(*rows), file_name="sponsors.csv")
        assert record.problems == []
        return apply_import(actor=fundraiser, record=record, now=NOW)

    return run


@pytest.fixture
def problems_of(fundraiser):
    """Return a function that checks rows and gives (line, column, sentence) of each problem."""

    def run(*rows):
        record = check_import(actor=fundraiser, content=csv_file(*rows), file_name="sponsors.csv")
        assert record.state == State.REJECTED
        assert (record.created_count, record.updated_count) == (0, 0)
        return [(each["line"], each["column"], each["sentence"]) for each in record.problems]

    return run


FULL = {
    "name": " Acme  Cloud ",
    "legal_name": "Acme, Inc.",
    "slug": "",
    "website": "Acme.example",
    "country": "us",
    "tax_id": "1",
    "parent_slug": "holding",
    "description": "Clouds.",
    "account_manager": "FRED@foundation.example",
    "notes": "Fair.",
    "contact_name": "Grace",
    "contact_email": "Grace@Acme.example",
    "contact_roles": "Billing, primary",
}


def test_a_file_is_checked_without_changing_a_sponsor(fundraiser):
    record = check_import(actor=fundraiser, content=csv_file({"name": "Acme"}), file_name="sponsors.csv")
    assert (record.state, record.row_count, record.created_count) == (State.CHECKED, 1, 1)
    assert record.uploaded_by == fundraiser
    assert not Sponsor.objects.exists()


def test_new_sponsors_are_added_with_parent_manager_and_contact(importing, fundraiser):
    done = importing(FULL, {"name": "Holding", "slug": "holding"})
    assert (done.state, done.created_count, done.updated_count, done.applied_at) == (State.APPLIED, 2, 0, NOW)
    sponsor = Sponsor.objects.get(slug="acme-cloud")
    assert (sponsor.name, sponsor.website, sponsor.country) == ("Acme Cloud", "https://acme.example", "US")
    assert (sponsor.parent, sponsor.account_manager) == (Sponsor.objects.get(slug="holding"), fundraiser)
    contact = sponsor.contacts.get()
    assert (contact.name, contact.email, contact.roles) == (
        "Grace",
        "grace@acme.example",
        ["primary", "billing"],
    )
    event = pghistory.models.Events.objects.tracks(sponsor).order_by("pgh_created_at").first()
    assert event.pgh_context["action"] == "sponsor.import"


def test_the_same_file_again_changes_nothing_and_says_so(importing):
    importing(FULL, {"name": "Holding", "slug": "holding"})
    before = list(Sponsor.objects.values_list("updated_at")) + list(Contact.objects.values_list("updated_at"))
    again = importing(FULL, {"name": "Holding", "slug": "holding"})
    assert (again.row_count, again.created_count, again.updated_count) == (2, 0, 0)
    assert {row["outcome"] for row in again.rows} == {"same"}
    after = list(Sponsor.objects.values_list("updated_at")) + list(Contact.objects.values_list("updated_at"))
    assert after == before


def test_an_empty_cell_leaves_what_is_known(importing):
    sponsor = SponsorFactory(name="Acme", notes="Old.", country="DE")
    done = importing({"name": "ACME", "notes": "", "country": "US"})
    sponsor.refresh_from_db()
    assert (sponsor.name, sponsor.notes, sponsor.country) == ("ACME", "Old.", "US")
    assert done.updated_count == 1
    assert done.rows[0]["changed"] == {"name": ["Acme", "ACME"], "country": ["DE", "US"]}


def test_a_sponsor_is_found_by_slug_before_name(importing):
    SponsorFactory(name="Acme", slug="other")
    renamed = SponsorFactory(name="Old name", slug="acme")
    importing({"name": "Acme", "slug": "acme"})
    renamed.refresh_from_db()
    assert renamed.name == "Acme"
    assert Sponsor.objects.count() == 2


def test_two_new_sponsors_of_one_name_are_added_when_both_have_a_slug(importing):
    importing({"name": "Acme", "slug": "acme-us"}, {"name": "Acme", "slug": "acme-de"})
    assert Sponsor.objects.filter(name="Acme").count() == 2


def test_slugs_made_for_new_sponsors_avoid_each_other_and_those_in_the_file(importing):
    SponsorFactory(name="Other", slug="acme")
    importing({"name": "Acme", "slug": ""}, {"name": "Acme!", "slug": ""}, {"name": "B", "slug": "acme-2"})
    assert set(Sponsor.objects.values_list("slug", flat=True)) == {"acme", "acme-2", "acme-3", "acme-4"}


def test_a_contact_is_found_by_address_or_name_and_changed(importing):
    sponsor = SponsorFactory(name="Acme")
    grace = ContactFactory(sponsor=sponsor, name="Grace", email="g@acme.example", roles=["primary"])
    ada = ContactFactory(sponsor=sponsor, name="Ada", email="", roles=[])
    row = {
        "name": "Acme",
        "contact_name": "Grace H.",
        "contact_email": "g@acme.example",
        "contact_roles": "legal",
    }
    done = importing(row)
    assert done.updated_count == 1
    grace.refresh_from_db()
    assert (grace.name, grace.roles) == ("Grace H.", ["legal"])
    importing({"name": "Acme", "contact_name": "ADA", "contact_roles": "technical"})
    ada.refresh_from_db()
    assert (ada.name, ada.roles) == ("ADA", ["technical"])
    importing({"name": "Acme", "contact_name": "Linus"})
    assert sponsor.contacts.count() == 3


def test_a_changed_parent_and_manager_are_written(importing, fundraiser):
    top, other = SponsorFactory(slug="top"), SponsorFactory(slug="other")
    sponsor = SponsorFactory(name="Acme", parent=other)
    row = {"name": "Acme", "parent_slug": "top", "account_manager": fundraiser.email}
    done = importing(row)
    sponsor.refresh_from_db()
    assert (sponsor.parent, sponsor.account_manager) == (top, fundraiser)
    assert done.rows[0]["changed"]["parent"] == ["other", "top"]
    assert importing(row).updated_count == 0


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ({"name": "A", "slug": "Not a slug"}, "slug", "lower-case letters and digits"),
        ({"name": "A", "slug": "gone"}, "slug", "Gone was merged into Kept. Use the slug kept."),
        ({"name": "Twin"}, "slug", "There are 2 sponsors of this name. Give the slug .*: twin-1, twin-2"),
        ({"name": "A", "website": "nowhere"}, "website", "must be a web address"),
        ({"name": "A", "website": "https://a..example"}, "website", "Enter a valid URL"),
        ({"name": "A", "country": "XX"}, "country", "Country: "),
        ({"name": "x" * 201}, "name", "at most 200 characters"),
        ({"name": "A", "account_manager": "otto@foundation.example"}, "account_manager", "is no colleague"),
        ({"name": "A", "account_manager": "nobody"}, "account_manager", "nobody is no colleague"),
        ({"name": "A", "parent_slug": "nowhere"}, "parent_slug", "no sponsor with the slug nowhere"),
        ({"name": "A", "parent_slug": "gone"}, "parent_slug", "no sponsor with the slug gone"),
        ({"name": "A", "slug": "a", "parent_slug": "a"}, "parent_slug", "a is this sponsor or belongs to it"),
        ({"name": "Kept", "parent_slug": "below"}, "parent_slug", "below is this sponsor or belongs to it"),
        ({"name": "A", "contact_name": "G", "contact_email": "x"}, "contact_email", "valid email"),
        ({"name": "A", "contact_name": "G", "contact_roles": "boss"}, "contact_roles", "boss is no role"),
    ],
)
def test_a_bad_row_is_told_by_line_column_and_sentence(problems_of, outsider, row, column, sentence):
    kept = SponsorFactory(name="Kept", slug="kept")
    SponsorFactory(name="Gone", slug="gone", merged_into=kept)
    SponsorFactory(name="Below", slug="below", parent=kept)
    for number in (1, 2):
        SponsorFactory(name="Twin", slug=f"twin-{number}")
    ((line, told, message),) = problems_of(row)
    assert (line, told) == (2, column)
    assert re.search(sentence, message)


@pytest.mark.parametrize(
    ("second", "column", "sentence"),
    [
        ({"name": "ACME", "slug": ""}, "name", "Line 2 is about the same sponsor (acme)"),
        ({"name": "x", "slug": "acme"}, "slug", "Line 2 is about the same sponsor (acme)"),
    ],
)
def test_two_lines_about_one_sponsor_are_refused(problems_of, second, column, sentence):
    SponsorFactory(name="Acme", slug="acme")
    ((line, told, message),) = problems_of({"name": "Acme", "slug": ""}, second)
    assert (line, told) == (3, column)
    assert sentence in message


def test_two_new_sponsors_of_one_name_need_slugs(problems_of):
    ((line, column, sentence),) = problems_of({"name": "Acme"}, {"name": "acme"})
    assert (line, column) == (3, "name")
    assert "Line 2 has the same name" in sentence


def test_a_child_of_a_faulty_row_is_no_second_problem(problems_of):
    told = problems_of(
        {"name": "", "slug": "top", "country": "", "parent_slug": ""},
        {"name": "Middle", "slug": "middle", "country": "XX", "parent_slug": "top"},
        {"name": "Bottom", "slug": "", "country": "", "parent_slug": "middle"},
    )
    assert [(line, column) for line, column, _ in told] == [(2, "name"), (3, "country")]


def test_one_bad_row_among_five_thousand_stops_the_whole_file(fundraiser):
    rows = [{"name": f"Sponsor {n}", "country": "US"} for n in range(2, 5002)]
    rows[4711 - 2]["country"] = "Utopia"
    record = check_import(actor=fundraiser, content=csv_file(*rows), file_name="sponsors.csv")
    assert record.state == State.REJECTED
    ((line, column),) = [(each["line"], each["column"]) for each in record.problems]
    assert (line, column) == (4711, "country")
    with pytest.raises(Conflict, match="is rejected"):
        apply_import(actor=fundraiser, record=record, now=NOW)
    assert not Sponsor.objects.exists()


def test_of_very_many_problems_the_first_are_kept_and_the_rest_counted(problems_of):
    told = problems_of(*({"name": f"S {n}", "country": "XX"} for n in range(MOST_PROBLEMS + 7)))
    assert len(told) == MOST_PROBLEMS + 1
    assert told[-1] == (MOST_PROBLEMS + 2, "", "From here on there are 7 more problems.")


def test_an_import_is_applied_once(importing, fundraiser):
    done = importing({"name": "Acme"})
    for again in (
        lambda: apply_import(actor=fundraiser, record=done, now=NOW),
        lambda: discard_import(actor=fundraiser, record=done),
    ):
        with pytest.raises(Conflict, match="is imported and cannot be"):
            again()
    assert Sponsor.objects.count() == 1


def test_an_import_may_be_discarded(fundraiser):
    record = check_import(actor=fundraiser, content=csv_file({"name": "Acme"}), file_name="a.csv")
    assert discard_import(actor=fundraiser, record=record).state == State.DISCARDED


def test_a_row_that_became_bad_since_stops_the_import(fundraiser):
    record = check_import(
        actor=fundraiser,
        content=csv_file({"name": "New"}, {"name": "Acme"}),
        file_name="a.csv",
    )
    for number in (1, 2):
        SponsorFactory(name="Acme", slug=f"acme-{number}")
    record = apply_import(actor=fundraiser, record=record, now=NOW)
    assert (record.state, record.applied_at) == (State.REJECTED, None)
    assert record.problems[0]["line"] == 3
    assert not Sponsor.objects.filter(name="New").exists()


def test_a_plan_that_changed_since_is_shown_again_before_anything_is_written(fundraiser):
    record = check_import(
        actor=fundraiser, content=csv_file({"name": "Acme", "country": "US"}), file_name="a.csv"
    )
    sponsor = add_sponsor(actor=fundraiser, name="Acme", country="DE")
    record = apply_import(actor=fundraiser, record=record, now=NOW)
    assert (record.state, record.created_count, record.updated_count) == (State.CHECKED, 0, 1)
    sponsor.refresh_from_db()
    assert sponsor.country == "DE"
    record = apply_import(actor=fundraiser, record=record, now=NOW)
    assert record.state == State.APPLIED
    sponsor.refresh_from_db()
    assert sponsor.country == "US"


def test_checking_costs_the_same_number_of_queries_for_any_number_of_rows(
    fundraiser, django_assert_max_num_queries
):
    def rows(count):
        return [{**FULL, "name": f"Sponsor {n}", "parent_slug": ""} for n in range(count)]

    for count in (1, 200):
        with django_assert_max_num_queries(12):
            check_import(actor=fundraiser, content=csv_file(*rows(count)), file_name="a.csv")


@pytest.mark.django_db(transaction=True)
def test_one_import_applied_twice_at_once_is_written_once(fundraiser):
    record = check_import(actor=fundraiser, content=csv_file({"name": "Acme"}), file_name="a.csv")

    def apply():
        return apply_import(actor=fundraiser, record=record, now=NOW)

    results = at_once(apply, apply)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "SponsorImport"]
    assert Sponsor.objects.count() == 1
