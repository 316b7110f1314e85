"""The intake log, the dead letters and the sources: what happened and why, nothing of what was delivered."""

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from recordings.models import AudioFetch, IntakeDelivery, Recording
from recordings.services.inbound import note_refusal
from recordings.services.sources import configure_source
from recordings.services.working import work_due
from tests.factories import UserFactory
from tests.telephony import sample
from trail.domain.actors import CALLWARD
from trail.models import Event

pytestmark = pytest.mark.django_db

ZOOM = sample("zoom_phone/recording_completed")
PRIVATE = ("6145550123", "Alex", "Rivera", "Xy12Zt", "zmtest")


@pytest.fixture
def taken_in(line):
    """One delivery that became a recording, whose audio cannot be fetched; one that was given up; one refused."""
    configure_source(name="zoom_phone", values=ZOOM.settings | {"line_of_business": line.code}, actor=CALLWARD)
    headers = {name: value for name, value in ZOOM.headers.items() if name != "Content-Type"}
    with time_machine.travel(ZOOM.received_at, tick=False):
        for body in (ZOOM.body, ZOOM.body.replace(b"inbound", b"outboun")):
            Client().post("/api/v1/intake/zoom_phone/", body, content_type="application/json", headers=headers)
        work_due(timezone.now())
    row = IntakeDelivery.objects.get()
    IntakeDelivery.objects.create(
        source=row.source, received_at=timezone.now(), size_bytes=9, replay_digest=b"x", sealed=b"sealed",
        state="dead", attempts=8, reason="The recording it tells of has not been delivered yet.",
    )  # fmt: skip
    AudioFetch.objects.update(state="dead", next_attempt_at=None, reason="The audio's host wants credentials (401).")
    note_refusal(source="zoom_phone", reason="stale_timestamp", at=timezone.now())
    return Recording.objects.get()


PAGES = ("/recordings/intake/", "/recordings/intake/dead/", "/recordings/intake/sources/")


def texts(client, person) -> str:
    client.force_login(person)
    return "\n".join(client.get(page).content.decode() for page in PAGES)


def test_the_pages_say_what_happened_and_nothing_of_what_was_delivered(client, supervisor, taken_in):
    found = texts(client, supervisor)
    for words in ("Taken in", "has not been delivered yet", "wants credentials", "signed too long ago", "zoom_phone"):
        assert words in found
    assert f"/recordings/{taken_in.pk}/" in found
    for word in PRIVATE:
        assert word not in found


def test_who_sees_other_lines_sees_none_of_it(client, stranger, taken_in):
    found = texts(client, stranger)
    assert "Taken in" not in found
    assert "has not been delivered yet" not in found
    assert str(taken_in.pk) not in found


def test_a_supervisor_runs_a_dead_letter_again_and_an_officer_sees_no_button(client, supervisor, officer, taken_in):
    dead = IntakeDelivery.objects.get(state="dead")
    client.force_login(officer)
    assert "Run again" not in client.get(PAGES[1]).content.decode()
    assert client.post(PAGES[1], {"delivery": dead.pk}).status_code == 404
    client.force_login(supervisor)
    assert client.post(PAGES[1], {"delivery": dead.pk}).status_code == 302
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == ("waiting", 0)
    assert Event.objects.about(dead).get().verb == "intake.run_again"


def test_audio_is_fetched_again_and_all_is_run_again(client, supervisor, taken_in):
    client.force_login(supervisor)
    client.post(PAGES[1], {"audio": taken_in.pk})
    assert AudioFetch.objects.get().state == "waiting"
    AudioFetch.objects.update(state="dead", next_attempt_at=None)
    client.post(PAGES[1], {"all": "yes"})
    assert not AudioFetch.objects.filter(state="dead").exists()
    assert not IntakeDelivery.objects.filter(state="dead").exists()


def test_a_dead_letter_of_another_line_is_not_run_by_a_stranger(client, other_line, taken_in):
    client.force_login(UserFactory(role=Role.SUPERVISOR, lines=[other_line]))
    client.post(PAGES[1], {"delivery": IntakeDelivery.objects.get(state="dead").pk, "all": "yes"})
    assert IntakeDelivery.objects.filter(state="dead").count() == 1
    assert AudioFetch.objects.filter(state="dead").count() == 1


@pytest.mark.parametrize(
    "query", ["?state=dead", "?state=nonsense&source=nobody", "?cursor=nonsense", "?source=zoom_phone"]
)
def test_the_log_is_filtered(client, supervisor, taken_in, query):
    client.force_login(supervisor)
    answer = client.get(f"/recordings/intake/{query}")
    assert answer.status_code == 200
    assert ("Taken in" in answer.content.decode()) is (query != "?state=dead")


def test_the_log_asks_the_database_as_often_for_many_as_for_few(
    client, supervisor, taken_in, django_assert_max_num_queries
):
    row = IntakeDelivery.objects.get(state="done")
    for number in range(30):
        IntakeDelivery.objects.create(
            source=row.source, received_at=timezone.now(), size_bytes=9, replay_digest=b"%d" % number, state="done",
            recording_ids=[taken_in.pk],
        )  # fmt: skip
    client.force_login(supervisor)
    client.get(PAGES[0])
    with django_assert_max_num_queries(25):
        client.get(PAGES[0])
