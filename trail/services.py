"""Writing the trail: one event for one thing that happened, in the transaction in which it happened."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.utils import timezone

from trail import verbs
from trail.domain.actors import Actor
from trail.domain.chain import event_digest, plain_canonical_json
from trail.domain.ids import uuid7
from trail.models import Event
from trail.rows import copied, insert_rows


class UnknownVerb(LookupError):
    """The verb was never registered with `trail.verbs.register`."""


def append(
    verb: str, *, actor: Actor, subject: models.Model, line_of_business_id: UUID | None = None, **facts: object
) -> Event:
    """Write one event. Facts are plain JSON values: ids, counts, codes, instants as text; never personal data.

    Raises UnknownVerb, and TransactionManagementError outside a transaction: the event stands or falls with its deed.
    """
    return append_many(verb, actor=actor, subjects=[subject], facts=[facts], lines=[line_of_business_id])[0]


def append_many(
    verb: str,
    *,
    actor: Actor,
    subjects: Sequence[models.Model],
    facts: Iterable[dict[str, object]] | None = None,
    lines: Iterable[UUID | None] | None = None,
) -> list[Event]:
    """One event for each subject, in one statement. Where no line is given, the subject's own is taken."""
    _assert_writable([verb])
    now = timezone.now()
    given_facts = list(facts) if facts is not None else [{} for _ in subjects]
    given_lines = list(lines) if lines is not None else [None for _ in subjects]
    events = [
        _event(verb, actor, subject, line or getattr(subject, "line_of_business_id", None), about, now)
        for subject, about, line in zip(subjects, given_facts, given_lines, strict=True)
    ]
    return Event.objects.bulk_create(events)


def append_each(
    happened: Sequence[tuple[str, dict[str, object]]],
    *,
    actor: Actor,
    subject: models.Model,
    rows: Sequence[Sequence[models.Model]] = (),
) -> list[Event]:
    """Several things that happened to one subject in one transaction, in their order, in one statement.

    `rows` of other tables, kind by kind, travel in the same message, before the events.
    """
    return append_several([(subject, verb, facts) for verb, facts in happened], actor=actor, rows=rows)


def append_several(
    happened: Sequence[tuple[models.Model, str, dict[str, object]]],
    *,
    actor: Actor,
    rows: Sequence[Sequence[models.Model]] = (),
) -> list[Event]:
    """As `append_each`, for several subjects: `(subject, verb, facts)` in their order, in one statement."""
    _assert_writable({verb for _, verb, _ in happened})
    now = timezone.now()
    events = [
        _event(verb, actor, subject, getattr(subject, "line_of_business_id", None), facts, now)
        for subject, verb, facts in happened
    ]
    insert_rows(*rows, events)
    return events


def append_copied(
    verb: str, *, actor: Actor, subjects: Sequence[models.Model], facts: Sequence[dict[str, object]]
) -> None:
    """As `append_many`, for thousands: by COPY, each in its subject's line of business; facts without fractions."""
    about = [
        (subject._meta.label_lower, str(subject.pk), getattr(subject, "line_of_business_id", None))
        for subject in subjects
    ]
    append_told(verb, actor=actor, about=about, facts=facts)


def append_told(
    verb: str, *, actor: Actor, about: Sequence[tuple[str, str, UUID | None]], facts: Sequence[dict[str, object]]
) -> None:
    """As `append_copied`, where no row is at hand: each subject's kind, its id, its line of business."""
    _assert_writable([verb])
    now, lines = timezone.now(), []
    given = (now.isoformat(), verb, actor.actor_kind, actor.actor_id)
    for (kind, subject, line), told in zip(about, facts, strict=True):
        of = (kind, subject)
        event_id, spelt, digest = drawn_up(verb, actor=actor, subject=of, line=line, facts=told, at=now)
        rest = (*of, str(line) if line else None, spelt, f"\\x{digest.hex()}")
        lines.append(copied((str(event_id), *given, *rest)))
    with transaction.get_connection().cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.write("".join(lines))


_COPY = """
    COPY trail_event (id, occurred_at, verb, actor_kind, actor_id, subject_kind, subject_id, line_of_business_id, facts,
                      digest) FROM STDIN
"""


def drawn_up(
    verb: str,
    *,
    actor: Actor,
    subject: tuple[str, str],
    line: UUID | None,
    facts: dict[str, object],
    at: datetime,
) -> tuple[UUID, str, bytes]:
    """What an event adds to what is given: its id, its facts in JSON (without fractions), its digest.

    For a statement that inserts its row beside what it tells. `subject` is its kind and id.
    """
    event_id = uuid7()
    digest = event_digest(
        event_id=str(event_id),
        occurred_at=at,
        verb=verb,
        actor=(actor.actor_kind, actor.actor_id),
        subject=subject,
        line_of_business_id=str(line) if line else None,
        facts=facts,
        spelt=plain_canonical_json,
    )
    return event_id, plain_canonical_json(facts).decode(), digest


def _assert_writable(given: Iterable[str]) -> None:
    known = verbs.known()
    for verb in given:
        if verb not in known:
            raise UnknownVerb(verb)
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A trail event belongs to the transaction of what it tells.")


def _event(
    verb: str, actor: Actor, subject: models.Model, line: UUID | None, facts: dict[str, object], at: datetime
) -> Event:
    event = Event(
        id=uuid7(),
        occurred_at=at,
        verb=verb,
        actor_kind=actor.actor_kind,
        actor_id=actor.actor_id,
        subject_kind=subject._meta.label_lower,
        subject_id=str(subject.pk),
        line_of_business_id=line,
        facts=facts,
    )
    event.digest = event_digest(
        event_id=str(event.id),
        occurred_at=at,
        verb=verb,
        actor=(event.actor_kind, event.actor_id),
        subject=(event.subject_kind, event.subject_id),
        line_of_business_id=str(line) if line else None,
        facts=facts,
    )
    return event
