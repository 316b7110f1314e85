"""Certificates as documents that a stranger can verify: content, proof, signature, and the read-back that followed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

import trail.services as trail
from recordings import keys
from recordings.domain.errors import RecordingNotFound
from recordings.models import Certificate, ObjectRemoval
from recordings.models.disposition import CertificateQuerySet
from trail.domain.actors import Actor

# filter of the recordings' list: look-up on what a certificate keeps; ISO texts in UTC sort as their instants do
LOOKUPS = {
    "source": "content__source",
    "line_of_business": "line_of_business__code",
    "from": "content__call__started_at__gte",
    "to": "content__call__started_at__lt",
    "delete_before": "content__retention__delete_by__lt",
}


def find_certificate(recording_id: UUID, actor: Actor) -> Certificate:
    """The certificate of this recording, with its batch. Raises RecordingNotFound: none, or a foreign one."""
    rows = Certificate.objects.visible_to(actor).select_related("batch", "line_of_business")
    found = rows.filter(recording_id=recording_id).first()
    if found is None:
        raise RecordingNotFound
    return found


@transaction.atomic
def note_export(*, certificate: Certificate, actor: Actor) -> None:
    """That the certificate was taken away as a signed file; each time."""
    trail.append("certificate.exported", actor=actor, subject=certificate)


def matching_certificates(queryset: CertificateQuerySet, filters: Mapping[str, Any]) -> CertificateQuerySet:
    """Certificates that meet the filters of the recordings' list, as far as a certificate keeps what they ask for."""
    found = queryset
    if "external_id" in filters and "source" in filters:
        found = found.filter(origin_digest=keys.origin_digest(filters["source"], filters["external_id"]))
    asked = {LOOKUPS[name]: _plain(value) for name, value in filters.items() if name in LOOKUPS}
    return found.filter(**asked)


def documents(certificates: Iterable[Certificate]) -> list[dict[str, Any]]:
    """The documents of these certificates, with two queries however many they are (batches come selected)."""
    rows = list(certificates)
    absent = ObjectRemoval.objects.filter(recording_id__in=[row.recording_id for row in rows], absent_at__isnull=False)
    read_back: dict[UUID, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for recording_id, kind, statement in absent.order_by("pk").values_list("recording_id", "kind", "statement"):
        read_back[recording_id].append((kind, statement or {}))
    return [document(row, read_back[row.recording_id]) for row in rows]


def document(certificate: Certificate, read_back: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """What `recordings.domain.certificates.verify` takes. The public key is told beside it.

    `read_back` is about the audio; `also_read_back` about what had been made from it, where there was such a thing.
    """
    batch = certificate.batch
    audio = [statement for kind, statement in read_back if kind == ObjectRemoval.Kind.AUDIO]
    others = [statement for kind, statement in read_back if kind != ObjectRemoval.Kind.AUDIO]
    return {
        "id": str(certificate.pk),
        "recording_id": str(certificate.recording_id),
        "destroyed_at": certificate.destroyed_at.isoformat(),
        "content": certificate.content,
        "proof": certificate.proof,
        "batch": {
            "id": str(batch.pk),
            "destroyed_at": batch.destroyed_at.isoformat(),
            "size": batch.size,
            "merkle_root": batch.merkle_root,
            "signature": batch.signature,
            "key_id": batch.key_id,
        },
        "read_back": audio[0] if audio else None,
    } | ({"also_read_back": others} if others else {})


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
