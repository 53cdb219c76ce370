"""States of commitments and installments in templates: `{{ row.state|state_badge }}`."""

from django import template

from sponsors.commitments import cells

register = template.Library()
register.filter("state_badge", cells.state_badge)
