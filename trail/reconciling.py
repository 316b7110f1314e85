"""This room's invariants: events are what their digests say, and the database has the guards that models ask for."""

from collections.abc import Iterator
from datetime import datetime

import pgtrigger
from django.apps import apps
from django.db import connection

from trail.domain.chain import event_digest
from trail.invariants import Problem, check
from trail.models import Event

AT_ONCE = 5_000


@check(11)
def changed_events(at: datetime) -> Iterator[Problem]:
    """An event is what was written: its digest is that of its content."""
    for event in Event.objects.order_by("sequence").iterator(chunk_size=AT_ONCE):
        line = event.line_of_business_id
        digest = event_digest(
            event_id=str(event.id),
            occurred_at=event.occurred_at,
            verb=event.verb,
            actor=(event.actor_kind, event.actor_id),
            subject=(event.subject_kind, event.subject_id),
            line_of_business_id=str(line) if line else None,
            facts=event.facts,
        )
        if digest != bytes(event.digest):
            yield Problem("event_changed", str(event.sequence), "This event is not what was written.")


_TRIGGERS = """
    SELECT tgrelid::regclass::text, tgname, tgenabled, obj_description(oid)
    FROM pg_trigger WHERE NOT tgisinternal
"""


@check(2, 5, 7, 8, 11)
def guards_of_the_database(at: datetime) -> Iterator[Problem]:
    """Every trigger that the models ask for is there, as they have it, and switched on."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS)
        found = {(table, name): (enabled, comment) for table, name, enabled, comment in cursor.fetchall()}
    for model, trigger in pgtrigger.registered():
        table, name = model._meta.db_table, trigger.get_pgid(model)
        enabled, comment = found.get((table, name), (None, None))
        if enabled is None:
            yield Problem("guard_missing", f"{table} {trigger.name}", "The database lacks this trigger. Run migrate.")
        elif enabled not in {"O", "A"}:
            yield Problem("guard_off", f"{table} {trigger.name}", "Somebody switched this trigger off.")
        elif comment != trigger.compile(model).hash:
            yield Problem("guard_changed", f"{table} {trigger.name}", "This trigger is another than this version's.")


_NAMES = """
    SELECT conname FROM pg_constraint WHERE convalidated
    UNION SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid WHERE indisvalid
"""


@check(7, 8)
def constraints_of_the_database(at: datetime) -> Iterator[Problem]:
    """Every constraint that the models ask for is there, and holds for all rows."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)
        found = {name for (name,) in cursor.fetchall()}
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if model._meta.managed and constraint.name not in found:
                yield Problem("constraint_missing", constraint.name, f"{model._meta.db_table} lacks this constraint.")
