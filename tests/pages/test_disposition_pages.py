"""Disposition, holds and certificates as pages: what each shows to whom, and what its forms do."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from recordings.models import Certificate, LegalHold, Recording
from recordings.services.disposition import purge_batch
from recordings.services.holds import place_hold
from recordings.services.removals import object_removals
from tests.factories import RecordingFactory, UserFactory


@pytest.fixture
def as_officer(client, officer):
    client.force_login(officer)
    return client


@pytest.fixture
def gone(line):
    call = RecordingFactory(expired=True, line_of_business=line)
    purge_batch(at=timezone.now())
    return call


def _text(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_the_page_shows_what_leaves_and_what_is_late(as_officer, line):
    RecordingFactory(listed=True, line_of_business=line)
    RecordingFactory(expired=True, needs_approval=True, line_of_business=line)
    page = _text(as_officer.get(reverse("recordings:disposition")))
    assert "Approve 1 to be destroyed" in page
    assert page.count('name="chosen"') == 2
    assert "1 late" in page
    assert "What leaves in the next 13 weeks" in page


@pytest.mark.parametrize(
    "query", ["show=late", "show=approve", "show=objected", "show=nonsense", "day=2026-12-01", "day=x", "cursor=x"]
)
def test_every_view_of_the_list_opens(as_officer, line, query):
    RecordingFactory(expired=True, line_of_business=line)
    _text(as_officer.get(f"{reverse('recordings:disposition')}?{query}"))


def test_a_day_of_the_calendar_lists_what_leaves_on_it(as_officer, line):
    call = RecordingFactory(line_of_business=line)
    day = call.delete_by.astimezone(ZoneInfo(call.zone)).date()  # whatever the hour in UTC
    url = f"{reverse('recordings:disposition')}?day={day.isoformat()}"
    assert str(call.pk) in _text(as_officer.get(url))


def test_an_objection_is_noted_and_undone(as_officer, line):
    call = RecordingFactory(listed=True, line_of_business=line)
    sent = {"chosen": [str(call.pk)], "reason": "A dispute is open.", "days": "30"}
    answer = as_officer.post(reverse("recordings:object"), sent, follow=True)
    assert "Objection noted. 1 stays" in _text(answer)
    call.refresh_from_db()
    assert call.objected_until > timezone.now() + timedelta(days=29)
    assert "Objection" in _text(as_officer.get(reverse("recordings:disposition") + "?show=objected"))
    as_officer.post(f"{reverse('recordings:end-objection')}?id={call.pk}")
    call.refresh_from_db()
    assert call.objected_until is None


def test_an_objection_without_a_reason_or_a_choice_says_what_to_mend(as_officer, line):
    call = RecordingFactory(listed=True, line_of_business=line)
    page = _text(as_officer.post(reverse("recordings:object"), {"reason": "no", "days": "30"}), 422)
    assert "Choose the recordings that should stay." in page
    assert "in ten letters or more" in page
    call.refresh_from_db()
    assert call.objected_until is None


def test_what_is_approved_is_the_number_that_was_typed(as_officer, line):
    RecordingFactory.create_batch(2, listed=True, needs_approval=True, line_of_business=line)
    url = reverse("recordings:approve")
    assert "Approve 2 recordings" in _text(as_officer.get(url))
    assert "2 stand there now" in _text(as_officer.post(url, {"confirmed": "3"}), 409)
    assert "Write the number in digits" in _text(as_officer.post(url, {"confirmed": "two"}), 422)
    done = as_officer.post(url, {"confirmed": "2"}, follow=True)
    assert "2 approved." in _text(done)
    assert Recording.objects.filter(approved_at__isnull=False).count() == 2
    moment = Recording.objects.first().approved_at
    as_officer.post(reverse("recordings:withdraw-approval") + f"?at={moment.isoformat().replace('+', '%2B')}")
    assert not Recording.objects.filter(approved_at__isnull=False).exists()


def test_a_certificate_verifies_on_its_page_and_as_a_file(as_officer, gone):
    page = _text(as_officer.get(reverse("recordings:certificate", args=[gone.pk])))
    assert "Verified a moment ago" in page
    assert "still to come" in page
    object_removals(at=timezone.now())
    assert "found it gone" in _text(as_officer.get(reverse("recordings:certificate", args=[gone.pk])))
    file = as_officer.get(reverse("recordings:certificate-file", args=[gone.pk]))
    assert file["Content-Disposition"].startswith("attachment")
    assert file.json()["recording_id"] == str(gone.pk)
    assert str(gone.pk) in _text(as_officer.get(reverse("recordings:certificates")))


def test_a_hold_is_placed_and_released_by_another(as_officer, second_officer, line):
    call = RecordingFactory(line_of_business=line)
    url = reverse("recordings:holds")
    assert str(call.pk) in _text(as_officer.get(f"{url}?recording={call.pk}"))
    sent = {"matter": "Doyle v. Harbor", "reason": "Letter of 3 November.", "recordings": str(call.pk), "number": ""}
    assert "Hold placed. It keeps 1 recording now." in _text(as_officer.post(url, sent, follow=True))
    hold = reverse("recordings:hold", args=[LegalHold.objects.get().pk])
    assert "A second person has to release it" in _text(as_officer.get(hold))
    release = reverse("recordings:hold-release", args=[LegalHold.objects.get().pk])
    sent = {"reason": "Settled on 5 November.", "preview": "0" * 64}
    assert "Ask another officer" in _text(as_officer.post(release, sent), 403)
    as_officer.force_login(second_officer)
    assert "You are the second person" in _text(as_officer.get(hold))
    shown = as_officer.get(release)
    assert "1 recording goes back to its schedule" in _text(shown)
    assert "has changed since you looked" in _text(as_officer.post(release, sent), 409)
    sent["preview"] = shown.context["shown"].digest
    assert "Hold released." in _text(as_officer.post(release, sent, follow=True))
    call.refresh_from_db()
    assert call.hold_count == 0


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"matter": "", "reason": "Letter of 3 November.", "recordings": "", "number": ""}, "Name the matter"),
        ({"matter": "A", "reason": "no", "recordings": "", "number": ""}, "Say which request"),
        ({"matter": "A", "reason": "Letter of 3 November.", "recordings": "", "number": ""}, "Name a call here"),
        (
            {"matter": "A", "reason": "Letter of 3 November.", "recordings": "x", "number": ""},
            "Write ids of calls only",
        ),
    ],
)
def test_a_hold_that_cannot_be_placed_says_what_to_mend(as_officer, sent, said):
    assert said in _text(as_officer.post(reverse("recordings:holds"), sent), 422)
    assert not LegalHold.objects.exists()


def test_a_hold_on_what_is_gone_or_foreign_says_so(as_officer, gone, other_line):
    foreign = RecordingFactory(line_of_business=other_line)
    sent = {"matter": "A", "reason": "Letter of 3 November.", "recordings": f"{gone.pk}\n{foreign.pk}", "number": ""}
    page = _text(as_officer.post(reverse("recordings:holds"), sent), 409)
    assert "was destroyed on" in page
    assert f"{foreign.pk} is not here." in page


@pytest.mark.parametrize("name", ["disposition", "certificates", "holds"])
def test_a_reviewer_finds_none_of_these_pages(client, reviewer, name):
    client.force_login(reviewer)
    assert client.get(reverse(f"recordings:{name}")).status_code == 404


def test_another_lines_person_gets_404_where_there_is_something_to_see(client, officer, stranger, gone, line):
    hold = place_hold(matter="A", reason="b", recording_ids=[RecordingFactory(line_of_business=line).pk], actor=officer)
    urls = [
        reverse("recordings:certificate", args=[gone.pk]),
        reverse("recordings:certificate-file", args=[gone.pk]),
        reverse("recordings:hold", args=[hold.pk]),
    ]
    for person, status in ((officer, 200), (stranger, 404)):
        client.force_login(person)
        assert [client.get(url).status_code for url in urls] == [status] * 3
    assert Certificate.objects.exists()


def test_an_auditor_reads_and_changes_nothing(client, auditor, line):
    call = RecordingFactory(listed=True, line_of_business=line)
    client.force_login(auditor)
    page = _text(client.get(reverse("recordings:disposition")))
    assert "Object to the chosen" not in page
    sent = {"chosen": [str(call.pk)], "reason": "A dispute is open.", "days": "30"}
    assert client.post(reverse("recordings:object"), sent).status_code == 404
    assert client.get(reverse("recordings:approve")).status_code == 404


def test_the_player_of_a_page_hears_the_audio_by_range(as_officer, line):
    call = RecordingFactory(line_of_business=line)
    url = reverse("recordings:audio", args=[call.pk]) + "?purpose=quality_assurance"
    answer = as_officer.get(url, headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer["Content-Length"]) == (206, "10")
    assert answer["Cache-Control"] == "private, no-store"
    assert as_officer.get(url, headers={"Range": "bytes=999999-"}).status_code == 416


@pytest.mark.parametrize("name", ["disposition", "certificates", "holds"])
def test_a_page_costs_the_same_however_much_it_shows(as_officer, officer, line, name, django_assert_max_num_queries):
    url = reverse(f"recordings:{name}")
    costs = []
    for _ in range(2):
        for _ in range(3):
            held = RecordingFactory(line_of_business=line)
            place_hold(matter="A", reason="b", recording_ids=[held.pk], actor=officer)
            RecordingFactory(expired=True, line_of_business=line)
        purge_batch(at=timezone.now())
        RecordingFactory.create_batch(3, listed=True, line_of_business=line)
        as_officer.get(url)
        with django_assert_max_num_queries(60) as counted:
            as_officer.get(url)
        costs.append(len(counted.captured_queries))
    assert costs[0] == costs[1]


def test_the_admin_is_no_way_round_a_hold(client, officer, line):
    held = RecordingFactory(expired=True, line_of_business=line)
    place_hold(matter="A", reason="b", recording_ids=[held.pk], actor=officer)
    root = UserFactory(role=Role.SUPERVISOR, is_staff=True, is_superuser=True, all_lines=True)
    client.force_login(root)
    delete = reverse("admin:recordings_recording_delete", args=[held.pk])
    assert client.post(delete, {"post": "yes"}).status_code in {403, 404}
    chosen = {"action": "delete_selected", "_selected_action": [str(held.pk)], "post": "yes"}
    client.post(reverse("admin:recordings_recording_changelist"), chosen)
    assert Recording.objects.get(pk=held.pk).hold_count == 1
