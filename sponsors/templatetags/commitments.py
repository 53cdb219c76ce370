"""States of commitments, installments and invoices in templates: `{{ row.state|state_badge }}`."""

from django import template

from sponsors.commitments import cells

register = template.Library()
register.filter("state_badge", cells.state_badge)
register.filter("amendment_badge", cells.amendment_badge)
register.filter("invoice_badge", cells.invoice_badge)
register.filter("write_off_badge", cells.write_off_badge)
register.filter("condition_badge", cells.condition_badge)
register.filter("percent", cells.percent)
