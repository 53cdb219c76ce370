"""Gifts in kind in templates: `{{ valuation.state|valuation_badge }}`, `{{ step.quantity|number }}`."""

from django import template

from sponsors.inkind import cells

register = template.Library()
register.filter("valuation_badge", cells.valuation_badge)
register.filter("number", cells.number)
