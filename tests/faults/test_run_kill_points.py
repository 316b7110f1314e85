"""The end of a run, and an early disposal, killed at every seam: all or nothing, once, and the next one finishes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings import keys
from recordings.domain.certificates import verify_manifest
from recordings.ledger.settling import settle
from recordings.models import Certificate, DispositionRun, EarlyDisposal, ObjectRemoval, Recording
from recordings.services.disposition import purge_batch
from recordings.services.disposition.early import approve_early_disposal, ask_early_disposal, destroy_early
from recordings.services.disposition.manifests import manifest_document
from recordings.services.disposition.runs import tend_runs
from recordings.services.removals import object_removals
from tests.factories import RecordingFactory
from tests.faults.seams import MOST_SEAMS, crossings, killed_at
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def _own_store(file_store):
    """No object of another test."""


def _is_signed(message: bytes, signature: str) -> bool:
    return keys.verify(message, signature, keys.public_key()["key_id"])


def test_the_end_of_a_run_killed_anywhere_is_told_and_signed_once(line):
    def purged():
        RecordingFactory.create_batch(2, expired=True, line_of_business=line)
        now = timezone.now()
        while purge_batch(at=now):
            pass
        object_removals(at=now)

    points = 0
    for outcome in crossings(lambda tell: tell(tend_runs(timezone.now())), purged):
        points += 1
        [run] = DispositionRun.objects.order_by("-began_at", "-pk")[:1]
        verbs = list(Event.objects.about(run).values_list("verb", flat=True))
        # all or nothing: an end is signed and told, or there is none
        is_over = run.state == DispositionRun.State.COMPLETE
        assert (run.ended_at is not None, bool(run.manifest), "run.completed" in verbs) == (is_over,) * 3
        assert is_over or not outcome.told
        tend_runs(timezone.now())
        run.refresh_from_db()
        assert run.state == DispositionRun.State.COMPLETE
        assert verify_manifest(manifest_document(run), _is_signed) == []
        assert (run.done_count, run.read_back_count) == (2, 2)
        assert Event.objects.about(run).filter(verb="run.completed").count() == 1
        assert tend_runs(timezone.now()) == 0
    assert points > 5, "the harness crossed suspiciously few seams"
    assert DispositionRun.objects.count() == points


@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.long)])
def test_an_early_disposal_killed_anywhere_is_whole_and_finished_by_the_next(line, supervisor, officer, stride):
    made: list[tuple[EarlyDisposal, list[Recording]]] = []

    def let_go():
        calls = RecordingFactory.create_batch(2, line_of_business=line)
        ids = [call.pk for call in calls]
        disposal = ask_early_disposal(recording_ids=ids, reason="They withdrew their consent.", actor=supervisor)
        approve_early_disposal(disposal_id=disposal.pk, confirmed=2, actor=officer)
        made.append((disposal, calls))

    points = 0
    for seam in range(stride, MOST_SEAMS, stride):
        let_go()
        outcome = killed_at(lambda tell: tell(destroy_early(timezone.now())), seam)
        points += 1
        disposal, calls = made[-1]
        ids = [call.pk for call in calls]

        def counted(ids=ids, disposal=disposal) -> tuple[int, int, int, int, int]:
            """Recordings, certificates, objects that are to go, items settled, disposals that are done."""
            return (
                Recording.objects.filter(pk__in=ids).count(),
                Certificate.objects.filter(recording_id__in=ids, content__early__disposal=str(disposal.pk)).count(),
                ObjectRemoval.objects.filter(recording_id__in=ids).count(),
                disposal.items.filter(outcome="destroyed").count(),
                EarlyDisposal.objects.filter(pk=disposal.pk, state=EarlyDisposal.State.DONE).count(),
            )

        assert counted() in {(2, 0, 0, 0, 0), (0, 2, 2, 2, 1)}
        assert not outcome.told or counted()[0] == 0
        while destroy_early(timezone.now()):
            pass
        assert counted() == (0, 2, 2, 2, 1)
        assert Event.objects.about(disposal).filter(verb="early.done").count() == 1
        assert Event.objects.filter(subject_id__in=map(str, ids), verb="recording.disposed").count() == 2
        object_removals(at=timezone.now() + timedelta(minutes=1))
        settle(timezone.now())  # as the sweep does: what stands unsettled in the log is asked for each time
        assert not ObjectRemoval.objects.filter(recording_id__in=ids, absent_at=None).exists()
        if outcome.killed_before is None:
            break
    assert outcome.killed_before is None
    assert points > 5, "the harness crossed suspiciously few seams"
