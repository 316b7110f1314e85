"""A disk that is not mounted, a person who was sent away: what looks empty is not taken for emptied, nobody goes on."""

import contextlib
import hashlib

import pytest
from django.test import Client
from django.utils import timezone

from recordings.domain.errors import DispositionStopped, StoreUnavailable
from recordings.ledger import place
from recordings.models import Certificate, ObjectRemoval, Recording
from recordings.services.disposition import purge_batch
from recordings.services.removals import object_removals
from recordings.store import read_range, store
from tests.deliveries import delivered, metadata
from tests.factories import AUDIO, RecordingFactory
from tests.faults.house import CLIP
from trail.invariants import reconcile

pytestmark = pytest.mark.django_db


@pytest.fixture
def unmounted(file_store, tmp_path, line):
    """One recording is due, one was destroyed; then the disk is away, and its empty folder is there."""
    assert place.reasons() == []
    RecordingFactory(expired=True, line_of_business=line)
    assert purge_batch(at=timezone.now()) == 1
    due, kept = (RecordingFactory(expired=is_due, line_of_business=line) for is_due in (True, False))
    root = file_store.root
    root.rename(tmp_path / "away")
    root.mkdir()
    place._seen_at.clear()
    yield due, kept
    if not (root / "incoming").exists() and (tmp_path / "away").exists():
        root.rmdir()
        (tmp_path / "away").rename(root)


def test_a_store_that_is_not_mounted_is_never_taken_for_one_that_was_emptied(unmounted, tmp_path, client, bearer, line):
    due, kept = unmounted
    with pytest.raises(DispositionStopped, match="mark"):
        purge_batch(at=timezone.now())
    with contextlib.suppress(DispositionStopped, StoreUnavailable):
        assert object_removals(at=timezone.now()) == 0
    assert ObjectRemoval.objects.filter(absent_at=None).count() == 1
    assert delivered(client, bearer(), metadata(), CLIP).status_code == 503
    assert "cannot_be_trusted" in {problem.kind for problem in reconcile(at=timezone.now())}
    assert Certificate.objects.count() == 1
    # mounted again, all goes on
    root = store().root
    root.rmdir()
    (tmp_path / "away").rename(root)
    place._seen_at.clear()
    assert hashlib.sha256(b"".join(read_range(kept))).digest() == hashlib.sha256(AUDIO).digest()
    assert purge_batch(at=timezone.now()) == 1
    assert not Recording.objects.filter(pk=due.pk).exists()


@pytest.mark.parametrize("how", ["deactivated", "sent to another line"])
def test_a_person_who_was_sent_away_hears_no_further_range(client, officer, line, other_line, file_store, how):
    call = RecordingFactory(line_of_business=line)
    url = f"/recordings/{call.pk}/audio?purpose=quality_assurance"
    client.force_login(officer)
    first = client.get(url, headers={"Range": "bytes=0-99"})
    assert (first.status_code, b"".join(first.streaming_content)) == (206, AUDIO[:100])
    if how == "deactivated":
        officer.is_active = False
        officer.save()
    else:
        officer.lines.set([other_line])
    answer = client.get(url, headers={"Range": "bytes=100-199"})
    assert answer.status_code in {302, 403, 404}
    assert AUDIO[100:200] not in answer.content
    assert Client().get(url).status_code in {302, 403, 404}
