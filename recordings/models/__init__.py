from recordings.models.circumstances import Circumstances
from recordings.models.disposition import Certificate, DestructionBatch, ObjectRemoval
from recordings.models.hold_criteria import HoldCriterion
from recordings.models.holds import HoldMember, LegalHold
from recordings.models.imports import CallList, CallListEntry, DropSighting, ImportItem, ImportRun
from recordings.models.ledger import LedgerDeed, LedgerHead
from recordings.models.parts import AudioProfile, CallEvent, ConsentEvidence, Party
from recordings.models.person_requests import PersonCopy, PersonRequest, PersonRequestItem, PersonRequestKey
from recordings.models.playback import ListeningSession
from recordings.models.recordings import Recording, RecordingKey, SeenRequest
from recordings.models.redating import Redating, RetentionChange, ShorteningItem, ShorteningJob
from recordings.models.renditions import Rendition
from recordings.models.retention import RefusedCall, RetentionCase, RetentionTrigger, TriggerEffect
from recordings.models.runs import (
    DispositionPause,
    DispositionRun,
    EarlyDisposal,
    EarlyDisposalItem,
    PurgeClaim,
)
from recordings.models.storekeeping import (
    FixityCycle,
    FixityStretch,
    IntegrityIncident,
    KeyRotation,
    ObjectLock,
    SetAside,
    StoreScan,
)
from recordings.models.telephony import (
    AudioFetch,
    IntakeDelivery,
    IntakeRefusal,
    SeenDelivery,
    TelephonyFacts,
    TelephonySource,
)

__all__ = [
    "AudioFetch",
    "AudioProfile",
    "CallEvent",
    "CallList",
    "CallListEntry",
    "Certificate",
    "Circumstances",
    "ConsentEvidence",
    "DestructionBatch",
    "DispositionPause",
    "DispositionRun",
    "DropSighting",
    "EarlyDisposal",
    "EarlyDisposalItem",
    "FixityCycle",
    "FixityStretch",
    "HoldCriterion",
    "HoldMember",
    "ImportItem",
    "ImportRun",
    "IntakeDelivery",
    "IntakeRefusal",
    "IntegrityIncident",
    "KeyRotation",
    "LedgerDeed",
    "LedgerHead",
    "LegalHold",
    "ListeningSession",
    "ObjectLock",
    "ObjectRemoval",
    "Party",
    "PersonCopy",
    "PersonRequest",
    "PersonRequestItem",
    "PersonRequestKey",
    "PurgeClaim",
    "Recording",
    "RecordingKey",
    "Redating",
    "RefusedCall",
    "Rendition",
    "RetentionCase",
    "RetentionChange",
    "RetentionTrigger",
    "SeenDelivery",
    "SeenRequest",
    "SetAside",
    "ShorteningItem",
    "ShorteningJob",
    "StoreScan",
    "TelephonyFacts",
    "TelephonySource",
    "TriggerEffect",
]
