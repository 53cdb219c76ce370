"""States of renewals in templates: `{{ reminder.state|payment_reminder_badge }}`."""

from django import template

from sponsors.renewals import cells
from sponsors.renewals.rules.payments import payment_step_words

register = template.Library()
register.filter("payment_reminder_badge", cells.payment_reminder_badge)
register.filter("payment_step", payment_step_words)
