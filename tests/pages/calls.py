"""Calls for the pages' tests: delivered as a phone system delivers them, with real audio and drawn waves."""

import io
import math
import struct
import wave
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from accounts.models import LineOfBusiness, User
from accounts.services import give_call
from audits.models import Assignment, AuditPlan, EvaluationForm, Sample
from recordings import keys
from recordings.domain.deliveries import Delivery, EvidenceGiven, PartyGiven
from recordings.models import AudioProfile, Recording
from recordings.services.audio import Arriving, sealed_peaks
from recordings.services.calls import record_event
from recordings.services.intake import take_in
from trail.domain.actors import CALLWARD

CLIPS = Path(__file__).resolve().parents[2] / "compliance_site" / "demo" / "clips"
NUMBER = "+18135550142"
CUSTOMER = "Ana Ortega"


def two_channels(seconds: int = 20) -> bytes:
    """A small WAV: the agent hums in even seconds, the customer in odd ones."""
    rate = 8000
    frames = bytearray()
    for place in range(seconds * rate):
        tone = int(9000 * math.sin(place / rate * 2 * math.pi * 220))
        frames += struct.pack("<hh", *((tone, 0) if place // rate % 2 == 0 else (0, tone)))
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(frames))
    return target.getvalue()


def delivered(
    line: LineOfBusiness,
    *,
    external_id: str = "call-1",
    audio: bytes | None = None,
    started_at: datetime | None = None,
    seconds: float = 20,
    consent: tuple[EvidenceGiven, ...] = (EvidenceGiven("keypad", "given", "customer", 9.0),),
    number: str = NUMBER,
    agent_id: str = "a-17",
    direction: str = "outbound",
    drawn: bool = True,
) -> Recording:
    """One call of a Floridian with two channels, taken in with its audio and probed."""
    began = started_at or timezone.now() - timedelta(hours=3)
    delivery = Delivery(
        source="austin-exchange",
        external_id=external_id,
        started_at=began,
        ended_at=began + timedelta(seconds=seconds),
        direction=direction,
        purposes=("quality_assurance", "dispute_resolution"),
        parties=(PartyGiven("agent", jurisdiction="US-TX"), PartyGiven("customer", number=number, name=CUSTOMER)),
        line_of_business=line.code,
        agent_id=agent_id,
        agent_name="Priya Raman",
        consent=consent,
    )
    with Arriving() as arriving:
        arriving.write(two_channels(int(seconds)) if audio is None else audio)
        recording = take_in(delivery=delivery, actor=CALLWARD, audio=arriving).recording
    record_event(recording=recording, kind="disclosure_played", offset_seconds=4.0, detail="recording", actor=CALLWARD)
    record_event(recording=recording, kind="disclosure_played", offset_seconds=6.5, detail="retention", actor=CALLWARD)
    if drawn:
        draw_waves(recording, seconds)
    return recording


def awaiting(line: LineOfBusiness, **about: object) -> Recording:
    """A call of which the phone system told, without its audio."""
    began = timezone.now() - timedelta(hours=2)
    delivery = Delivery(
        source="austin-exchange",
        external_id=str(about.get("external_id", "awaited")),
        started_at=began,
        ended_at=began + timedelta(minutes=3),
        direction="inbound",
        purposes=("quality_assurance",),
        parties=(PartyGiven("customer", number="+15125550117"),),
        line_of_business=line.code,
    )
    return take_in(delivery=delivery, actor=CALLWARD).recording


def draw_waves(recording: Recording, seconds: float) -> None:
    """What the probe leaves behind."""
    key = keys.open_key(recording.pk, bytes(recording.key.wrapped))
    agent = bytes(int(40 + 200 * abs(math.sin(n / 9))) if n // 25 % 2 == 0 else 2 for n in range(500))
    customer = bytes(int(30 + 180 * abs(math.sin(n / 7))) if n // 25 % 2 else 2 for n in range(500))
    AudioProfile.objects.filter(recording=recording).update(
        outcome=AudioProfile.Outcome.GOOD,
        channels=2,
        codec="pcm_s16le",
        duration_seconds=seconds,
        sealed_peaks=sealed_peaks(key, [agent, customer]),
    )


def assigned(recording: Recording, reviewer: User, *, due_at: datetime | None = None, position: int = 1) -> Assignment:
    """The call as a drawn one that this reviewer has to review."""
    plan, _ = AuditPlan.objects.get_or_create(
        name="Weekly draw", defaults={"form": EvaluationForm.objects.get(), "size": 5}
    )
    now = timezone.now()
    sample, _ = Sample.objects.get_or_create(
        plan=plan,
        period_from=now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=7),
        defaults={
            "period_to": now,
            "filters": {},
            "algorithm": "test",
            "frame": [],
            "frame_size": 0,
            "frame_digest": "0" * 64,
            "frame_committed_at": now,
            "seed": "00",
            "drawn_at": now,
        },
    )
    give_call(user=reviewer, recording_id=recording.pk)
    return Assignment.objects.create(
        sample=sample,
        recording_id=recording.pk,
        line_of_business=recording.line_of_business,
        position=position,
        reviewer=reviewer,
        due_at=due_at or now + timedelta(days=2),
    )
