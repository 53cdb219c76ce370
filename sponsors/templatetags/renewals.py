"""Renewals in templates: bands, states, probabilities and the days that are left."""

from django import template

from sponsors.inkind.rules.wording import percent_in_words
from sponsors.renewals import cells
from sponsors.renewals.rules.payments import payment_step_words

register = template.Library()
register.filter("payment_reminder_badge", cells.payment_reminder_badge)
register.filter("payment_step", payment_step_words)
register.filter("band_badge", cells.band_badge)
register.filter("case_badge", cells.case_badge)
register.filter("letter_badge", cells.letter_badge)
register.filter("step_badge", cells.step_badge)
register.filter("as_share", cells.share)
register.filter("as_exact_share", percent_in_words)
register.filter("range_of_risk", cells.range_of_risk)
register.filter("points", cells.points)
register.filter("money_or_unknown", cells.money_or_unknown)
register.filter("as_days_left", cells.days_left)
