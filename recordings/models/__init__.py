from recordings.models.disposition import Certificate, DestructionBatch, ObjectRemoval
from recordings.models.holds import HoldMember, LegalHold
from recordings.models.playback import ListeningSession
from recordings.models.recordings import (
    AudioProfile,
    CallEvent,
    ConsentEvidence,
    Party,
    Recording,
    RecordingKey,
    SeenRequest,
)

__all__ = [
    "AudioProfile",
    "CallEvent",
    "Certificate",
    "ConsentEvidence",
    "DestructionBatch",
    "HoldMember",
    "LegalHold",
    "ListeningSession",
    "ObjectRemoval",
    "Party",
    "Recording",
    "RecordingKey",
    "SeenRequest",
]
