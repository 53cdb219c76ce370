"""Thousands of keys as one value of a statement: each as a parameter of its own takes longer to write than the rows to read."""

from collections.abc import Collection

from django.db.models import Func, Value


class AnyOf(Func):
    """For `__in`: the keys as an array, which the database takes apart."""

    template = "(SELECT unnest(%(expressions)s::bigint[]))"

    def __init__(self, keys: Collection[int]) -> None:
        super().__init__(Value(list(keys)))
