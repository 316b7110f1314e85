"""An import and a drop folder, killed at every seam: each file's call once and whole, and the next run finishes."""

import hashlib
import json
import shutil
from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.importing.documents import Defaults
from recordings.models import ImportItem, ImportRun, Recording
from recordings.services.imports import runs
from recordings.services.imports.dropping import take_dropped
from recordings.services.imports.plans import Plan
from recordings.store import read_range, store
from tests.faults.seams import SEAMS_APART, crossings
from tests.stores import swept
from tests.unit.recordings_imports.files import FREEPBX_NAME, written
from trail.domain.actors import CALLWARD
from trail.invariants import reconcile
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
LATER = timedelta(hours=2)


@pytest.fixture(autouse=True)
def _a_store_of_its_own(file_store):
    return file_store


def _names(run: int) -> list[str]:
    return [FREEPBX_NAME.replace("1763665509.7", f"1763665509.{run}{n}") for n in range(2)]


def _put(folder, run: int) -> dict[str, bytes]:
    """Two calls' files, and one that is none."""
    (folder / f"none-{run}.wav").write_text("no audio")
    return {
        name.removesuffix(".wav"): written(folder, name, sound=bytes([run % 250, n]) * 300)
        for n, name in enumerate(_names(run))
    }


def _assert_whole(call: Recording, content: bytes) -> None:
    assert hashlib.sha256(b"".join(read_range(call))).digest() == hashlib.sha256(content).digest()
    verbs = [event.verb for event in Event.objects.about(call)]
    assert [verbs.count(verb) for verb in ("recording.received", "recording.stored")] == [1, 1]


def _settled() -> None:
    later = timezone.now() + LATER
    swept(later)
    assert reconcile(at=later) == []


@SEAMS_APART
def test_an_import_killed_anywhere_goes_on_where_it_was(tmp_path, line, every):
    folder, points, content = tmp_path / "calls", [], {}
    plan = Plan(folder, "folder", Defaults("asterisk", line.code, zone="UTC"), "freepbx")

    def fresh():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        content.clear()
        content.update(_put(folder, len(points)))
        points.append(runs.begin(plan=plan, place=folder, actor=CALLWARD))

    def bring(tell):
        total = runs.work(run=points[-1], plan=plan, files=runs.files_of(plan, folder), moved=lambda _: None)
        tell(total.taken)

    fresh()
    bring(lambda _: None)  # what is loaded once is loaded before the first fork
    for outcome in crossings(bring, fresh, every=every):
        arrived = Recording.objects.filter(external_id__in=content)
        assert arrived.count() in ({2} if outcome.told else {0, 2})
        for call in arrived:
            _assert_whole(call, content[call.external_id])
        run = runs.gone_on_with(plan=plan, place=folder)
        assert run is not None
        assert run.pk == points[-1].pk
        runs.work(run=run, plan=plan, files=runs.files_of(plan, folder), moved=lambda _: None)
        run = runs.end(run=run, actor=CALLWARD)
        assert (run.taken, run.known, run.refused) == (2, 0, 1)
        assert ImportItem.objects.filter(run=run).count() == 3
        for call in Recording.objects.filter(external_id__in=content):
            _assert_whole(call, content[call.external_id])
        swept(timezone.now() + LATER)
    _settled()
    objects = list(store().object_keys(older_than=(timezone.now() + LATER).timestamp()))
    assert len(objects) == Recording.objects.count() == 2 * len(points)
    assert len(points) > 15, "the harness crossed suspiciously few seams"
    print(f"import: {len(points) - 1} kill points, nothing lost")  # noqa: T201


@pytest.mark.long
def test_a_drop_folder_killed_anywhere_takes_each_file_once_and_leaves_none_behind(tmp_path, line, settings):
    folder, points, content = tmp_path / "dropped", [], {}
    folder.mkdir()
    said = {"source": "asterisk", "folder": str(folder), "pattern": "freepbx", "zone": "UTC"}
    settings.DROP_FOLDERS = json.dumps([said | {"line_of_business": line.code}])

    def fresh():
        content.clear()
        content.update(_put(folder, len(points)))
        points.append(timezone.now())
        take_dropped(points[-1])

    def look(tell):
        tell(take_dropped(points[-1] + timedelta(seconds=11)))

    fresh()
    look(lambda _: None)
    for outcome in crossings(look, fresh):
        arrived = Recording.objects.filter(external_id__in=content)
        for call in arrived:
            _assert_whole(call, content[call.external_id])
        moved = [name for name in content if not (folder / f"{name}.wav").exists()]
        assert set(moved) <= set(arrived.values_list("external_id", flat=True)), "moved before it was kept"
        assert not outcome.told or len(moved) == 2
        for seconds in (22, 33, 44):
            take_dropped(points[-1] + timedelta(seconds=seconds))
        assert sorted(entry.name for entry in folder.iterdir()) == ["done", "refused"]
        assert Recording.objects.filter(external_id__in=content).count() == 2
        swept(timezone.now() + LATER)
    _settled()
    assert ImportRun.objects.count() == 1
    assert Recording.objects.count() == 2 * len(points)
    assert len(points) > 15, "the harness crossed suspiciously few seams"
    print(f"drop folder: {len(points) - 1} kill points, nothing lost")  # noqa: T201
