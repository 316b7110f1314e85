"""Pages of runs, brake, pause and early disposals, as people use them; forms without a browser where that is enough."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recordings.models import DispositionPause, DispositionRun, EarlyDisposal, Recording
from recordings.services.disposition import purge_batch
from recordings.services.disposition.runs import tend_runs
from recordings.services.removals import object_removals
from tests.factories import RecordingFactory

pytestmark = pytest.mark.django_db
AT = "/recordings/disposition"
WHY = "The regulator asks for it, letter of today."


def test_an_officer_answers_the_brake_with_its_number_and_takes_the_manifest_away(client, officer, line, settings):
    settings.DISPOSITION_BRAKE = 1
    RecordingFactory.create_batch(2, expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    run = DispositionRun.objects.get()
    page = f"{AT}/runs/{run.pk}/"
    client.force_login(officer)
    assert b"Stopped before 2 recordings went" in client.get(f"{AT}/").content
    assert b"A run of disposition asks" in client.get("/").content
    assert client.post(page, {"confirmed": "3"}).status_code == 409
    assert client.post(page, {"confirmed": "2"}).status_code == 302
    assert purge_batch(at=timezone.now()) == 2
    assert client.get(f"{page}file/").status_code == 404
    object_removals(at=timezone.now())
    tend_runs(timezone.now())
    assert b"Its manifest was verified" in client.get(page).content
    assert client.get(f"{page}file/").json()["content"]["destroyed"]["count"] == 2
    assert client.get(f"{page}paper/file/").content.startswith(b"%PDF")
    assert b"verify" in b"".join(client.get("/recordings/certificates/verify.py/file/"))


def test_who_sees_one_line_of_a_run_sees_its_numbers_alone(client, supervisor, officer, line, other_line):
    RecordingFactory(expired=True, line_of_business=line)
    RecordingFactory.create_batch(3, expired=True, line_of_business=other_line)
    purge_batch(at=timezone.now())
    object_removals(at=timezone.now())
    tend_runs(timezone.now())
    page = f"{AT}/runs/{DispositionRun.objects.get().pk}/"
    client.force_login(officer)
    told = client.get(page)
    assert (told.context["seen"].done, told.context["seen"].is_whole) == (1, False)
    assert b"Collections" not in told.content
    assert client.get(f"{page}file/").status_code == 404


def test_a_supervisor_pauses_destruction_and_an_officer_lets_it_go_on(client, supervisor, officer, line):
    RecordingFactory(expired=True, line_of_business=line)
    client.force_login(supervisor)
    assert client.post(f"{AT}/pause/", {"reason": "no"}).status_code == 422
    client.post(f"{AT}/pause/", {"reason": WHY})
    assert purge_batch(at=timezone.now()) == 0
    assert b"Destruction is paused" in client.get(f"{AT}/").content
    assert client.post(f"{AT}/pause/", {"step": "resume"}).status_code in {403, 404}
    client.force_login(officer)
    client.post(f"{AT}/pause/", {"step": "resume"})
    assert DispositionPause.objects.get().resumed_at is not None


def test_what_is_chosen_on_the_list_is_asked_for_and_a_second_person_lets_it_go(client, supervisor, officer, line):
    call = RecordingFactory(listed=True, line_of_business=line)
    client.force_login(supervisor)
    form = client.post(f"{AT}/early/", {"chosen": [str(call.pk)]})
    assert str(call.pk).encode() in form.content
    asked = client.post(f"{AT}/early/", {"recordings": str(call.pk), "reason": WHY})
    client.force_login(officer)
    assert client.post(asked["Location"], {"confirmed": "2"}).status_code == 409
    assert client.post(asked["Location"], {"confirmed": "1"}).status_code == 302
    assert EarlyDisposal.objects.get().state == "approved"


def test_chosen_recordings_are_kept_through_a_later_day_or_approved(client, officer, line):
    call = RecordingFactory(listed=True, line_of_business=line)
    wanting = RecordingFactory(listed=True, line_of_business=line, needs_approval=True)
    client.force_login(officer)
    day = timezone.localdate() + timedelta(days=40)
    given = {"chosen": [str(call.pk)], "until": day.isoformat(), "extend_reason": WHY}
    assert client.post(f"{AT}/extend/", given | {"until": "2020-01-01"}).status_code == 409
    assert client.post(f"{AT}/extend/", given).status_code == 302
    call.refresh_from_db()
    assert timezone.localdate(call.delete_by) == day + timedelta(days=1)
    client.post(f"{AT}/approve/chosen/", {"chosen": [str(wanting.pk), str(call.pk)]})
    assert Recording.objects.exclude(approved_at=None).get() == wanting


def test_the_page_of_what_would_go_tells_the_numbers_and_changes_nothing(client, officer, line):
    RecordingFactory(expired=True, line_of_business=line)
    RecordingFactory(expired=True, line_of_business=line, needs_approval=True)
    client.force_login(officer)
    told = client.get(f"{AT}/dry-run/")
    assert (told.context["found"].count, dict(told.context["stays"])) == (1, {"Wants a person's approval": 1})
    assert Recording.objects.count() == 2
