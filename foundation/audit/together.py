"""The operation by which a migration changes many tables at once."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.models import CreateModel
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger


class Together(Operation):
    """Carry out operations in their order, between the models before all of them and the models after all.

    One by one, Django builds every related model anew after each operation, dozens of them for a table that
    has a table of its history beside it. What comes out is the same: fields, indexes and constraints that
    are added to a table made here are in it from its creation. Operations that run Python need models as
    they are in between, and stay outside.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations
        self._made = {operation.name_lower for operation in operations if isinstance(operation, CreateModel)}

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__qualname__, [self.operations], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # Without models that were built before, nothing is built again until somebody asks.
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self.operations:
            if isinstance(operation, CreateModel | AddTrigger) or not self._is_of_a_new_table(operation):
                operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in reversed(self.operations):
            if isinstance(operation, CreateModel) or not self._is_of_a_new_table(operation):
                # Going back, Django names the state to leave first.
                operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Carry out {len(self.operations)} operations together"

    def _is_of_a_new_table(self, operation: Operation) -> bool:
        # Operations on fields, indexes, constraints and triggers name their model, those on its options are named by it.
        named = getattr(operation, "model_name_lower", None) or getattr(operation, "name_lower", None)
        return named in self._made
