"""The list of triggers says the same as pgtrigger's own, and refuses what that refuses."""

from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from pgtrigger import registry

from foundation.audit.triggers import Triggers, list_triggers

Fund, Closing = apps.get_model("foundation.Fund"), apps.get_model("foundation.Closing")


@pytest.fixture
def triggers(monkeypatch) -> Triggers:
    """Return a list of the test's own; what it registers leaves no trace on the models."""
    for model in (Fund, Closing):
        there = list(vars(model._meta)["triggers"])
        monkeypatch.setattr(model._meta, "triggers", there)
        monkeypatch.setitem(model._meta.original_attrs, "triggers", there)
    monkeypatch.setattr(registry, "_registry", Triggers())
    found = registry._registry
    assert isinstance(found, Triggers)
    return found


def guard(name: str, operation: Any = pgtrigger.Delete) -> Any:
    return pgtrigger.Protect(name=name, operation=operation)


def test_all_triggers_are_in_it_and_known_by_table_and_function():
    ours = registry._registry
    assert isinstance(ours, Triggers)
    assert len(ours) > 400
    each = [registry._registry[uri] for uri in ours]
    assert ours.by_db_table == {(model._meta.db_table, trigger.name): trigger for model, trigger in each}
    assert ours.pg_function_names == {trigger.get_pgid(model) for model, trigger in each}


def test_second_trigger_of_a_name_is_refused(triggers):
    guard("kept").register(Fund)
    guard("kept").register(Closing)
    with pytest.raises(KeyError, match="already used"):
        guard("kept", pgtrigger.Update).register(Fund)
    assert set(triggers) == {"foundation.Fund:kept", "foundation.Closing:kept"}


def test_second_trigger_of_a_function_is_refused(triggers, monkeypatch):
    guard("kept").register(Fund)
    monkeypatch.setattr(Fund._meta, "db_table", "elsewhere")
    with pytest.raises(KeyError, match="function name"):
        guard("kept", pgtrigger.Update).register(Fund)


def test_name_is_free_again_when_its_trigger_is_taken_out(triggers):
    kept = guard("kept")
    kept.register(Fund)
    guard("other").register(Fund)
    kept.unregister(Fund)
    assert set(triggers.by_db_table) == {("foundation_fund", "other")}
    assert triggers.pg_function_names == {guard("other").get_pgid(Fund)}
    guard("kept", pgtrigger.Update).register(Fund)
    assert triggers.by_db_table["foundation_fund", "kept"].operation == pgtrigger.Update


def test_list_is_put_in_place_once():
    before = registry._registry
    list_triggers()
    assert registry._registry is before
