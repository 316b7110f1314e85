"""A recording handed on as a vCon: what whoever asks may read of it, and where its audio is heard."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from recordings import keys
from recordings.domain.signed_json import signed, to_sign
from recordings.domain.vcons import AnalysisOut, AudioOut, CallOut, PartyOut, vcon
from recordings.models import AudioProfile, Recording
from recordings.services.dates import given_dates
from recordings.services.people import people_of
from recordings.store import read_range
from trail.domain.actors import Actor

LARGEST_TO_DIGEST = 64 << 20  # bytes that are read for SHA-512; above, the SHA-256 that is stored stands


Contributor = Callable[[UUID, Actor], Sequence[AnalysisOut]]
_contributors: list[Contributor] = []


def contribute(contributor: Contributor) -> None:
    """Let a room above this one say what it knows of a recording; called once, when the room is ready."""
    if contributor not in _contributors:
        _contributors.append(contributor)


def signed_vcon(call: CallOut) -> dict[str, Any]:
    """The vCon in its signed form: JWS by this copy's own key, whose public half stands under `keys/`."""
    document = vcon(call)
    key_id = keys.public_key()["key_id"]
    message, protected, payload = to_sign(document, key_id=key_id, kind="vcon")
    signature, _ = keys.sign(message)
    return signed(protected, payload, base64.b64decode(signature), header={"uuid": document["uuid"]})


def call_out(recording: Recording, actor: Actor, *, audio_url: str) -> CallOut:
    """What a vCon says of this call. Raises StoreUnavailable, AudioIntegrityLost."""
    people = people_of([recording], actor)[recording.pk]
    given = given_dates([recording])[recording.pk]
    unknown = set(recording.unknown)
    return CallOut(
        recording_id=recording.pk,
        created_at=recording.created_at,
        started_at=None if "started_at" in unknown else recording.started_at,
        direction=recording.direction,
        parties=[
            PartyOut(one.role, people.of(one).name, people.of(one).number, one.jurisdiction)
            for one in recording.parties.all()
        ],
        audio=_audio(recording, audio_url),
        kept={
            "keep_until": recording.keep_until.isoformat(),
            "delete_by": recording.delete_by.isoformat(),
            "is_provisional": recording.is_provisional,
            "is_held": recording.is_held,
            "purposes": recording.purposes,
            "zone": recording.zone,
            "policy_version": str(given.policy_version_id) if given.policy_version_id else None,
            "law_release": given.law_release,
            "explanation": given.explanation,
            "triggers": recording.known_triggers,
        },
        analysis=[one for contributor in _contributors for one in contributor(recording.pk, actor)],
        consent=[
            {
                "method": row.method,
                "result": row.result,
                "party": row.party.position if row.party else None,
                "offset_s": row.offset_seconds,
            }
            for row in recording.consent.select_related("party")
        ],
    )


def _audio(recording: Recording, url: str) -> AudioOut | None:
    """None: it has not come, or is in quarantine, where nobody but who judges it hears it."""
    if recording.object_key is None or recording.state != Recording.State.STORED or recording.restricted_at:
        return None
    profile = AudioProfile.objects.filter(recording=recording).first()
    seconds = profile.duration_seconds if profile and profile.duration_seconds else recording.length_seconds
    return AudioOut(url, _content_hash(recording), recording.media_type, seconds)


def _content_hash(recording: Recording) -> str:
    if (recording.size_bytes or 0) > LARGEST_TO_DIGEST:
        return f"sha256-{_base64url(bytes(recording.sha256 or b''))}"
    digest = hashlib.sha512()
    for piece in read_range(recording):
        digest.update(piece)
    return f"sha512-{_base64url(digest.digest())}"


def _base64url(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
