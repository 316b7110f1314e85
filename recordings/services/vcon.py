"""A recording handed on as a vCon: what whoever asks may read of it, and where its audio is heard."""

import base64
import hashlib

from recordings.domain.vcons import AudioOut, CallOut, PartyOut
from recordings.models import AudioProfile, Recording
from recordings.services.people import people_of
from recordings.store import read_range
from trail.domain.actors import Actor

LARGEST_TO_DIGEST = 64 << 20  # bytes that are read for SHA-512; above, the SHA-256 that is stored stands


def call_out(recording: Recording, actor: Actor, *, audio_url: str) -> CallOut:
    """What a vCon says of this call. Raises StoreUnavailable, AudioIntegrityLost."""
    people = people_of([recording], actor)[recording.pk]
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
            "policy_version": recording.decided.get("policy_version"),
            "law_release": recording.law_release,
        },
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
