from sponsors.directory.models import Interaction
from sponsors.directory.tests.factories import ContactFactory, InteractionFactory


def test_an_interaction_is_made_with_the_people_named(db):
    contact = ContactFactory()
    interaction = InteractionFactory(sponsor=contact.sponsor, contacts=[contact])
    InteractionFactory()
    assert list(interaction.contacts.all()) == [contact]
    assert Interaction.objects.values("by").distinct().count() == 1
