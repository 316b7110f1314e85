"""Kill cycles: uploads and purges in real processes that die of SIGKILL at a random call, 2,000 times.

Each cycle forks a process that delivers a call, or destroys what is due, and kills it before a random statement,
commit or call to the file system; then another goes on where it died. At the end nothing that was acknowledged is
lost or doubled, nothing was destroyed under a hold, each destroyed recording has one certificate, and all invariants
hold. `python bench/bench_kills.py [cycles] [seed]`. PostgreSQL is durable here, and the store syncs every file.
"""

import hashlib
import os
import random
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
HOME = tempfile.mkdtemp(prefix="callward-kills-", dir=os.environ.get("BENCH_DIR"))
os.environ |= {"CALLWARD_HOME": HOME, "DJANGO_SETTINGS_MODULE": "compliance_site.settings.test"}
for name in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL", "KEYSET", "CALLWARD_SERVED"):
    os.environ.pop(name, None)
CYCLES = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
UPLOAD_SEAMS, PURGE_SEAMS = 30, 60  # about as many as each crosses


def main() -> None:
    from compliance_site.private import postgres, valkey
    from compliance_site.private.places import places

    Path(HOME).chmod(0o755)
    database, broker = postgres.start(places()), valkey.start(places())
    try:
        import django

        django.setup()
        from django.core.management import call_command

        from compliance_site.shipping import ship

        call_command("migrate", verbosity=0)
        ship()
        _play()
    finally:
        postgres.stop(database)
        valkey.stop(broker)


def _play() -> None:
    from stack import Results

    from tests.faults.seams import killed_at

    game, rng = Game(), random.Random(SEED)  # noqa: S311  a seed to play it again with
    print(f"{CYCLES} cycles, seed {SEED}", flush=True)
    began = time.monotonic()
    for cycle in range(CYCLES):
        if cycle % 2:
            game.falls_due()
            game.killed += killed_at(game.purge, rng.randint(1, PURGE_SEAMS)).killed_before is not None
            game.purges_on()
        else:
            name = f"delivered-{cycle}"
            outcome = killed_at(lambda tell, name=name: game.deliver(name, tell), rng.randint(1, UPLOAD_SEAMS))
            game.killed += outcome.killed_before is not None
            game.delivers_again(name, told=bool(outcome.told))
        if cycle % 200 == 199:
            print(f"  {cycle + 1}: {game.figures()}", flush=True)
    seconds = time.monotonic() - began
    wrong = game.judged()
    results = Results("kills")
    results.alone("kill cycles", [CYCLES], "")
    results.alone("killed before they ended", [game.killed], "")
    results.alone("seconds", [seconds], "s")
    for what, count in wrong.items():
        results.alone(what, [count], "")
    if any(wrong.values()):
        raise SystemExit(f"seed {SEED}: {wrong}")


class Game:
    """What is told to clients, and what has to be true of it."""

    def __init__(self) -> None:
        from django.utils import timezone

        from accounts.domain.scopes import Scope
        from accounts.models import Role
        from accounts.services import issue_token
        from tests.factories import LineFactory, UserFactory
        from trail.domain.actors import CALLWARD

        self.line = LineFactory(code="bench-line")
        self.officer = UserFactory(username="daniel", role=Role.OFFICER, lines=[self.line])
        until = timezone.now() + timedelta(days=1)
        secret = issue_token(name="Bench", scopes=tuple(Scope), sources=(), lines=(), expires_at=until, actor=CALLWARD)
        self.token = {"Authorization": f"Bearer {secret}"}
        self.acknowledged: dict[str, str] = {}
        self.doomed: set[str] = set()
        self.held: set[str] = set()
        self.killed = 0
        self.deliver("warm", lambda _: None)

    def deliver(self, name: str, tell) -> None:
        import json

        from django.core.files.uploadedfile import SimpleUploadedFile
        from django.test import Client

        from tests.faults.house import CLIP

        metadata = {
            "source": "austin",
            "external_id": name,
            "started_at": "2026-11-24T14:02:00Z",
            "duration_s": 20,
            "direction": "inbound",
            "line_of_business": "bench-line",
            "purposes": ["quality_assurance"],
            "parties": [{"role": "agent", "jurisdiction": "US-TX"}, {"role": "customer", "jurisdiction": "US-TX"}],
        }
        sent = {"metadata": json.dumps(metadata), "audio": SimpleUploadedFile("call.opus", CLIP, "audio/ogg")}
        answer = Client(SERVER_NAME="127.0.0.1").post(
            "/api/v1/recordings/", sent, headers=self.token | {"Idempotency-Key": name}
        )
        tell([answer.status_code, answer.json().get("id", answer.json())])

    def delivers_again(self, name: str, *, told: bool) -> None:
        """The client that heard nothing, or heard and forgot, sends the same again."""
        heard: list = []
        self.deliver(name, heard.append)
        [(status, recording_id)] = heard
        if status not in {200, 201} or (told and status != 200):
            raise SystemExit(f"seed {SEED}: {name} was answered {status} {recording_id}")
        self.acknowledged[name] = recording_id

    def falls_due(self) -> None:
        """Three recordings come to their day; a hold keeps one of them."""
        from recordings.services.holds import place_hold
        from tests.factories import RecordingFactory

        made = RecordingFactory.create_batch(3, expired=True, line_of_business=self.line)
        place_hold(matter="A", reason="Counsel asked.", recording_ids=[made[0].pk], actor=self.officer)
        self.held.add(str(made[0].pk))
        self.doomed |= {str(call.pk) for call in made[1:]}

    def purge(self, tell) -> None:
        from django.utils import timezone

        from recordings.services.disposition import purge_batch
        from recordings.services.removals import object_removals

        at = timezone.now()
        while purge_batch(at=at, limit=2):
            pass
        tell(object_removals(at=timezone.now()))

    def purges_on(self) -> None:
        from django.utils import timezone

        from recordings.services.disposition import purge_batch
        from recordings.services.removals import object_removals

        later = timezone.now() + timedelta(minutes=2)
        while purge_batch(at=later, limit=50):
            pass
        object_removals(at=later)

    def figures(self) -> str:
        told = f"{len(self.acknowledged)} acknowledged, {len(self.doomed)} due, {len(self.held)} held"
        return f"{self.killed} killed, {told}"

    def judged(self) -> dict[str, int]:
        """How often what must never happen did."""
        from collections import Counter

        from django.utils import timezone

        from recordings.models import Certificate, Recording
        from recordings.store import read_range
        from tests.faults.house import CLIP
        from tests.stores import swept
        from trail.invariants import reconcile
        from trail.models import Event

        wanted = hashlib.sha256(CLIP).digest()
        rows = {row.external_id: row for row in Recording.objects.filter(external_id__in=self.acknowledged)}
        whole = {
            name
            for name, row in rows.items()
            if hashlib.sha256(b"".join(read_range(row))).digest() == wanted and str(row.pk) == self.acknowledged[name]
        }
        here = {str(pk) for pk in Recording.objects.values_list("pk", flat=True)}
        certified = Counter(str(pk) for pk in Certificate.objects.values_list("recording_id", flat=True))
        received = Counter(Event.objects.filter(verb="recording.received").values_list("subject_id", flat=True))
        disposed = Counter(Event.objects.filter(verb="recording.disposed").values_list("subject_id", flat=True))
        swept(timezone.now() + timedelta(hours=2))
        return {
            "acknowledged and lost": len(set(self.acknowledged) - whole),
            "delivered and doubled": sum(count > 1 for count in received.values()),
            "destroyed under hold": len(self.held - here) + len(self.held & set(certified)),
            "due and still here": len(self.doomed & here),
            "certified otherwise than once": sum(certified[pk] != 1 or disposed[pk] != 1 for pk in self.doomed),
            "problems of reconciling": len(reconcile(at=timezone.now())),
        }


if __name__ == "__main__":
    main()
