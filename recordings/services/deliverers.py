"""Who may deliver which call, and whether it was delivered before."""

from uuid import UUID

from django.db import connection

from accounts.clients import TokenActor
from accounts.domain.errors import NotAllowed
from accounts.models import LineOfBusiness
from accounts.permissions import Act, lines_of, may
from recordings import keys
from recordings.domain.deliveries import Delivery
from recordings.domain.errors import DeliveryContradicts, DeliveryRefused, RecordingDestroyed, RecordingNotFound
from recordings.models import Certificate, Recording
from recordings.services.audio import Arriving
from trail.domain.actors import Actor

_KNOWN = "SELECT id FROM recordings_recording WHERE source = %s AND external_id = %s"


def find_deliverable(recording_id: UUID, actor: Actor) -> Recording:
    """The recording whose audio or news this actor may deliver. Raises RecordingNotFound, RecordingDestroyed."""
    reach = Recording.objects.visible_to(actor) | Recording.objects.filter(
        client_id=client_of(actor), line_of_business__code=LineOfBusiness.UNASSIGNED, client_id__isnull=False
    )
    recording = reach.select_related("key").filter(pk=recording_id).first()
    if recording is None:
        gone = Certificate.objects.visible_to(actor).filter(recording_id=recording_id).first()
        raise RecordingDestroyed(recording_id, gone.destroyed_at) if gone else RecordingNotFound
    return recording


def client_of(actor: Actor) -> UUID | None:
    return actor.token.client_id if isinstance(actor, TokenActor) else None


def assert_may_deliver(actor: Actor, delivery: Delivery) -> None:
    if not may(actor, Act.DELIVER_RECORDING):
        raise NotAllowed("The token lacks the scope recordings:write. Issue one that has it.")
    if isinstance(actor, TokenActor) and not actor.has_source(delivery.source):
        sources = ", ".join(actor.token.sources)
        raise NotAllowed(f"This token delivers for {sources}. Write one of them as source, or issue another token.")


def assert_line_is_theirs(line_id: UUID, delivery: Delivery, actor: Actor) -> None:
    """An unknown line and a foreign one look alike; a call that names none is anybody's."""
    reach = lines_of(actor)
    if delivery.line_of_business and reach is not None and line_id not in reach:
        raise no_such_line(delivery)


def no_such_line(delivery: Delivery) -> DeliveryRefused:
    code = delivery.line_of_business or LineOfBusiness.UNASSIGNED
    return DeliveryRefused(
        f"There is no line of business {code!r} that this token delivers for. Check its code.",
        pointer="/line_of_business",
    )


def request_digest(delivery: Delivery, audio: Arriving | None) -> bytes:
    content = delivery.canonical() + delivery.decision.encode() + (audio.sha256 if audio else b"")
    return keys.content_digest("request", content)


def metadata_digest(delivery: Delivery) -> bytes:
    return keys.content_digest("metadata", delivery.canonical())


def still_there(recording_id: UUID) -> Recording:
    recording = Recording.objects.filter(pk=recording_id).first()
    if recording is None:
        gone = Certificate.objects.filter(recording_id=recording_id).first()
        raise RecordingDestroyed(recording_id, gone.destroyed_at) if gone else RecordingNotFound
    return recording


def was_destroyed(recording_id: UUID, actor: Actor) -> RecordingDestroyed | DeliveryContradicts:
    """What a late delivery is told. Whose line it was not learns no more than of a call that stands."""
    gone = Certificate.objects.select_related("line_of_business").get(recording_id=recording_id)
    reach, line = lines_of(actor), gone.line_of_business
    if reach is None or line.pk in reach or line.code == LineOfBusiness.UNASSIGNED:
        return RecordingDestroyed(recording_id, gone.destroyed_at)
    return DeliveryContradicts(None, "content")


def known_as(delivery: Delivery) -> Recording | None:
    """The recording of this call, if it came before. Almost none did, so its id is asked for alone, in SQL."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [delivery.source, delivery.external_id])
        found = cursor.fetchone()
    return Recording.objects.filter(pk=found[0]).first() if found else None


def assert_same_again(known: Recording, delivery: Delivery, actor: Actor) -> None:
    """This call was told of before, with the same words. Raises DeliveryContradicts."""
    reach = lines_of(actor)
    if reach is not None and known.line_of_business_id not in reach and known.client_id != client_of(actor):
        raise DeliveryContradicts(None, "content")
    if bytes(known.metadata_digest) != metadata_digest(delivery):
        raise DeliveryContradicts(known.pk, "metadata")


def same_audio(known: Recording, audio: Arriving) -> Recording:
    """The recording, if this is the audio that it has. Raises DeliveryContradicts."""
    if bytes(known.sha256 or b"") != audio.sha256:
        raise DeliveryContradicts(known.pk, "audio")
    return known
