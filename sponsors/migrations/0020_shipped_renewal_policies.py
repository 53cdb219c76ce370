"""The policies that come with Bursar: two ways to score risk, a ladder of reminders, and empty settings.

The figures are those of docs/renewal-risk.md. Staff change them by making versions of their own.
"""

from django.db import migrations

_EXPERT = {
    "overdue": 0.6,
    "undelivered": 0.4,
    "contact_lost": 0.8,
    "silence": 0.4,
    "notice_given": 2.5,
    "no_owner": 0.3,
    "use_falling": 0.4,
    "policy_changed": 0.5,
}
_SCORECARD = {
    "first_term": 0.45,
    "tenure": -0.27,
    "entry_level": 0.35,
    "gold_level": -0.35,
    "top_level": -0.6,
    "no_fee": -2.1,
    "in_kind": -1.6,
    "returned": 1.1,
    "lapsed_elsewhere": 0.5,
}
_FITTED = {
    "first_term": 0.51,
    "tenure": 0.13,
    "entry_level": 0.13,
    "gold_level": -0.27,
    "top_level": -0.58,
    "no_fee": -0.71,
    "in_kind": -0.25,
    "returned": 0.03,
    "lapsed_elsewhere": 0.41,
    "active_elsewhere": -0.5,
}
_COMMON = {
    "cash_prior": 0.175,
    "in_kind_prior": 0.05,
    "monthly_prior": 0.45,
    "prior_weight": 40,
    "window_months": 12,
    "expert_cap": 3.0,
    "raised_from": 0.1,
    "high_from": 0.25,
    "critical_from": 0.5,
    "horizon_days": 400,
    "entry_below": 20_000,
    "gold_from": 90_000,
    "top_from": 150_000,
    "high_exposure_from": 100_000,
}
# Days, working days to respond, counted from, for which commitments.
_RUNGS = (
    (-365, 10, "end", "long"),
    (-270, 10, "end", "urgent"),
    (-180, 10, "end", "always"),
    (-150, 10, "end", "always"),
    (-120, 5, "end", "urgent"),
    (-90, 5, "end", "always"),
    (-60, 5, "end", "always"),
    (-45, 3, "end", "urgent"),
    (-30, 3, "end", "always"),
    (-14, 2, "end", "always"),
    (0, 1, "end", "always"),
    (15, 3, "end", "always"),
    (45, 5, "end", "always"),
    (90, 5, "end", "always"),
    (-30, 5, "notice", "always"),
    (-7, 2, "notice", "always"),
    (0, 1, "notice", "always"),
)


def ship(apps, schema_editor):
    scoring = apps.get_model("sponsors", "ScoringPolicy")
    scoring.objects.create(
        number=1,
        name="Scorecard",
        points=_SCORECARD | _EXPERT,
        reason="Shipped: points counted in the histories of sponsors, and what experts watch.",
        **_COMMON,
    )
    scoring.objects.create(
        number=2,
        name="Fitted to histories",
        points=_FITTED | _EXPERT,
        is_current=True,
        reason="Shipped: fitted to outcomes known before 2022, and better than v1 on the two years after.",
        **_COMMON,
    )
    ladder = apps.get_model("sponsors", "ReminderPolicy").objects.create(name="Standard ladder", is_default=True)
    rung = apps.get_model("sponsors", "ReminderRung")
    rung.objects.bulk_create(
        rung(policy=ladder, days=days, response_days=response, anchor=anchor, need=need)
        for days, response, anchor, need in _RUNGS
    )
    apps.get_model("sponsors", "RenewalSettings").objects.create(pk=1)


class Migration(migrations.Migration):

    dependencies = [
        ('sponsors', '0019_renewals'),
    ]

    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
