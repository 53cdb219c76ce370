"""Sponsors, contacts and interactions for tests: one small factory a model.

They write rows directly, past the services, so that a test may start from any state.
"""

from datetime import UTC, datetime

from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from foundation.people.models import User
from foundation.people.tests.factories import make_user
from sponsors.directory.models import Contact, Interaction, Sponsor


def _colleague() -> User:
    """Return the person of ours in made-up interactions; one for all of them."""
    return User.objects.filter(email="colleague@foundation.example").first() or make_user("Colleague")


class SponsorFactory(DjangoModelFactory):
    class Meta:
        model = Sponsor
        skip_postgeneration_save = True

    name = Sequence(lambda n: f"Sponsor {n:05}")
    slug = Sequence(lambda n: f"sponsor-{n:05}")
    website = LazyAttribute(lambda sponsor: f"https://{sponsor.slug}.example")
    country = "US"


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact
        skip_postgeneration_save = True

    sponsor = SubFactory(SponsorFactory)
    name = Sequence(lambda n: f"Contact {n:05}")
    email = Sequence(lambda n: f"contact-{n:05}@sponsor.example")
    roles = LazyFunction(lambda: [Contact.Role.PRIMARY.value])


class InteractionFactory(DjangoModelFactory):
    class Meta:
        model = Interaction
        skip_postgeneration_save = True

    sponsor = SubFactory(SponsorFactory)
    kind = Interaction.Kind.CALL
    occurred_at = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    by = LazyFunction(_colleague)
    summary = "They asked what the coming year would cost."

    @post_generation
    def contacts(self, create, people, **_):
        if create and people:
            self.contacts.set(people)
