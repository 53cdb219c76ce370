"""What the database refuses and keeps by itself, whichever path a write takes. Raw SQL, past every service."""

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from sponsors.directory.tests.factories import ContactFactory, InteractionFactory

pytestmark = pytest.mark.django_db


def run(sql, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.mark.parametrize(
    "moment", ["1989-12-31 23:59:59+00", "2100-01-01 00:00+00", "0026-03-02 15:30+00", "infinity"]
)
def test_interaction_is_in_a_year_that_can_be_meant(moment):
    interaction = InteractionFactory()
    change = "UPDATE sponsors_interaction SET occurred_at = %s WHERE id = %s"

    with pytest.raises(IntegrityError, match="interaction_is_within_reach"):
        run(change, moment, interaction.pk)
    for possible in ("1990-01-01 00:00+00", "2099-12-31 23:59:59+00"):
        run(change, possible, interaction.pk)


def test_people_spoken_with_are_kept_as_history():
    interaction = InteractionFactory()
    contact = ContactFactory(sponsor=interaction.sponsor)
    run(
        "INSERT INTO sponsors_interaction_contacts (interaction_id, contact_id) VALUES (%s, %s)",
        interaction.pk,
        contact.pk,
    )
    run("DELETE FROM sponsors_interaction_contacts WHERE interaction_id = %s", interaction.pk)

    events = apps.get_model("sponsors", "InteractionContactEvent").objects.order_by("pgh_id")
    assert list(events.values_list("pgh_label", "interaction", "contact")) == [
        ("insert", interaction.pk, contact.pk),
        ("delete", interaction.pk, contact.pk),
    ]
