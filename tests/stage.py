"""What was shipped, kept aside once and put back after each test that commits: only what the test changed is touched.

Django's own flush empties every table and fires `post_migrate`, and our triggers refuse it; this takes milliseconds.
"""

from django.db import connection
from psycopg import sql

KEPT = "kept"
NEVER_TOUCHED = {"django_migrations"}

_marks: dict[str, tuple[int, int]] = {}


def keep() -> None:
    """Copy every table that holds rows."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {KEPT}")
        marks = _read_marks(cursor, _tables(cursor))
        for table, (rows, _) in marks.items():
            if rows:
                cursor.execute(
                    sql.SQL("CREATE TABLE IF NOT EXISTS {}.{} AS TABLE public.{}").format(
                        *map(sql.Identifier, (KEPT, table, table))
                    )
                )
    _marks.update(marks)


def restore() -> None:
    """Bring each changed table back, past the triggers that refuse it to everybody else."""
    with connection.cursor() as cursor:
        now = _read_marks(cursor, list(_marks))
        changed = [table for table, mark in now.items() if mark != _marks[table]]
        if not changed:
            return
        cursor.execute("SET session_replication_role = replica")
        for table in changed:
            cursor.execute(sql.SQL("DELETE FROM public.{}").format(sql.Identifier(table)))
            if _marks[table][0]:
                cursor.execute(
                    sql.SQL("INSERT INTO public.{} SELECT * FROM {}.{}").format(
                        *map(sql.Identifier, (table, KEPT, table))
                    )
                )
        cursor.execute("SET session_replication_role = DEFAULT")
        _marks.update(_read_marks(cursor, changed))


def _tables(cursor) -> list[str]:
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return [name for (name,) in cursor.fetchall() if name not in NEVER_TOUCHED]


def _read_marks(cursor, tables: list[str]) -> dict[str, tuple[int, int]]:
    """Rows and the sum of the transactions that wrote them: no insert, update or delete leaves both as they were."""
    asked = [
        sql.SQL("SELECT {}, count(*), coalesce(sum(xmin::text::bigint), 0) FROM public.{}").format(
            sql.Literal(table), sql.Identifier(table)
        )
        for table in tables
    ]
    cursor.execute(sql.SQL(" UNION ALL ").join(asked))
    return {table: (rows, int(written)) for table, rows, written in cursor.fetchall()}
