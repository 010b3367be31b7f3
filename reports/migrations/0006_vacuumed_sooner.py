"""Have PostgreSQL vacuum what is written in bulk sooner than after a fifth of a table has changed.

A version that is published changes some twentieth of the standings of a large organisation, and by then figures are read
from an index alone no more, for the database has to look up who may see each row.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

TABLES = ("reports_standing", "reports_presence", "reports_counterblock")
SHARE = "0.01"
SETTINGS = (
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_analyze_scale_factor",
)


def sooner(_apps: Any, editor: Any) -> None:
    """Set the share of a table after which it is vacuumed and analysed."""
    if editor.connection.vendor == "postgresql":
        values = ", ".join(f"{name} = {SHARE}" for name in SETTINGS)
        for table in TABLES:
            editor.execute(f"ALTER TABLE {editor.quote_name(table)} SET ({values})")


def as_elsewhere(_apps: Any, editor: Any) -> None:
    """Leave it to what the server does for every table."""
    if editor.connection.vendor == "postgresql":
        for table in TABLES:
            editor.execute(f"ALTER TABLE {editor.quote_name(table)} RESET ({', '.join(SETTINGS)})")


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_presence")]

    operations = [migrations.RunPython(sooner, as_elsewhere)]
