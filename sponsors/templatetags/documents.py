"""States of versions in templates: `{{ version.state|version_badge }}`."""

from django import template

from sponsors.agreements import cells

register = template.Library()
register.filter("version_badge", cells.version_badge)
