from datetime import UTC, date, datetime, timedelta

import pytest

from foundation.api.scopes import Scope
from foundation.api.tests.factories import api_client
from sponsors.directory.models import Contact, Interaction, Sponsor
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory

SPONSORS = "/api/v1/sponsors/"
CONTACTS = "/api/v1/contacts/"
INTERACTIONS = "/api/v1/interactions/"


@pytest.fixture
def api(fundraiser):
    return api_client(fundraiser)


def found(client, address, **filters):
    """Return the keys in the answer to a list, or the sentences of its errors."""
    answer = client.get(address, filters)
    if answer.status_code != 200:
        return [error["detail"] for error in answer.json()["errors"]]
    return [row["id"] for row in answer.json()["results"]]


def errors(answer):
    return [(error["code"], error["attr"]) for error in answer.json()["errors"]]


def test_a_sponsor_is_created_read_and_changed(api, fundraiser):
    parent = SponsorFactory()
    body = {"name": "Acme", "website": "acme.example", "parent": parent.pk, "account_manager": fundraiser.pk}
    answer = api.post(SPONSORS, body)
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert made["slug"] == "acme"
    assert made["website"] == "https://acme.example"
    assert (made["parent"], made["account_manager"]) == (parent.pk, fundraiser.pk)
    assert (made["account_manager_name"], made["standing"]) == ("Fred Fundraiser", "prospect")
    assert answer["Location"].endswith(f"{SPONSORS}{made['id']}/")
    changed = api.patch(
        answer["Location"], {"name": "Beta", "parent": None}, headers={"If-Match": answer["ETag"]}
    )
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["slug"], changed.json()["parent"]) == (
        "Beta",
        "acme",
        None,
    )


def test_what_is_known_of_its_support_elsewhere_is_told_and_may_be_unknown(api):
    made = api.post(SPONSORS, {"name": "Acme", "foundations_supported": 3, "left_a_foundation": False})
    assert (made.json()["foundations_supported"], made.json()["left_a_foundation"]) == (3, False)
    unknown = {"foundations_supported": None, "left_a_foundation": None}
    changed = api.patch(made["Location"], unknown, headers={"If-Match": made["ETag"]})
    assert {name: changed.json()[name] for name in unknown} == unknown
    assert errors(api.post(SPONSORS, {"name": "Beta", "foundations_supported": -1})) == [
        ("min_value", "foundations_supported")
    ]


def test_a_change_based_on_an_old_version_is_refused(api):
    address = f"{SPONSORS}{SponsorFactory().pk}/"
    version = api.get(address)["ETag"]
    api.patch(address, {"notes": "first"})
    late = api.patch(address, {"notes": "second"}, headers={"If-Match": version})
    assert late.status_code == 412
    assert Sponsor.objects.get().notes == "first"


def test_a_name_that_exists_must_be_confirmed(api):
    sponsor = SponsorFactory(name="Acme")
    answer = api.post(SPONSORS, {"name": "acme"})
    assert (answer.status_code, errors(answer)) == (400, [("possible_duplicate", "name")])
    assert api.post(SPONSORS, {"name": "acme", "confirmed_distinct": True}).status_code == 201
    other = SponsorFactory()
    address = f"{SPONSORS}{other.pk}/"
    assert api.patch(address, {"name": sponsor.name}).status_code == 400
    assert api.patch(address, {"name": sponsor.name, "confirmed_distinct": True}).status_code == 200


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "A", "slug": "Not a slug"}, "slug"),
        ({"name": "A", "website": "nowhere"}, "website"),
        ({"name": "A", "country": "XX"}, "country"),
        ({"name": "A", "parent": 99}, "parent"),
        ({"name": "A", "standing": "active"}, "standing"),
        ({"name": "A", "logo": "x"}, "logo"),
        ({"name": "A\u0000"}, "name"),
    ],
)
def test_bad_input_is_told_by_field_and_changes_nothing(api, body, attr):
    answer = api.post(SPONSORS, body)
    assert answer.status_code == 400
    assert errors(answer)[0][1] == attr
    assert not Sponsor.objects.exists()


def test_notes_are_shown_only_to_a_token_that_may_change_sponsors(fundraiser, auditor):
    address = f"{SPONSORS}{SponsorFactory(notes='Secret.').pk}/"
    for user, scopes, shown in (
        (fundraiser, [Scope.SPONSORS_WRITE], "Secret."),
        (fundraiser, [Scope.SPONSORS_READ], None),
        (auditor, [Scope.SPONSORS_WRITE], None),
    ):
        assert api_client(user, scopes).get(address).json()["notes"] == shown


def test_an_unknown_country_is_told_with_the_fix(api):
    for answer in (
        api.post(SPONSORS, {"name": "A", "country": "Germany"}),
        api.get(SPONSORS, {"country": "Germany"}),
    ):
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["detail"] == (
            "Germany is no country. Write its two-letter code (ISO 3166-1), such as US or DE."
        )


def test_sponsors_are_filtered(api, fundraiser):
    parent = SponsorFactory(name="Parent", country="DE")
    child = SponsorFactory(name="Child Cloud", country="US", parent=parent, account_manager=fundraiser)
    assert found(api, SPONSORS, country="DE") == [parent.pk]
    assert found(api, SPONSORS, parent=parent.pk) == [child.pk]
    assert found(api, SPONSORS, account_manager=fundraiser.pk) == [child.pk]
    assert found(api, SPONSORS, slug=child.slug) == [child.pk]
    assert found(api, SPONSORS, search="clo") == [child.pk]
    assert found(api, SPONSORS, standing="prospect") == [child.pk, parent.pk]
    assert found(api, SPONSORS, standing="active") == []
    assert found(api, SPONSORS, ordering="-name") == [parent.pk, child.pk]
    later = datetime.now(UTC) + timedelta(days=1)
    assert found(api, SPONSORS, updated_since=later.isoformat()) == []
    assert "Select a valid choice" in found(api, SPONSORS, standing="asleep")[0]


def test_a_search_finds_contacts_only_with_their_scope(fundraiser):
    contact = ContactFactory(email="grace@navy.example")
    for scopes, expected in (
        ([Scope.SPONSORS_READ, Scope.CONTACTS_READ], [contact.sponsor_id]),
        ([Scope.SPONSORS_READ], []),
    ):
        assert found(api_client(fundraiser, scopes), SPONSORS, search="navy") == expected


def test_a_logo_is_an_address_for_people_who_are_signed_in(api, settings):
    plain = SponsorFactory()
    sponsor = SponsorFactory(slug="acme", logo="logos/a.png", logo_on_dark="logos/b.png")
    answer = api.get(f"{SPONSORS}{sponsor.pk}/").json()
    assert answer["logo"] == f"{settings.BASE_URL}/sponsors/acme/logo/"
    assert answer["logo_on_dark"] == f"{settings.BASE_URL}/sponsors/acme/logo-on-dark/"
    answer = api.get(f"{SPONSORS}{plain.pk}/").json()
    assert (answer["logo"], answer["logo_on_dark"]) == (None, None)


def test_a_merged_sponsor_leads_to_the_one_it_went_into(api):
    kept, absorbed = SponsorFactory(), SponsorFactory()
    contact = ContactFactory(sponsor=absorbed)
    address = f"{SPONSORS}{absorbed.pk}/"
    merged = api.post(f"{address}merge/", {"into": kept.pk, "reason": "The same."})
    assert (merged.status_code, merged.json()["id"]) == (200, kept.pk)
    assert api.post(f"{address}merge/", {"into": kept.pk, "reason": "The same."}).status_code == 200
    assert api.get(address).json()["merged_into"] == kept.pk
    assert found(api, SPONSORS) == [kept.pk]
    assert found(api, SPONSORS, slug=absorbed.slug) == [kept.pk]
    assert found(api, SPONSORS, merged="true") == [absorbed.pk]
    assert found(api, SPONSORS, merged="false") == [kept.pk]
    assert found(api, CONTACTS, sponsor=kept.pk) == [contact.pk]
    refused = api.patch(address, {"notes": "x"})
    assert (refused.status_code, errors(refused)) == (409, [("sponsor_is_merged", "name")])


def test_a_merge_into_itself_is_refused(api):
    sponsor = SponsorFactory()
    answer = api.post(f"{SPONSORS}{sponsor.pk}/merge/", {"into": sponsor.pk, "reason": "x"})
    assert (answer.status_code, errors(answer)) == (400, [("merge_with_itself", "kept")])


def test_sponsors_are_answered_as_csv_without_notes(api):
    SponsorFactory(name="=1+1", notes="Secret.")
    text = api.get(SPONSORS, headers={"Accept": "text/csv"}).getvalue().decode()
    assert text.startswith("id,slug,name,")
    assert "'=1+1" in text
    assert "Secret" not in text


def test_a_contact_is_created_changed_leaves_and_returns(api):
    sponsor = SponsorFactory()
    answer = api.post(
        CONTACTS, {"sponsor": sponsor.pk, "name": "Grace", "email": "G@x.example", "roles": ["legal"]}
    )
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["email"], answer.json()["roles"]) == ("g@x.example", ["legal"])
    address = answer["Location"]
    assert api.patch(address, {"roles": ["legal", "primary"]}).json()["roles"] == ["primary", "legal"]
    assert api.post(f"{address}leave/", {"left_on": "2026-03-02"}).json()["left_on"] == "2026-03-02"
    assert api.post(f"{address}return/").json()["left_on"] is None
    again = api.post(CONTACTS, {"sponsor": sponsor.pk, "name": "G.", "email": "g@x.example"})
    assert (again.status_code, errors(again)) == (400, [("contact_exists", "email")])
    assert Contact.objects.count() == 1


def test_contacts_are_filtered(api):
    grace = ContactFactory(name="Grace", email="grace@x.example", roles=["legal"])
    gone = ContactFactory(name="Gone", roles=[], left_on=date(2020, 1, 1))
    assert found(api, CONTACTS, sponsor=grace.sponsor_id) == [grace.pk]
    assert found(api, CONTACTS, role="legal") == [grace.pk]
    assert found(api, CONTACTS, present="true") == [grace.pk]
    assert found(api, CONTACTS, present="false") == [gone.pk]
    assert found(api, CONTACTS, email="GRACE@x.example") == [grace.pk]
    assert found(api, CONTACTS, search="gra") == [grace.pk]
    assert found(api, CONTACTS, search="!") == [gone.pk, grace.pk]


def test_an_interaction_is_logged_changed_and_its_step_done(api, fundraiser):
    contact = ContactFactory()
    answer = api.post(
        INTERACTIONS,
        {
            "sponsor": contact.sponsor_id,
            "kind": "call",
            "occurred_at": "2026-03-02T15:30:00Z",
            "summary": "Hello",
            "contacts": [contact.pk],
            "next_step": "Call back",
            "next_step_due": "2026-03-09",
        },
    )
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["by"], made["by_name"], made["contacts"]) == (fundraiser.pk, "Fred Fundraiser", [contact.pk])
    address = answer["Location"]
    changed = api.patch(address, {"contacts": [], "summary": "Hi"}).json()
    assert (changed["contacts"], changed["summary"]) == ([], "Hi")
    assert (
        api.post(f"{address}complete/", {"done_on": "2026-03-03"}).json()["next_step_done_on"] == "2026-03-03"
    )
    again = api.post(f"{address}complete/", {"done_on": "2026-03-03"})
    assert (again.status_code, errors(again)) == (409, [("next_step_done", "done_on")])
    assert api.post(f"{address}reopen/").json()["next_step_done_on"] is None


def test_an_interaction_whose_people_changed_is_another_version(api):
    contact = ContactFactory()
    interaction = InteractionFactory(sponsor=contact.sponsor)
    address = f"{INTERACTIONS}{interaction.pk}/"
    before = api.get(address)["ETag"]

    with_somebody = api.patch(address, {"contacts": [contact.pk]}, headers={"If-Match": before})
    assert with_somebody["ETag"] != before
    stale = api.patch(address, {"contacts": []}, headers={"If-Match": before})
    assert (stale.status_code, errors(stale)) == (412, [("stale_record", None)])
    same = api.patch(address, {"contacts": [contact.pk]})
    assert same["ETag"] == with_somebody["ETag"]


def test_interactions_are_filtered(api):
    contact = ContactFactory()
    step = InteractionFactory(
        sponsor=contact.sponsor, contacts=[contact], next_step="Call", next_step_due=date(2026, 5, 1)
    )
    plain = InteractionFactory(kind=Interaction.Kind.NOTE, occurred_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert found(api, INTERACTIONS) == [plain.pk, step.pk]
    assert found(api, INTERACTIONS, sponsor=contact.sponsor_id) == [step.pk]
    assert found(api, INTERACTIONS, contact=contact.pk) == [step.pk]
    assert found(api, INTERACTIONS, kind="note") == [plain.pk]
    assert found(api, INTERACTIONS, since="2026-03-15T00:00:00Z") == [plain.pk]
    assert found(api, INTERACTIONS, open_step="true") == [step.pk]
    assert found(api, INTERACTIONS, open_step="false") == [plain.pk]
    assert found(api, INTERACTIONS, step_due_to="2026-05-01") == [step.pk]
    assert found(api, INTERACTIONS, step_due_to="2026-04-30") == []


def test_who_may_log_may_not_change_what_others_wrote(finance):
    interaction = InteractionFactory()
    answer = api_client(finance).patch(f"{INTERACTIONS}{interaction.pk}/", {"summary": "x"})
    assert answer.status_code == 403
