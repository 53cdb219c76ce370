from datetime import date, timedelta

import pytest
from django.db import connection

from sponsors.directory.models import Contact, Interaction, Sponsor
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory, SponsorFactory

TODAY = date(2026, 5, 4)


@pytest.fixture
def acme(db):
    SponsorFactory(name="Other", website="https://other.example")
    return SponsorFactory(
        name="Acme Cloud", legal_name="Nimbus Holdings GmbH", website="https://www.acme-cdn.example/about"
    )


@pytest.mark.parametrize(
    "text", ["acme", "ACME clo", "cloud acme", "nimb", "acme-cdn.example", "cdn", "  acme  ", "acme_cloud"]
)
def test_a_sponsor_is_found_by_the_beginnings_of_its_words(acme, text):
    assert list(Sponsor.objects.matching(text)) == [acme]


@pytest.mark.parametrize("text", ["cme", "acme grace", "acme & !other", "nothing"])
def test_all_the_words_must_be_there(acme, text):
    assert not Sponsor.objects.matching(text).exists()


@pytest.mark.parametrize("text", ["", "  ", "&|!:*()", "'"])
def test_a_search_without_words_leaves_the_list_whole(acme, text):
    assert Sponsor.objects.matching(text).count() == 2


def test_a_sponsor_is_found_by_its_people_unless_the_asker_may_not_see_them(acme):
    ContactFactory(sponsor=acme, name="Grace Hopper", email="grace@navy.example")
    for text in ("hopper", "grace@navy.example", "navy"):
        assert list(Sponsor.objects.matching(text)) == [acme]
        assert not Sponsor.objects.matching(text, contacts=False).exists()


def test_accents_count_in_a_search(db):
    SponsorFactory(name="Société")
    assert Sponsor.objects.matching("société").exists()
    assert Sponsor.objects.matching("SOCIÉ").exists()
    assert not Sponsor.objects.matching("societe").exists()


def test_the_very_name_comes_first_then_what_begins_so(db):
    for name in ("The Acme Shop", "Acme Cloud", "Acme"):
        SponsorFactory(name=name)
    found = Sponsor.objects.matching("acme").best_first(" ACME ")
    assert [sponsor.name for sponsor in found] == ["Acme", "Acme Cloud", "The Acme Shop"]


def test_a_search_reads_the_indexes_and_not_every_sponsor(db):
    Sponsor.objects.bulk_create(Sponsor(name=f"Sponsor {n}", slug=f"s-{n}") for n in range(1_000))
    first = Sponsor.objects.order_by("pk")[0].pk
    Contact.objects.bulk_create(
        Contact(sponsor_id=first + n, name=f"Person {n}", email=f"p{n}@x{n}.example") for n in range(1_000)
    )
    with connection.cursor() as cursor:
        # What autovacuum does in its own time.
        cursor.execute(
            "SELECT gin_clean_pending_list('sponsor_search'), gin_clean_pending_list('contact_search')"
        )
        cursor.execute("ANALYZE sponsors_sponsor, sponsors_contact")
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Sponsor.objects.matching("711").explain()
    assert "sponsor_search" in plan
    assert "contact_search" in plan
    assert "Filter: (search" not in plan
    assert Sponsor.objects.matching("711").get().name == "Sponsor 711"


def test_who_may_not_see_sponsors_sees_none(acme, reviewer, outsider, auditor, fundraiser):
    contact = ContactFactory(sponsor=acme)
    InteractionFactory(sponsor=acme, contacts=[contact])
    for queryset in (Sponsor.objects.all(), Contact.objects.all(), Interaction.objects.all()):
        for person in (reviewer, outsider):
            assert not queryset.visible_to(person).exists()
        for person in (auditor, fundraiser):
            assert queryset.visible_to(person).count() == queryset.count()


def test_a_sponsor_lacks_a_primary_contact_when_the_only_one_left(acme):
    other = Sponsor.objects.get(name="Other")
    ContactFactory(sponsor=other, roles=["billing"])
    ContactFactory(sponsor=acme, roles=["primary"], left_on=TODAY)
    assert set(Sponsor.objects.without_primary_contact(TODAY)) == {acme, other}
    assert set(Sponsor.objects.without_primary_contact(TODAY - timedelta(days=1))) == {other}


def test_rows_are_called_by_their_names(acme):
    contact = ContactFactory(sponsor=acme, name="Grace")
    assert (str(acme), str(contact)) == ("Acme Cloud", "Grace")
    assert str(InteractionFactory(sponsor=acme, summary="Hello")) == "Call: Hello"
