"""The life of recordings as a game against a simple oracle: deliver, hold, release, object, publish, crash, purge.

After each move the database, the store and the trail are what the oracle says, and every invariant holds.
"""

import contextlib
import errno
import json
import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from itertools import count
from uuid import UUID

import hypothesis.strategies as st
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connections, transaction
from django.test import Client, override_settings
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.domain.scopes import Scope
from accounts.models import Role
from accounts.services import issue_token
from accounts.services.tokens import revoke_tokens
from recordings.domain.errors import DispositionStopped, RecordingsUnavailable
from recordings.models import Certificate, LegalHold, ObjectRemoval, Recording
from recordings.services.disposition import list_due, purge_batch
from recordings.services.holds import place_hold, release_hold
from recordings.services.objections import end_objection, object_to_disposition
from recordings.services.redating import redate_for
from recordings.services.removals import object_removals
from recordings.store import FileStore, read_range, store
from tests import stage
from tests.factories import LineFactory, UserFactory
from tests.faults.failing import failing_call
from tests.faults.house import CLIP
from tests.faults.model.oracle import Oracle
from tests.faults.seams import killed_at
from tests.rules import document, in_force
from tests.stores import swept
from trail.domain.actors import CALLWARD
from trail.invariants import reconcile
from trail.models import Event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

LATER = timedelta(hours=2)
NO_LAG = timedelta(minutes=-1)
UNTIL_THE_BEAT_RINGS = {"late", "not_listed", "removal_overdue", "audio_unread", "object_without_row"}
WAITS = st.sampled_from(
    [timedelta(seconds=1), timedelta(hours=20), timedelta(days=8), timedelta(days=40), timedelta(days=800)]
)
NUMBERS = st.integers(0, 30)
SEAMS = st.integers(1, 60)


class Life(RuleBasedStateMachine):
    """Each example has a database as it was shipped, and a store of its own."""

    seen: Counter[str] = Counter()  # over all examples: a game in which nothing happens proves nothing

    def __init__(self) -> None:
        super().__init__()
        stage.restore()
        self.folder = tempfile.mkdtemp(prefix="callward-life-")
        self.settings = override_settings(STORAGE_URL=f"file://{self.folder}/store")
        self.settings.enable()
        store.cache_clear()
        self.numbers = count()

    @initialize()
    def furnish(self) -> None:
        self.line = LineFactory(code="home-cover", zone="America/New_York")
        self.officers = [UserFactory(role=Role.OFFICER, lines=[self.line], all_lines=True) for _ in range(2)]
        in_force(self.line, *self.officers, document("P30D"), always=True)
        self.oracle = Oracle(at=timezone.now(), days=30, days_then=30)
        self.metadata: dict[str, dict[str, object]] = {}
        self.placed: list[LegalHold] = []
        self.ids: dict[str, str] = {}
        self.token = self._token()
        for age in (3, 25, 50):
            self.delivers(age=age, with_audio=True)

    def teardown(self) -> None:
        try:
            if hasattr(self, "oracle"):
                self._comes_to_rest()
        finally:
            self.settings.disable()
            store.cache_clear()
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- deliveries

    @rule(age=st.integers(1, 60), with_audio=st.booleans())
    def delivers(self, age: int, with_audio: bool) -> None:  # noqa: FBT001  hypothesis passes by name
        name = f"call-{next(self.numbers)}"
        status, answer = self._send(name, age, with_audio=with_audio)
        assert status == 201, answer
        self._took(name, answer, with_audio=with_audio)

    @rule(age=st.integers(1, 60), seam=SEAMS)
    def delivers_and_dies(self, age: int, seam: int) -> None:
        """The process dies before its Nth call; the client, who heard nothing, sends the same again."""
        name = f"call-{next(self.numbers)}"
        sent = self._metadata(name, age)
        killed_at(lambda tell: tell(self._post(sent, name)[0]), seam)
        status, answer = self._post(sent, name)
        assert status in {200, 201}, answer
        self.metadata[name] = sent
        self._took(name, answer, with_audio=True)

    @precondition(lambda self: self.oracle.calls)
    @rule(number=NUMBERS)
    def delivers_again(self, number: int) -> None:
        name, call = self._any(number)
        status, answer = self._post(
            self.metadata[name], name if call.audio else None, key=f"again-{next(self.numbers)}"
        )
        if call.is_gone:
            assert status == 410, answer
        else:
            assert (status, answer["id"]) == (200, self.ids[name])

    @precondition(lambda self: self.oracle.calls)
    @rule(number=NUMBERS)
    def delivers_other_words(self, number: int) -> None:
        name, call = self._any(number)
        other = self.metadata[name] | {"direction": "outbound"}
        status, answer = self._post(other, None, key=f"other-{next(self.numbers)}")
        assert status == (410 if call.is_gone else 409), answer

    @precondition(lambda self: self.oracle.here)
    @rule(number=NUMBERS, is_other=st.booleans())
    def sends_audio(self, number: int, is_other: bool) -> None:  # noqa: FBT001
        name, call = self._any(number, here=True)
        sound = self._sound(name) if not is_other else CLIP + b"\0"
        url = f"/api/v1/recordings/{self.ids[name]}/audio"
        answer = Client().put(url, sound, "audio/ogg", headers=self.token)
        if call.audio is None and not is_other:
            assert answer.status_code == 200, answer.content
            call.audio = sound
        elif call.audio is not None:
            assert answer.status_code == (409 if sound != call.audio else 200), answer.content
        elif answer.status_code == 200:
            call.audio = sound

    # --- holds

    @precondition(lambda self: self.oracle.calls)
    @rule(numbers=st.lists(NUMBERS, min_size=1, max_size=3))
    def holds_some(self, numbers: list[int]) -> None:
        names = sorted({self._any(number)[0] for number in numbers})
        ids = [UUID(self.ids[name]) for name in names]
        gone = [name for name in names if self.oracle.calls[name].is_gone]
        asked = {"matter": "A", "reason": "Counsel asked.", "recording_ids": ids, "actor": self.officers[0]}
        if gone:
            with pytest.raises(RecordingsUnavailable) as refused:
                place_hold(**asked)
            assert len(refused.value.fields) == len(gone)
            assert all("was destroyed on" in told["detail"] for told in refused.value.fields)
        else:
            self._placed(place_hold(**asked), names)

    @rule()
    def holds_all_that_come(self) -> None:
        hold = place_hold(matter="B", reason="Counsel asked.", query={"source": "austin"}, actor=self.officers[0])
        self.oracle.standing.add(len(self.placed))
        self._placed(hold, [name for name in self.oracle.here if _source(name) == "austin"])

    @precondition(lambda self: any(self.oracle.holds.values()))
    @rule(number=NUMBERS)
    def releases(self, number: int) -> None:
        standing = [each for each, in_force_ in self.oracle.holds.items() if in_force_]
        chosen = standing[number % len(standing)]
        release_hold(hold_id=self.placed[chosen].pk, reason="It is settled.", actor=self.officers[1])
        self.oracle.releases(chosen)

    @precondition(lambda self: any(call.holds for call in self.oracle.here.values()))
    @rule(number=NUMBERS, what=st.sampled_from(["recordings_recording", "recordings_recordingkey"]))
    def somebody_deletes_past_all_services(self, number: int, what: str) -> None:
        held = [name for name, call in self.oracle.here.items() if call.holds]
        pk = self.ids[held[number % len(held)]]
        column = "id" if what == "recordings_recording" else "recording_id"
        with pytest.raises(DatabaseError), transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute(f"DELETE FROM {what} WHERE {column} = %s", [pk])  # noqa: S608  names of ours

    # --- time, policy, people

    @rule(wait=WAITS)
    def waits(self, wait: timedelta) -> None:
        self.oracle.at += wait

    @rule(wait=WAITS)
    def time_passes_as_it_should(self, wait: timedelta) -> None:
        self.oracle.at += wait
        self.the_beat_rings()

    @rule(days=st.integers(5, 200))
    def keeps_for_so_long(self, days: int) -> None:
        """Of what is here nothing comes earlier by it, and what comes later leaves the list."""
        self._publish(days)

    @precondition(lambda self: any(call.listed_at for call in self.oracle.here.values()))
    @rule(number=NUMBERS, wait=WAITS, ends=st.booleans())
    def somebody_objects(self, number: int, wait: timedelta, ends: bool) -> None:  # noqa: FBT001
        pk, call = self._listed(number)
        call.objected_until = None if ends else self.oracle.at + wait
        if ends:
            end_objection(recording_id=pk, actor=self.officers[0])
        else:
            until = self.oracle.at + wait
            object_to_disposition(recording_id=pk, reason="Asked for.", until=until, actor=self.officers[0])

    # --- the beat, and what can befall it

    @rule()
    def the_beat_rings(self) -> None:
        self._ring()
        self.oracle.rings()
        assert self._problems() == []

    @rule(seam=SEAMS)
    def the_beat_dies(self, seam: int) -> None:
        """Whatever was done is whole, and the next ring does the rest."""
        killed = killed_at(lambda tell: self._ring(), seam)
        self.seen["killed"] += killed.killed_before is not None
        before = set(self.oracle.here)
        self.oracle.rings()
        stays = set(self.oracle.here)
        found = set(Recording.objects.values_list("external_id", flat=True))
        assert stays <= found <= before, "destroyed, and nobody said that it may be"
        self._ring()

    @rule(nth=st.integers(1, 4))
    def the_store_fails_while_the_beat_rings(self, nth: int) -> None:
        there = store()
        assert isinstance(there, FileStore)
        with failing_call(there.root, errno.EIO, nth, for_good=True), contextlib.suppress(DispositionStopped):
            self._ring()
        self.oracle.rings()
        self._ring(later=LATER)

    @rule(what=st.sampled_from(["restart", "sweep", "token"]))
    def somebody_keeps_house(self, what: str) -> None:
        if what == "restart":
            connections.close_all()
            store.cache_clear()
        elif what == "sweep":
            swept(timezone.now() + LATER)
        else:
            old = self.token
            revoke_tokens(name=self.token_name, actor=CALLWARD)
            assert self._post(self._metadata("nobody", 3), "nobody", token=old)[0] == 401
            self.token = self._token()

    # --- what must be true after each move

    @invariant()
    def rows_are_what_the_oracle_says(self) -> None:
        if not hasattr(self, "oracle"):
            return
        rows = {row.external_id: row for row in Recording.objects.all()}
        assert set(rows) == set(self.oracle.here)
        for name, call in self.oracle.here.items():
            row = rows[name]
            told = (row.hold_count, row.delete_by, row.listed_at is not None, row.object_key is not None)
            assert told == (len(call.holds), call.delete_by, call.listed_at is not None, call.audio is not None), name
        gone = {self.ids[name] for name, call in self.oracle.calls.items() if call.is_gone}
        assert {str(pk) for pk in Certificate.objects.values_list("recording_id", flat=True)} == gone

    @precondition(lambda self: self.oracle.calls)
    @rule(number=NUMBERS)
    def somebody_listens(self, number: int) -> None:
        name, call = self._any(number)
        url = f"/api/v1/recordings/{self.ids[name]}/audio?purpose=quality_assurance"
        answer = Client().get(url, headers=self.token)
        if call.is_gone:
            assert answer.status_code == 410
        elif call.audio is None:
            assert answer.status_code == 409
        else:
            assert b"".join(answer.streaming_content) == call.audio

    # --- how it is done

    def _token(self) -> dict[str, str]:
        self.token_name = f"Exchange {next(self.numbers)}"
        until = timezone.now() + timedelta(days=1)
        secret = issue_token(
            name=self.token_name, scopes=tuple(Scope), sources=(), lines=(), expires_at=until, actor=CALLWARD
        )
        return {"Authorization": f"Bearer {secret}"}

    def _metadata(self, name: str, age: int) -> dict[str, object]:
        started = (timezone.now() - timedelta(days=age)).replace(microsecond=0)
        return {
            "source": _source(name),
            "external_id": name,
            "started_at": started.isoformat(),
            "duration_s": 20,
            "direction": "inbound",
            "line_of_business": "home-cover",
            "purposes": ["quality_assurance"],
            "parties": [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "jurisdiction": "US-TX"}],
        }

    def _sound(self, name: str) -> bytes:
        return CLIP

    def _send(self, name: str, age: int, *, with_audio: bool):
        self.metadata[name] = self._metadata(name, age)
        return self._post(self.metadata[name], name if with_audio else None)

    def _post(self, metadata, name, *, key="", token=None):
        headers = (token or self.token) | {"Idempotency-Key": key or str(metadata["external_id"])}
        if name is None:
            answer = Client().post("/api/v1/recordings/", metadata, "application/json", headers=headers)
        else:
            audio = SimpleUploadedFile("call.opus", self._sound(name), "audio/ogg")
            sent = {"metadata": json.dumps(metadata), "audio": audio}
            answer = Client().post("/api/v1/recordings/", sent, headers=headers)
        return answer.status_code, answer.json()

    def _took(self, name, answer, *, with_audio):
        self.ids[name] = answer["id"]
        ended_at = Recording.objects.get(pk=answer["id"]).ended_at
        sound = self._sound(name) if with_audio else None
        self.oracle.takes_in(name, ended_at, sound, may_be_held=_source(name) == "austin")

    def _any(self, number, *, here=False):
        calls = self.oracle.here if here else self.oracle.calls
        name = sorted(calls)[number % len(calls)]
        return name, calls[name]

    def _listed(self, number):
        listed = sorted(name for name, call in self.oracle.here.items() if call.listed_at)
        name = listed[number % len(listed)]
        return UUID(self.ids[name]), self.oracle.calls[name]

    def _placed(self, hold, names):
        self.placed.append(hold)
        self.oracle.holds_these(len(self.placed) - 1, names)

    def _publish(self, days):
        in_force(self.line, *self.officers, document(f"P{days}D"))
        redate_for(seconds=60, lag=NO_LAG)
        self.oracle.days = days
        self.oracle.redates()

    def _ring(self, *, later=timedelta()):
        at = self.oracle.at
        while list_due(at=at):
            pass
        while purge_batch(at=at, limit=2):
            pass
        while object_removals(at=at + later):
            pass

    def _problems(self):
        """As of the time of the story, in which nothing was forgotten by the beat."""
        return [found for found in reconcile(at=self.oracle.at) if found.kind not in UNTIL_THE_BEAT_RINGS]

    def _comes_to_rest(self) -> None:
        """After everything: let the beat ring, remove what is to be removed, and look at all of it."""
        self._ring(later=timedelta(days=1))
        self.oracle.rings()
        swept(timezone.now() + LATER)
        assert [found for found in reconcile(at=timezone.now()) if found.kind not in UNTIL_THE_BEAT_RINGS] == []
        assert not ObjectRemoval.objects.filter(absent_at=None).exists()
        there = set(store().object_keys(older_than=(timezone.now() + LATER).timestamp()))
        assert there == set(Recording.objects.exclude(object_key=None).values_list("object_key", flat=True))
        for row in Recording.objects.exclude(object_key=None):
            assert b"".join(read_range(row)) == self.oracle.calls[row.external_id].audio
        told = Event.objects.filter(verb="recording.disposed").values_list("subject_id", flat=True)
        assert len(told) == len(set(told)) == sum(call.is_gone for call in self.oracle.calls.values())
        self.seen["destroyed"] += len(told)
        self.seen["kept"] += len(self.oracle.here)
        self.seen["held"] += sum(bool(call.holds) for call in self.oracle.here.values())


GENERATE = [Phase.generate]  # making a story of kills and commits smaller takes longer than reading it


def _source(name: str) -> str:
    """Two phone systems take turns."""
    return ("austin", "boston")[int(name.rpartition("-")[2]) % 2] if name.startswith("call-") else "austin"


SHORT = {"max_examples": 5, "stateful_step_count": 20, "derandomize": True, "phases": GENERATE}
LONG = {"max_examples": 200, "stateful_step_count": 50, "derandomize": False, "print_blob": True, "phases": GENERATE}


@pytest.mark.parametrize(
    "profile",
    [pytest.param(SHORT, id="short", marks=pytest.mark.long), pytest.param(LONG, id="long", marks=pytest.mark.long)],
)
def test_whatever_happens_in_whatever_order_the_oracle_is_right(profile):
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    usual = {"deadline": None, "suppress_health_check": quiet, "report_multiple_bugs": False}
    Life.seen.clear()
    run_state_machine_as_test(Life, settings=settings(**profile, **usual))
    assert {"destroyed", "kept", "held", "killed"} <= {what for what, count in Life.seen.items() if count}, Life.seen
    print(dict(Life.seen))  # noqa: T201
