"""Rows that tests begin with. A trait is a situation that the rules speak of."""

from datetime import timedelta

import factory
from django.utils import timezone

from accounts.models import LineOfBusiness, Role, User
from recordings import keys
from recordings.models import Party, Recording, RecordingKey
from recordings.services.holds import place_hold
from recordings.store import AudioWriter
from trail.domain.actors import CALLWARD


class LineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = LineOfBusiness

    code = factory.Sequence(lambda n: f"line-{n}")
    name = factory.Sequence(lambda n: f"Line {n}")
    zone = "America/New_York"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    first_name = "Person"
    last_name = factory.Sequence(lambda n: f"No. {n}")
    role = Role.REVIEWER
    access_until = factory.LazyAttribute(
        lambda person: timezone.now() + timedelta(days=30) if person.role == Role.AUDITOR else None
    )

    @factory.post_generation
    def lines(self, create, extracted, **_):
        if create and extracted:
            self.lines.set(extracted)


AUDIO = bytes(range(256)) * 40  # what a factory's recording holds; no sound, but bytes that are known


class RecordingFactory(factory.django.DjangoModelFactory):
    """A call of a day ago, stored, with one caller. `audio=b"…"` is sealed into the store; traits are situations."""

    class Meta:
        model = Recording
        skip_postgeneration_save = True

    source = "austin"
    external_id = factory.Sequence(lambda n: f"call-{n}")
    metadata_digest = b"\0" * 32
    line_of_business = factory.SubFactory(LineFactory)
    state = Recording.State.STORED
    started_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=1))
    ended_at = factory.LazyAttribute(lambda call: call.started_at + timedelta(minutes=4))
    direction = Recording.Direction.INBOUND
    purposes = factory.LazyFunction(lambda: ["quality_assurance", "dispute_resolution"])
    agent_id = "a-7"
    keep_until = factory.LazyAttribute(lambda call: call.ended_at + timedelta(days=30))
    delete_by = factory.LazyAttribute(lambda call: call.ended_at + timedelta(days=90))
    zone = "America/New_York"
    sample_key = factory.Sequence(lambda n: n * 7919)

    class Params:
        expired = factory.Trait(  # listed, cooled, its day reached
            started_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=120)),
            listed_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=8)),
        )
        listed = factory.Trait(  # on the list, cooling
            started_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=88)),
            listed_at=factory.LazyFunction(lambda: timezone.now() - timedelta(days=5)),
        )
        awaiting = factory.Trait(state=Recording.State.AWAITING_AUDIO)
        quarantined = factory.Trait(
            state=Recording.State.QUARANTINED, quarantine_reasons=factory.LazyFunction(lambda: ["consent_missing"])
        )

    @factory.post_generation
    def held(self, create, extracted, **_):
        """`held=True` puts it under a hold of its own; `held="Smith v. Acme"` names the matter."""
        if create and extracted:
            matter = extracted if isinstance(extracted, str) else "A matter"
            place_hold(matter=matter, reason="A test needs it.", recording_ids=[self.pk], actor=CALLWARD)
            self.refresh_from_db()

    @classmethod
    def _create(cls, model_class, *args, audio=AUDIO, number="+13125550142", **values):
        recording = model_class(*args, **values)
        wrapped, key = keys.new_key(recording.pk)
        if recording.state != Recording.State.AWAITING_AUDIO:
            writer = AudioWriter(recording.pk, key)
            writer.write(audio)
            recording.object_key = writer.keep()
            recording.sha256, recording.size_bytes = writer.sha256, writer.size_bytes
            recording.stored_at, recording.media_type = recording.ended_at, "audio/wav"
        recording.save(force_insert=True)
        RecordingKey.objects.create(recording=recording, wrapped=wrapped)
        Party.objects.create(
            recording=recording,
            position=0,
            role=Party.Role.CUSTOMER,
            jurisdiction="US-IL",
            location_source="number",
            certainty="medium",
            number_index=keys.number_index(number),
        )
        return recording
