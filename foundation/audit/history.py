"""The history of a record as people read it, from the event tables that triggers write."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.text import capfirst

from foundation.audit.units import HasUnit

EMPTY = "—"
PER_PAGE = 25
_VERBS = {"insert": "created", "update": "changed", "delete": "deleted"}
# A row of a many-to-many relation has no name: it says that one thing belongs to another.
_VERBS_OF_LINKS = {"insert": "added", "delete": "removed"}
# Kept as the day after the last one, told as people say it.
_HALF_OPEN_END = "ends_before"
_OWN_FIELDS = frozenset({"id", "created_at", "updated_at"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's value before and after, in words."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one row."""

    subject: str
    verb: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did at one moment: one action, one or more rows."""

    when: datetime
    who: str
    action: str
    origin: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    """One event table and the condition that selects the events of the object."""

    event: type[models.Model]
    tracked: type[models.Model]
    condition: dict[str, Any]
    names_object: bool


def _sources(obj: models.Model, children: Sequence[str]) -> list[_Source]:
    model = type(obj)
    found = [_Source(model.pgh_event_model, model, {"pgh_obj_id": obj.pk}, names_object=False)]  # type: ignore[attr-defined]  # set by pghistory.track
    for path in children:
        child, key = child_of(model, path)
        event = child.pgh_event_model
        found.append(_Source(event, event.pgh_tracked_model, {f"{key}_id": obj.pk}, names_object=True))
    return found


def child_of(model: Any, path: str) -> tuple[Any, str]:
    """Return the model at the end of reverse relations such as `installments__allocations`, and its way back."""
    keys: list[str] = []
    for name in path.split("__"):
        relation = model._meta.get_field(name)
        model = relation.related_model
        keys.insert(0, relation.remote_field.name)
    return model, "__".join(keys)


def history_page(
    obj: models.Model, *, children: Sequence[str] = (), number: Any = 1
) -> tuple[list[Entry], "Page[Any]"]:
    """Return one page of the object's history, newest first, with the object's declared children.

    `children` are names of reverse relations, also of those of another one. The number of queries depends on the number of event
    tables and related models, never on the number of events.
    """
    sources = _sources(obj, children)
    rows = [
        source.event._default_manager.filter(**source.condition)
        .order_by()
        .annotate(event_table=Value(index, output_field=IntegerField()))
        .values_list("event_table", "pgh_id", "pgh_created_at")
        for index, source in enumerate(sources)
    ]
    combined = functools.reduce(lambda left, right: left.union(right, all=True), rows)
    page = Paginator(combined.order_by("-pgh_created_at", "event_table", "-pgh_id"), PER_PAGE).get_page(
        number
    )
    keys: list[tuple[int, int, datetime]] = list(page.object_list)
    events, before = _load(sources, keys)
    names = _names(sources, [*events.values(), *before.values()])
    changes = []
    for index, pgh_id, _when in keys:
        event = events[index, pgh_id]
        changes.append((event, _change(sources[index], event, before.get((index, pgh_id)), names)))
    return _grouped(changes, names), page


_Events = dict[tuple[int, int], Any]


def _load(sources: Sequence[_Source], keys: Iterable[tuple[int, int, datetime]]) -> tuple[_Events, _Events]:
    """Return the events of the keys, and for each the state of the row before it, if there is one."""
    wanted = defaultdict(list)
    for index, pgh_id, _when in keys:
        wanted[index].append(pgh_id)
    events: _Events = {}
    before: _Events = {}
    for index, ids in wanted.items():
        manager = _with_units(sources[index])
        earlier = manager.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
        found = manager.filter(pgh_id__in=ids).annotate(
            event_before=Subquery(earlier.order_by("-pgh_id").values("pgh_id")[:1])
        )
        previous = {}
        for event in found:
            events[index, event.pgh_id] = event
            previous[event.pgh_id] = event.event_before
        older = manager.in_bulk([pk for pk in previous.values() if pk])
        before.update({(index, pk): older[prior] for pk, prior in previous.items() if prior})
    return events, before


def _with_units(source: _Source) -> "QuerySet[Any]":
    """Return the events, each with the units of its values under their `_alias`."""
    paths = {field.unit_path for field in _fields(source) if isinstance(field, HasUnit) and field.unit_path}
    found = {_alias(path): _unit(source, path) for path in paths if "__" in path}
    events: QuerySet[Any] = source.event._default_manager.annotate(**found)
    return events


def _alias(path: str) -> str:
    return "event_" + path.replace("__", "_") if "__" in path else path


def _unit(source: _Source, path: str) -> "F | Coalesce":
    """Return the unit at the end of the path.

    The currency of a draft can change, and what it promised before was in the earlier one: of the
    record next to the event it is the one of that time.
    """
    relation, _, name = path.partition("__")
    owner: Any = source.tracked._meta.get_field(relation).related_model
    if "__" in name:
        return F(path)
    then = owner.pgh_event_model._default_manager.filter(
        pgh_obj_id=OuterRef(f"{relation}_id"), pgh_created_at__lte=OuterRef("pgh_created_at")
    )
    return Coalesce(Subquery(then.order_by("-pgh_id").values(name)[:1]), F(path))


def _fields(source: _Source) -> "list[models.Field[Any, Any]]":
    """Return the fields of the event table that repeat the record's own, without times and keys."""
    kept = {field.name for field in source.event._meta.concrete_fields}
    hidden = _OWN_FIELDS | ({*source.condition} if source.names_object else set())
    return [
        field
        for field in source.tracked._meta.concrete_fields
        if field.name in kept and field.name not in hidden and field.attname not in hidden
        # What programs keep for themselves is told in words on the record's own page.
        if not (isinstance(field, models.JSONField) and not field.editable)
    ]


_Names = dict[type[models.Model], dict[Any, str]]


def _names(sources: Sequence[_Source], events: Sequence[Any]) -> _Names:
    """Return the names of every row that the events point to: one query a related model."""
    wanted: dict[Any, set[Any]] = defaultdict(set)
    by_event = {source.event: source for source in sources}
    people = get_user_model()
    for event in events:
        wanted[people].add((event.pgh_context or {}).get("actor"))
        for field in _fields(by_event[type(event)]):
            if field.is_relation and field.related_model:
                wanted[field.related_model].add(getattr(event, field.attname))
    return {
        model: {row.pk: str(row) for row in model._base_manager.filter(pk__in=keys - {None})}
        for model, keys in wanted.items()
    }


def _change(source: _Source, event: Any, before: Any, names: _Names) -> Change:
    fields = []
    if event.pgh_label == "delete":
        # A row that is gone can be looked up nowhere else, so its last values are shown.
        fields = [
            FieldChange(_label(field), _value(field, event, names), EMPTY)
            for field in _fields(source)
            if getattr(event, field.attname) not in (None, "", [], {})
        ]
    else:
        for field in _fields(source):
            new = getattr(event, field.attname)
            old = getattr(before, field.attname) if before is not None else None
            if before is None and new in (None, "", [], {}):
                continue
            if before is None or old != new:
                old_text = EMPTY if before is None else _value(field, before, names)
                fields.append(FieldChange(_label(field), old_text, _value(field, event, names)))
    subject = capfirst(str(source.tracked._meta.verbose_name))
    table = source.tracked._meta.concrete_model
    if table is not None and table._meta.auto_created:
        return Change(subject, _VERBS_OF_LINKS[event.pgh_label], tuple(fields))
    if source.names_object:
        label = getattr(event, "description", "") or getattr(event, "position", "") or event.pgh_obj_id
        subject = f"{subject} {label}"
    return Change(subject, _VERBS.get(event.pgh_label, event.pgh_label), tuple(fields))


def _label(field: "models.Field[Any, Any]") -> str:
    return "Last day" if field.name == _HALF_OPEN_END else capfirst(str(field.verbose_name))


def _value(field: "models.Field[Any, Any]", event: Any, names: _Names) -> str:
    """Return what the event says of the field, an amount with its currency."""
    value = getattr(event, field.attname)
    if isinstance(field, HasUnit) and field.unit_path and value is not None:
        unit = getattr(event, _alias(field.unit_path))
        if unit:
            return field.with_unit(value, unit)
    return _text(field, value, names)


def _text(field: "models.Field[Any, Any]", value: Any, names: _Names) -> str:
    """Return a field's stored value in words: names for keys, labels for choices, local times."""
    if value in (None, "", [], {}):
        return EMPTY
    if field.is_relation and field.related_model:
        return names[field.related_model].get(value, f"no. {value} (no longer there)")
    if field.name == _HALF_OPEN_END:
        return _plain(value - timedelta(days=1))
    if isinstance(field, ArrayField):
        return ", ".join(_text(field.base_field, item, names) for item in value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.normalize():,f}"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return str(value)


def _grouped(changes: Sequence[tuple[Any, Change]], names: _Names) -> list[Entry]:
    """Join the changes that one action made in one transaction."""
    entries: dict[tuple[Any, ...], Entry] = {}
    for event, change in changes:
        context = event.pgh_context or {}
        key = (event.pgh_created_at, event.pgh_context_id, context.get("action"))
        if key in entries:
            entries[key] = replace(entries[key], changes=(*entries[key].changes, change))
            continue
        entries[key] = Entry(
            when=event.pgh_created_at,
            who=_who(context, names),
            action=action_text(context.get("action") or ""),
            origin=_origin(context),
            changes=(change,),
        )
    return list(entries.values())


def _who(context: dict[str, Any], names: _Names) -> str:
    if not context:
        return EMPTY
    actor = context.get("actor")
    who = "Bursar" if actor is None else names[get_user_model()].get(actor, f"person no. {actor}")
    return f"{who}, by token {context['token']}…" if context.get("token") else who


def _origin(context: dict[str, Any]) -> str:
    return ", ".join(f"{kind} {context[kind]}" for kind in ("request", "task") if context.get(kind))


def action_text(action: str) -> str:
    """Return `renewalcase.set_owner` as `Set owner (renewal case)`; a page's address stays as it is."""
    noun, dot, verb = action.partition(".")
    if not dot or " " in action or "/" in action:
        # Rows that migrations bring name no action, like those that somebody writes into the database by hand.
        return action or "At set-up or outside of Bursar"
    words = verb.replace("_", " ").replace("-", " ")
    return f"{capfirst(words)} ({_names_of_models().get(noun) or noun.replace('_', ' ')})"


@functools.cache
def _names_of_models() -> dict[str, str]:
    return {str(model._meta.model_name): str(model._meta.verbose_name) for model in apps.get_models()}
