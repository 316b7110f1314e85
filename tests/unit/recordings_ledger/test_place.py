"""The store carries this installation's mark. Without it nothing is taken in, removed, or certified as absent."""

import shutil

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from recordings.domain.errors import DispositionStopped, StoreUnavailable
from recordings.ledger import place
from recordings.ledger.log import installation
from recordings.models import Certificate, ObjectRemoval, Recording
from recordings.services import trust
from recordings.services.disposition import purge_batch
from recordings.services.removals import object_removals
from recordings.store import store
from tests.deliveries import taken, wav
from tests.factories import AUDIO, RecordingFactory

pytestmark = pytest.mark.django_db


def _unmounted(root) -> None:
    """What is left at the place where a disk was mounted."""
    shutil.move(root, f"{root}.away")
    root.mkdir()
    place._seen_at.clear()


def test_a_new_store_is_marked_once_and_known_again(each_store):
    assert place.reasons() == []
    assert store().marker() == installation().encode()
    assert place.reasons() == []


def test_a_store_that_is_not_mounted_certifies_nothing_and_removes_nothing(file_store):
    RecordingFactory(expired=True, audio=AUDIO)
    assert purge_batch(at=timezone.now()) == 1
    due = RecordingFactory(expired=True, audio=AUDIO)
    _unmounted(file_store.root)
    assert trust.mistrust() == [place.ABSENT]
    with pytest.raises(DispositionStopped):
        purge_batch(at=timezone.now())
    assert object_removals(at=timezone.now()) == 0
    assert ObjectRemoval.objects.get().absent_at is None
    assert Certificate.objects.count() == 1
    assert Recording.objects.get() == due
    assert not list(file_store.root.iterdir())


def test_a_store_that_is_not_mounted_takes_nothing_in_and_readyz_says_why(file_store, line):
    assert place.reasons() == []
    _unmounted(file_store.root)
    with pytest.raises(StoreUnavailable, match="not mounted"):
        taken(audio=wav(seconds=1))
    part = Client().get("/readyz").json()["parts"]["storage"]
    assert (part["ok"], part["detail"]) == (False, place.ABSENT)
    assert not list(file_store.root.iterdir())


def test_a_start_without_the_store_is_refused(file_store):
    assert place.reasons() == []
    _unmounted(file_store.root)
    with pytest.raises(CommandError, match="not mounted"):
        call_command("prepare")


def test_another_installations_store_is_refused(file_store):
    file_store.put_marker(b"another")
    assert place.reasons() == [place.FOREIGN]


def test_a_store_that_was_moved_on_purpose_is_marked_where_the_audio_is_in_it(file_store, capsys):
    RecordingFactory(audio=AUDIO)
    assert place.reasons() == []
    _unmounted(file_store.root)
    with pytest.raises(CommandError, match="Copy everything"):
        call_command("mark_store")
    shutil.copytree(f"{file_store.root}.away", file_store.root, dirs_exist_ok=True)
    (file_store.root / "callward-store").unlink()
    call_command("mark_store")
    assert place.reasons() == []
