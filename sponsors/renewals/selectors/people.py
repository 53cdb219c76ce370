"""Who can be told of renewals: whoever may sign in and answer; and who is told when nobody else is there."""

from foundation.people.models import User
from sponsors.renewals.models import RenewalSettings

ANSWER = "sponsors.answer_reminderstep"


def able_people() -> frozenset[int]:
    """Return the keys of everybody who can be told. One query.

    Mail names amounts, and asks for an answer: who may not give one is nobody here, whatever they own.
    """
    able = User.objects.colleagues().with_permission(ANSWER)
    return frozenset(able.order_by().values_list("pk", flat=True))


def renewal_settings() -> RenewalSettings:
    """Return the settings with their people, with the defaults while nobody set any. One query."""
    rows = RenewalSettings.objects.select_related("fundraising_lead", "director")
    return rows.filter(pk=1).first() or RenewalSettings(pk=1)
