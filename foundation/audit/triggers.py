"""The list of the database's triggers, which knows what it holds instead of looking through all of it."""

from typing import Any

from pgtrigger import registry


class Triggers(registry._Registry):
    """pgtrigger's list; it refuses a second trigger of one name as that does.

    That one names all its triggers anew for each that is added: with five hundred of them, for a quarter of the
    time in which every process of ours starts.
    """

    def __init__(self) -> None:
        self._by_table: dict[tuple[str, str], Any] = {}
        self._functions: set[str] = set()
        super().__init__()

    @property
    def by_db_table(self) -> dict[tuple[str, str], Any]:
        """Triggers by the name of their table and their own."""
        return self._by_table

    @property
    def pg_function_names(self) -> set[str]:
        return self._functions

    def __setitem__(self, uri: str, registered: tuple[Any, Any]) -> None:
        super().__setitem__(uri, registered)  # type: ignore[no-untyped-call]  # it says no types
        self._note(*registered)

    def __delitem__(self, uri: str) -> None:
        super().__delitem__(uri)  # type: ignore[no-untyped-call]  # it says no types
        self._by_table.clear()
        self._functions.clear()
        for registered in self.values():
            self._note(*registered)

    def _note(self, model: Any, trigger: Any) -> None:
        self._by_table[model._meta.db_table, trigger.name] = trigger
        self._functions.add(trigger.get_pgid(model))


def list_triggers() -> None:
    """Put the list in place of pgtrigger's, which no model may have registered a trigger with yet."""
    if not isinstance(registry._registry, Triggers):
        if registry._registry:
            raise RuntimeError(
                "A trigger was registered before foundation's AppConfig was made: import models later."
            )
        registry._registry = Triggers()
