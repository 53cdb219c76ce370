import re

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.errors import Conflict
from foundation.imports.models import ImportProgress, ImportRun
from foundation.imports.progress import progress_of
from foundation.imports.rules import RunState
from foundation.imports.services import apply_import, carry_out, discard_import
from foundation.imports.tests.factories import applied, checked
from foundation.imports.tests.sheets import csv_file
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.directory.models import Contact, Sponsor
from sponsors.directory.services import add_sponsor
from sponsors.directory.services import importing as importing_services
from sponsors.directory.services.importing import SponsorPlan
from sponsors.directory.tests.factories import ContactFactory, SponsorFactory
from sponsors.directory.tests.races import at_once


@pytest.fixture
def importing(fundraiser):
    """Return a function that checks and applies rows."""

    def run(*rows):
        run = checked(fundraiser, csv_file(*rows))
        assert not list(run.faults.all())
        return applied(fundraiser, run)

    return run


@pytest.fixture
def problems_of(fundraiser):
    """Return a function that checks rows and gives (line, column, sentence) of each problem."""

    def run(*rows):
        run = checked(fundraiser, csv_file(*rows))
        assert run.state == RunState.FAULTY
        assert (run.new_count, run.changed_count) == (0, 0)
        return [(each.line, each.column, each.sentence) for each in run.faults.all()]

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
    run = checked(fundraiser, csv_file({"name": "Acme"}))
    assert (run.state, run.row_count, run.new_count) == (RunState.CHECKED, 1, 1)
    assert run.uploaded_by == fundraiser
    assert not Sponsor.objects.exists()


def test_new_sponsors_are_added_with_parent_manager_and_contact(importing, fundraiser):
    done = importing(FULL, {"name": "Holding", "slug": "holding"})
    assert (done.state, done.new_count, done.changed_count) == (RunState.APPLIED, 2, 0)
    assert done.applied_at is not None
    assert done.applied_by == fundraiser
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
    assert (again.row_count, again.new_count, again.changed_count) == (2, 0, 0)
    assert {step.outcome for step in again.steps.all()} == {"same"}
    after = list(Sponsor.objects.values_list("updated_at")) + list(Contact.objects.values_list("updated_at"))
    assert after == before


def test_an_empty_cell_leaves_what_is_known(importing):
    sponsor = SponsorFactory(name="Acme", notes="Old.", country="DE")
    done = importing({"name": "ACME", "notes": "", "country": "US"})
    sponsor.refresh_from_db()
    assert (sponsor.name, sponsor.notes, sponsor.country) == ("ACME", "Old.", "US")
    assert done.changed_count == 1
    assert done.steps.get().changes == [["name", "Acme", "ACME"], ["country", "DE", "US"]]


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
    assert done.changed_count == 1
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
    assert ["parent", "other", "top"] in done.steps.get().changes
    assert importing(row).changed_count == 0


@pytest.mark.parametrize(
    ("row", "column", "sentence"),
    [
        ({"name": "A", "slug": "Not a slug"}, "slug", "lower-case letters and digits"),
        ({"name": "A", "slug": "gone"}, "slug", "Gone was merged into Kept. Use the slug kept."),
        ({"name": "Twin"}, "slug", "There are 2 sponsors of this name. Give the slug .*: twin-1, twin-2"),
        ({"name": "A", "website": "nowhere"}, "website", "must be a web address"),
        ({"name": "A", "website": "https://a..example"}, "website", "Enter a valid URL"),
        ({"name": "A", "country": "XX"}, "country", "XX is no country. Write its two-letter code"),
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
    run = checked(fundraiser, csv_file(*rows))
    assert run.state == RunState.FAULTY
    ((line, column, value),) = run.faults.values_list("line", "column", "value")
    assert (line, column, value) == (4711, "country", "Utopia")
    with pytest.raises(Conflict, match="this one is faulty"):
        applied(fundraiser, run)
    assert not Sponsor.objects.exists()


def test_every_fault_of_every_row_is_told(problems_of):
    told = problems_of(
        {**FULL, "name": "", "country": "XX", "website": "nowhere", "account_manager": "who@x.example"},
        {**FULL, "name": "Other", "slug": "Not a slug", "contact_email": "nobody", "contact_roles": "chief"},
        {**FULL, "name": "Third", "parent_slug": "", "contact_name": "", "contact_roles": "chief"},
    )
    assert [(line, column) for line, column, _ in told] == [
        (2, "name"),
        (2, "website"),
        (2, "country"),
        (2, "parent_slug"),
        (2, "account_manager"),
        (3, "slug"),
        (3, "parent_slug"),
        (3, "contact_email"),
        (3, "contact_roles"),
        (4, "contact_name"),
        (4, "contact_roles"),
    ]


def test_the_rows_of_a_file_with_an_unknown_column_are_checked_too(problems_of):
    told = problems_of({"name": "Acme", "contry": "US", "country": "XX"})
    assert [(line, column) for line, column, _ in told] == [(1, "contry"), (2, "country")]


def test_the_same_slug_twice_is_told_with_the_other_line(problems_of):
    rows = [
        {"name": name, "slug": slug} for name, slug in (("A", "acme"), ("B", ""), ("C", ""), ("D", "acme"))
    ]
    ((line, column, sentence),) = problems_of(*rows)
    assert (line, column) == (5, "slug")
    assert "is on line 2 too" in sentence


@pytest.mark.parametrize("column", ["contact_email", "contact_roles"])
def test_a_contact_needs_a_name(problems_of, column):
    value = {"contact_email": "a@x.example", "contact_roles": "primary"}[column]
    ((line, told, sentence),) = problems_of({"name": "Acme", column: value})
    assert (line, told) == (2, "contact_name")
    assert "The contact has no name" in sentence


def test_an_import_is_applied_once(importing, fundraiser):
    done = importing({"name": "Acme"})
    for decide in (apply_import, discard_import):
        with pytest.raises(Conflict, match="is imported"):
            decide(actor=fundraiser, run=done)
    assert Sponsor.objects.count() == 1


def test_an_import_may_be_discarded(fundraiser):
    run = checked(fundraiser, csv_file({"name": "Acme"}))
    assert discard_import(actor=fundraiser, run=run).state == RunState.DISCARDED


def test_a_row_that_became_bad_since_stops_the_import(fundraiser):
    run = checked(fundraiser, csv_file({"name": "New"}, {"name": "Acme"}))
    for number in (1, 2):
        SponsorFactory(name="Acme", slug=f"acme-{number}")
    run = applied(fundraiser, run)
    assert (run.state, run.applied_at) == (RunState.FAULTY, None)
    assert run.faults.get().line == 3
    assert not Sponsor.objects.filter(name="New").exists()


def test_a_plan_that_changed_since_is_shown_again_before_anything_is_written(fundraiser):
    run = checked(fundraiser, csv_file({"name": "Acme", "country": "US"}))
    sponsor = add_sponsor(actor=fundraiser, name="Acme", country="DE")
    run = applied(fundraiser, run)
    assert (run.state, run.new_count, run.changed_count) == (RunState.CHECKED, 0, 1)
    sponsor.refresh_from_db()
    assert sponsor.country == "DE"
    run = applied(fundraiser, run)
    assert run.state == RunState.APPLIED
    sponsor.refresh_from_db()
    assert sponsor.country == "US"


def test_checking_costs_the_same_number_of_queries_for_any_number_of_rows(fundraiser):
    managers = [make_user(f"M{n} Manager", Role.FUNDRAISING).email for n in range(3)]

    def rows(count):
        return [
            {**FULL, "name": f"Sponsor {n}", "parent_slug": "", "account_manager": managers[n % 3]}
            for n in range(count)
        ]

    costs = []
    for count in (1, 2, 200):
        with CaptureQueriesContext(connection) as queries:
            checked(fundraiser, csv_file(*rows(count)))
        costs.append(len(queries))
    assert costs[1] == costs[2] <= costs[0]  # the first reads permissions


@pytest.mark.django_db(transaction=True)
def test_one_import_applied_twice_at_once_is_written_once(fundraiser):
    run = checked(fundraiser, csv_file({"name": "Acme"}))

    def apply():
        return applied(fundraiser, run)

    results = at_once(apply, apply)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "ImportRun"]
    assert Sponsor.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_an_import_once(fundraiser, monkeypatch):
    monkeypatch.setattr("foundation.imports.tasks.wake_worker", lambda: None)
    run = checked(fundraiser, csv_file({"name": "Acme"}))
    apply_import(actor=fundraiser, run=run)
    now = timezone.now()

    def work():
        # Each believes that the import is its own, as after a lease that ran out.
        with progress_of(run.pk) as progress:
            return carry_out(run=ImportRun.objects.get(pk=run.pk), now=now, progress=progress)

    results = at_once(work, work)
    assert [result.state for result in results] == [RunState.APPLIED, RunState.APPLIED]
    assert Sponsor.objects.count() == 1


def test_writing_tells_how_far_it_is_and_parents_may_stand_below(importing, monkeypatch):
    monkeypatch.setattr(importing_services, "_AT_ONCE", 2)
    told: list[int] = []
    write = SponsorPlan.write
    monkeypatch.setattr(
        SponsorPlan, "write", lambda plan, *, tell, **who: write(plan, tell=told.append, **who)
    )
    importing(
        {"name": "Child", "slug": "child", "parent_slug": "above", "contact_name": "Grace"},
        {"name": "Beta", "slug": "beta", "parent_slug": "", "contact_name": ""},
        {"name": "Above", "slug": "above", "parent_slug": "", "contact_name": "Ada"},
    )
    assert told == [1, 1, 2, 3]
    assert Sponsor.objects.get(parent__slug="above").slug == "child"
    assert set(Contact.objects.values_list("name", "sponsor__slug")) == {("Grace", "child"), ("Ada", "above")}


@pytest.mark.django_db(transaction=True)
def test_how_far_it_is_can_be_seen_while_the_rows_are_written(fundraiser, monkeypatch):
    seen = []
    write = SponsorPlan.write

    def watched(plan, **given):
        write(plan, **given)
        seen.append((ImportProgress.objects.get().done, ImportProgress.objects.get().total))

    monkeypatch.setattr(SponsorPlan, "write", watched)
    run = checked(fundraiser, csv_file({"name": "Acme"}, {"name": "Beta"}))
    # However quick it was, it is not left at a row before the last.
    assert (run.progress.done, run.progress.total) == (2, 2)
    applied(fundraiser, run)
    assert seen == [(2, 2)]
