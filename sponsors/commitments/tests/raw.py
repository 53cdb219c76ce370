"""Raw SQL, past every service, for what the database itself refuses."""

import pytest
from django.db import DatabaseError, connection, transaction


def run(sql, *parameters, deferred=False):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        if deferred:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def denied(words, sql, *parameters, deferred=False):
    with pytest.raises(DatabaseError) as refusal:
        run(sql, *parameters, deferred=deferred)
    assert words in str(refusal.value)
