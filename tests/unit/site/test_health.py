import io
import json
import re

import pytest
from django.core.management import call_command
from django.urls import reverse

from compliance_site import heartbeats
from compliance_site.celery import app
from compliance_site.health import PARTS, queue_depth


@pytest.fixture
def alive(db):
    heartbeats.note(heartbeats.WORKER)
    heartbeats.note(heartbeats.BEAT)
    yield
    heartbeats.forget()


def test_alive_is_said_without_asking_anything_else(client):
    answer = client.get(reverse("healthz"))
    assert (answer.status_code, answer.content) == (200, b"alive\n")


def test_ready_when_every_part_answers(client, alive):
    answer = client.get(reverse("readyz"))
    assert answer.status_code == 200
    assert set(answer.json()["parts"]) == set(PARTS)


@pytest.mark.parametrize("part", ["worker", "beat"])
def test_not_ready_names_the_part_that_has_not_shown_itself(client, alive, part):
    heartbeats.forget()
    heartbeats.note("beat" if part == "worker" else "worker")
    answer = client.get(reverse("readyz"))
    failing = [name for name, found in answer.json()["parts"].items() if not found["ok"]]
    assert (answer.status_code, failing) == (503, [part])


def test_not_ready_when_the_audio_store_cannot_be_written(client, alive, settings):
    settings.STORAGE_URL = "file:///proc/callward"
    answer = client.get(reverse("readyz"))
    assert answer.status_code == 503
    assert "cannot be written" in answer.json()["parts"]["storage"]["detail"]


def test_not_ready_when_the_keyset_cannot_be_used_and_no_word_of_it_is_told(client, alive, settings):
    from recordings import keys

    keys.keyset.cache_clear()
    settings.KEYSET = '{"encryption": "not-a-secret-but-looks-like-one"}'
    answer = client.get(reverse("readyz"))
    keys.keyset.cache_clear()
    assert answer.json()["parts"]["keys"] == {"ok": False, "detail": "the keyset cannot be used"}
    assert b"not-a-secret" not in answer.content


def test_the_figures_are_for_this_machine_alone(client, alive):
    assert client.get(reverse("metrics")).status_code == 200
    assert client.get(reverse("metrics"), REMOTE_ADDR="192.0.2.1").status_code == 404
    assert client.get(reverse("metrics"), headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404


def test_with_a_token_the_figures_are_for_whoever_shows_it(client, alive, settings):
    settings.METRICS_TOKEN = "scrape-me"
    assert client.get(reverse("metrics")).status_code == 404
    answer = client.get(reverse("metrics"), headers={"Authorization": "Bearer scrape-me"}, REMOTE_ADDR="192.0.2.1")
    assert answer.status_code == 200


def test_the_figures_name_states_and_ages(client, alive):
    text = client.get(reverse("metrics")).content.decode()
    assert 'callward_recordings{state="quarantined"} 0.0' in text
    assert re.search(r"^callward_beat_heartbeat_age_seconds \d", text, re.MULTILINE)
    assert text.count("# TYPE callward_") >= 12


def test_the_doctor_finds_a_well_machine_well(alive):
    out = io.StringIO()
    call_command("doctor", "--json", stdout=out)
    assert json.loads(out.getvalue())["well"]


def test_the_doctor_ends_with_an_error_where_something_is_wrong(db):
    heartbeats.forget()
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=out)
    assert ended.value.code == 1
    assert re.search(r"^WRONG  worker +worker has not shown itself yet$", out.getvalue(), re.MULTILINE)


def test_the_queue_is_as_deep_as_messages_wait(client, alive):
    before = queue_depth()
    app.send_task("compliance_site.tasks.note_beat", expires=60)
    app.send_task("compliance_site.tasks.note_beat", expires=60)
    assert queue_depth() == before + 2
    text = client.get(reverse("metrics")).content.decode()
    assert f"callward_queue_depth {before + 2}.0" in text


def test_a_broker_that_does_not_answer_has_no_depth(client, alive, monkeypatch):
    monkeypatch.setattr(app.conf, "broker_url", "redis+socket:///nowhere/valkey.sock")
    assert queue_depth() is None
    assert "callward_queue_depth NaN" in client.get(reverse("metrics")).content.decode()


def test_people_read_the_queue_and_the_last_purge_on_today_and_on_the_system_page(client, alive, officer):
    client.force_login(officer)
    for page in (reverse("today"), reverse("system")):
        text = client.get(page).content.decode()
        assert "<dt>Queue</dt>" in text, page
        assert "destroyed" in text, page
