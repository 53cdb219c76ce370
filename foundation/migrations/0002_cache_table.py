"""What may be lost in a crash: the cache of installations without Redis, and the counters of API calls."""

from django.db import migrations

CREATE = """
CREATE UNLOGGED TABLE foundation_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);
CREATE INDEX foundation_cache_expires ON foundation_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]
    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE foundation_cache"),
        migrations.RunSQL(
            "ALTER TABLE foundation_callcount SET UNLOGGED", "ALTER TABLE foundation_callcount SET LOGGED"
        ),
    ]
