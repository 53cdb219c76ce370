"""Periods of one owner that never overlap, held by the database without any extension."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db.models import DateField, F, Func


class _KeyAsRange(Func):
    """A key as a range of one number: ranges can be excluded without the extension that plain numbers need."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, '[]')"


class _Days(Func):
    function = "daterange"
    template = "%(function)s(%(expressions)s, '[)')"
    output_field = DateField()


def never_overlap(owner: str, starts: str, before: str, *, name: str) -> ExclusionConstraint:
    """Refuse two rows of one `owner` (a foreign key) that share a day; no end means for good."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            (_KeyAsRange(F(owner), F(owner)), RangeOperators.OVERLAPS),
            (_Days(F(starts), F(before)), RangeOperators.OVERLAPS),
        ],
        violation_error_message="Two of them would hold on the same day.",
    )
