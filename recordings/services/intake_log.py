"""What phone systems delivered and what became of it, for people: no content, no personal data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from accounts.permissions import Act, lines_of, may
from recordings.models import AudioFetch, IntakeDelivery, IntakeRefusal, TelephonySource
from recordings.services.fetching import fetch_again
from recordings.services.working import run_again
from trail.domain.actors import Actor

LOOKED_BACK = timedelta(days=7)
AT_ONCE = 500
DEAD = IntakeDelivery.State.DEAD

# Reasons of a refusal, in words; what is not here is told as it is written.
REFUSED = {
    "not_configured": "no keys for it here",
    "no_credentials": "no signature or token",
    "bad_credentials": "another token or password",
    "bad_signature": "another signature",
    "body_not_bound": "a signature that binds no body",
    "payload_hash_mismatch": "a changed body",
    "bad_jws_signature": "a vCon signed by somebody else",
    "stale_timestamp": "signed too long ago",
    "too_large": "too large",
    "bad_json": "not JSON",
    "bad_form": "not a form",
    "bad_csv": "not CSV",
    "bad_xml": "not XML",
    "xml_forbidden": "XML with entities",
    "no_id": "no id of a recording",
    "critical_extension": "an unknown critical extension",
    "encrypted": "an encrypted vCon",
    "bad_audio": "audio that cannot be read",
}


@dataclass(frozen=True)
class SourceRow:
    """One configured source, and how it went in the last seven days."""

    source: TelephonySource
    last_at: datetime | None
    done: int
    waiting: int
    dead: int
    refused: tuple[tuple[str, int], ...]  # reason in words, how many


def sources_of(actor: Actor) -> QuerySet[TelephonySource]:
    """The sources whose deliveries this actor may know of: those of their lines, and those of none."""
    lines = lines_of(actor)
    rows = TelephonySource.objects.select_related("line_of_business")
    return rows if lines is None else rows.filter(Q(line_of_business=None) | Q(line_of_business__in=lines))


def deliveries_of(actor: Actor) -> QuerySet[IntakeDelivery]:
    """Their deliveries, without what was delivered."""
    return IntakeDelivery.objects.filter(source__in=sources_of(actor)).defer("sealed")


def dead_audio_of(actor: Actor) -> QuerySet[AudioFetch]:
    """Audio of their calls that could not be fetched."""
    lines = lines_of(actor)
    rows = AudioFetch.objects.dead().select_related("recording__line_of_business", "source").defer("sealed")
    return rows if lines is None else rows.filter(recording__line_of_business__in=lines)


def dead_letters(actor: Actor) -> int:
    """How many wait for somebody to look; none for who may not run them again."""
    if not may(actor, Act.ADMINISTER_INTAKE):
        return 0
    return deliveries_of(actor).filter(state=DEAD).count() + dead_audio_of(actor).count()


def source_rows(actor: Actor, at: datetime) -> list[SourceRow]:
    """Each source, with its figures since seven days ago."""
    since = at - LOOKED_BACK
    found = list(sources_of(actor))
    counted: dict[str, Mapping[str, Any]] = {
        row["source"]: row
        for row in IntakeDelivery.objects.filter(source__in=found)
        .values("source")
        .annotate(
            last=Max("received_at"),
            done=Count("pk", filter=Q(state="done", received_at__gte=since)),
            waiting=Count("pk", filter=Q(state="waiting")),
            dead=Count("pk", filter=Q(state="dead")),
        )
    }
    refused: dict[str, list[tuple[str, int]]] = {}
    for refusal in IntakeRefusal.objects.filter(last_at__gte=since).order_by("-count"):
        refused.setdefault(refusal.source, []).append((refusal.reason, refusal.count))
    return [_row(source, counted.get(source.pk, {}), refused.get(source.pk, [])) for source in found]


def _row(source: TelephonySource, counted: Mapping[str, Any], refused: list[tuple[str, int]]) -> SourceRow:
    by_reason: dict[str, int] = {}
    for reason, count in refused:
        words = REFUSED.get(reason, reason.replace("_", " "))
        by_reason[words] = by_reason.get(words, 0) + count
    return SourceRow(
        source=source,
        last_at=source.last_accepted_at,
        done=counted.get("done", 0),
        waiting=counted.get("waiting", 0),
        dead=counted.get("dead", 0),
        refused=tuple(sorted(by_reason.items(), key=lambda one: -one[1])),
    )


def run_all_again(*, actor: Actor) -> int:
    """Run every dead letter of theirs once more, audio too; how many. Raises NotAllowed."""
    deliveries = list(deliveries_of(actor).filter(state=DEAD).exclude(sealed=b"")[:AT_ONCE])
    audio = list(dead_audio_of(actor)[:AT_ONCE])
    for delivery in deliveries:
        run_again(delivery=delivery, actor=actor)
    for fetch in audio:
        fetch_again(fetch=fetch, actor=actor)
    return len(deliveries) + len(audio)
