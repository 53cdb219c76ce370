"""Operations carried out together come to what they come to one by one."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from foundation.audit.together import Together

MAKE = Together(
    [
        migrations.CreateModel("Jar", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel("Lid", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("lid", "jar", models.ForeignKey("foundation.Jar", models.PROTECT)),
        migrations.AddField("jar", "liters", models.IntegerField(default=1)),
        migrations.AddConstraint(
            "jar", models.CheckConstraint(condition=models.Q(liters__gte=0), name="jar_holds_something")
        ),
    ]
)
CHANGE = Together(
    [
        migrations.RemoveConstraint("jar", "jar_holds_something"),
        migrations.CreateModel("Label", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("label", "text", models.TextField()),
        migrations.AddField("jar", "label", models.ForeignKey("foundation.Label", models.PROTECT, null=True)),
        migrations.AlterField("jar", "liters", models.BigIntegerField()),
        migrations.RunSQL("COMMENT ON TABLE foundation_jar IS 'of glass'", migrations.RunSQL.noop),
    ]
)

pytestmark = pytest.mark.django_db


def tables() -> dict[str, tuple[dict[str, str], set[str]]]:
    """Return the columns with their types, and the names of constraints and indexes, by table."""
    found = {}
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for name in there & {"foundation_jar", "foundation_lid", "foundation_label"}:
            columns = {
                column.name: str(connection.introspection.get_field_type(column.type_code, column))
                for column in connection.introspection.get_table_description(cursor, name)
            }
            found[name] = columns, set(connection.introspection.get_constraints(cursor, name))
    return found


def forwards(operation: migrations.operations.base.Operation, state: ProjectState) -> ProjectState:
    after = state.clone()
    operation.state_forwards("foundation", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("foundation", editor, state, after)
    return after


def backwards(
    operation: migrations.operations.base.Operation, after: ProjectState, before: ProjectState
) -> None:
    with connection.schema_editor() as editor:
        operation.database_backwards("foundation", editor, after, before)


def one_by_one() -> list[dict[str, tuple[dict[str, str], set[str]]]]:
    state, seen = ProjectState(), []
    for together in (MAKE, CHANGE):
        for operation in together.operations:
            state = forwards(operation, state)
        seen.append(tables())
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE foundation_lid, foundation_jar, foundation_label")
    return seen


def test_tables_come_out_as_one_by_one_and_go_back():
    made, changed = one_by_one()
    assert "jar_holds_something" in made["foundation_jar"][1]
    assert changed["foundation_jar"][0]["liters"] == "BigIntegerField"

    nothing = ProjectState()
    first = forwards(MAKE, nothing)
    assert tables() == made
    second = forwards(CHANGE, first)
    assert tables() == changed

    backwards(CHANGE, second, first)
    assert tables() == made
    backwards(MAKE, first, nothing)
    assert tables() == {}
