"""Rows of several tables in one trip to the database, for what inserts some of each kind all day long.

The ORM compiles each INSERT anew and waits for each; an upload has seven kinds of rows. Here a model's statement is put
together once a process, and all of them travel together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

if TYPE_CHECKING:  # at run time the class has no parameters
    AnyField = models.Field[Any, Any]


@dataclass(frozen=True)
class _Statement:
    """The INSERT of one model: what stands before its rows, one row, and what it gives back."""

    fields: tuple["AnyField", ...]
    begin: str
    row: str
    end: str


MANY = 16  # rows of one kind from which on COPY is faster: nothing is parsed, here or there


def insert_rows(*kinds: Sequence[models.Model]) -> None:
    """Insert the rows of each kind, in this order, in the caller's transaction; keys that the database gives are set.

    As with `bulk_create`, no signals are sent. Several statements in one message need the client's own binding of
    parameters, which is Django's default. Many rows of a kind go by COPY, which fires the same triggers.
    """
    together: list[Sequence[models.Model]] = []
    for rows in kinds:
        if len(rows) >= MANY and not getattr(rows[0], "insert_once", False):
            _insert_together(together)
            together = []
            _copy(rows)
        elif rows:
            together.append(rows)
    _insert_together(together)


def _insert_together(groups: Sequence[Sequence[models.Model]]) -> None:
    if not groups:
        return
    statements = [_statement(type(rows[0])) for rows in groups]
    database = connections[DEFAULT_DB_ALIAS]  # itself: the proxy would be passed a few hundred times
    texts, values = [], []
    for rows, statement in zip(groups, statements, strict=True):
        texts.append(statement.begin + ", ".join([statement.row] * len(rows)) + statement.end)
        for row in rows:
            values += [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in statement.fields]
    with database.cursor() as cursor:
        cursor.execute("; ".join(texts), values)
        for rows, statement in zip(groups, statements, strict=True):
            found = cursor.fetchall() if "RETURNING" in statement.end else [None] * len(rows)
            for row, key in zip(rows, found, strict=True):
                _note_inserted(row, key)
            cursor.nextset()


def _copy(rows: Sequence[models.Model]) -> None:
    """The same for many rows of one kind. Their keys are drawn first, where the database gives them."""
    model, database = type(rows[0]), connections[DEFAULT_DB_ALIAS]
    fields, key = model._meta.concrete_fields, model._meta.pk
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    with database.cursor() as cursor:
        if isinstance(key, models.AutoField):
            cursor.execute(_DRAWN, [quoted(model._meta.db_table), key.column, len(rows)])
            for row, (drawn,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = drawn
        with cursor.copy(f"COPY {quoted(model._meta.db_table)} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields])
    for row in rows:
        _note_inserted(row, None)


def copied(row: Iterable[str | None]) -> str:
    """A line of COPY of values that are spelt already; thousands of lines travel as one text."""
    return "\t".join([_NULL if value is None else _escaped(value) for value in row]) + "\n"


def _escaped(value: str) -> str:
    is_plain = "\\" not in value and "\t" not in value and "\n" not in value and "\r" not in value
    return value if is_plain else value.translate(_ESCAPES)


_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


_DRAWN = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"


@cache
def _statement(model: type[models.Model]) -> _Statement:
    quoted = connection.ops.quote_name
    key = model._meta.pk
    is_given = isinstance(key, models.AutoField)  # by the database
    fields = tuple(field for field in model._meta.concrete_fields if not (is_given and field is key))
    columns = ", ".join(quoted(str(field.column)) for field in fields)
    return _Statement(
        fields=fields,
        begin=f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES ",  # noqa: S608  names of our own models
        row="(" + ", ".join(_mark(field) for field in fields) + ")",
        end=_end(model, f" RETURNING {quoted(str(key.column))}" if is_given else ""),
    )


def _end(model: type[models.Model], returning: str) -> str:
    """A model that says `insert_once` keeps the row that has its key already: its key is its content's digest."""
    return " ON CONFLICT DO NOTHING" if getattr(model, "insert_once", False) else returning


def _mark(field: "AnyField") -> str:
    """`%s`, with the type where PostgreSQL cannot tell it from an empty array."""
    typed = getattr(field, "get_placeholder", None)
    return str(typed(None, None, connection)) if typed else "%s"


def _note_inserted(row: models.Model, key: tuple[Any, ...] | None) -> None:
    if key is not None:
        row.pk = key[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
