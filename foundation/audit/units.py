"""Fields whose values mean nothing without a unit, such as amounts without their currency."""

from typing import Any


class HasUnit:
    """Mixed into a model field. `unit_path` leads from its row to the unit, as a query would; empty: no row holds it."""

    unit_path: str

    def with_unit(self, value: Any, unit: str) -> str:
        """Return the value as people read it, with its unit."""
        raise NotImplementedError
