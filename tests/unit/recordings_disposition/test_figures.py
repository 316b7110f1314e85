"""What Today tells of calls: who is silent, what cannot leave, and the same day everywhere."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from recordings.models import Recording
from recordings.services.calendar import leaving_between, leaving_by_day
from recordings.services.figures import figures, silent_sources
from tests.factories import LineFactory, RecordingFactory

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _arrived(line, source, *ages):
    for age in ages:
        call = RecordingFactory(line_of_business=line, source=source)
        Recording.objects.filter(pk=call.pk).update(created_at=timezone.now() - age)


def test_a_source_is_silent_that_delivered_in_seven_days_and_not_for_one(officer, stranger, line, other_line):
    _arrived(line, "austin", HOUR, 3 * DAY)
    _arrived(line, "boston", 25 * HOUR, 26 * HOUR)
    _arrived(line, "chicago", 8 * DAY)
    _arrived(line, "dover", 23 * HOUR)
    _arrived(line, "elgin", 6 * DAY)
    _arrived(other_line, "fargo", 2 * DAY)
    assert [one.source for one in silent_sources(officer, timezone.now())] == ["elgin", "boston"]
    assert [one.source for one in silent_sources(stranger, timezone.now())] == ["fargo"]


def test_silence_is_one_query_however_many_sources(officer, line, django_assert_num_queries):
    officer.all_lines = True
    for number in range(5):
        _arrived(line, f"source-{number}", 2 * DAY)
    with django_assert_num_queries(1):
        assert len(silent_sources(officer, timezone.now())) == 5


def test_today_names_the_silent_source(client, officer, line):
    _arrived(line, "boston", 30 * HOUR)
    client.force_login(officer)
    assert "Nothing arrives from boston" in client.get("/").content.decode()


def test_today_links_to_what_cannot_leave(client, officer, line):
    held = RecordingFactory(expired=True, line_of_business=line, held=True, number="+13125550111")
    torn = RecordingFactory(
        line_of_business=line, state="quarantined", quarantine_reasons=["retention_conflict"], number="+13125550112"
    )
    waits = RecordingFactory(expired=True, line_of_business=line, needs_approval=True, number="+13125550113")
    RecordingFactory(line_of_business=line, held=True)
    told = figures(officer, timezone.now())
    assert (told.held_past, told.in_conflict, told.to_approve) == (1, 1, 1)
    client.force_login(officer)
    page = client.get("/").content.decode()
    for show, call in (("held", held), ("conflict", torn), ("approve", waits)):
        address = f"{reverse('recordings:disposition')}?show={show}"
        assert address in page
        assert [each.row.recording.pk for each in client.get(address).context["leaving"]] == [call.pk]


def _ends(day, zone="America/New_York", **given):
    """Listed; its last day is `day`, which in New York ends at 05:00 UTC of the next, in winter."""
    hours = {"America/New_York": 5, "Asia/Tokyo": -9}[zone]
    delete_by = datetime.combine(day, datetime.min.time(), UTC) + DAY + timedelta(hours=hours)
    long_ago = delete_by - timedelta(days=90)
    return RecordingFactory(
        started_at=long_ago - HOUR,
        keep_until=long_ago,
        delete_by=delete_by,
        zone=zone,
        listed_at=timezone.now() - DAY,
        **given,
    )


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_today_the_list_and_the_calendar_tell_the_same_last_day(client, officer, zone, time_machine):
    time_machine.move_to(datetime(2026, 11, 24, 15, tzinfo=UTC))
    line = LineFactory(zone=zone)
    officer.lines.add(line)
    call = _ends(date(2026, 11, 26), zone, line_of_business=line)
    client.force_login(officer)
    assert "1 recording leaves after 26 Nov 2026" in client.get("/").content.decode()
    listed = client.get(reverse("recordings:disposition"))
    assert listed.context["leaving"][0].row.delete_by.text == "26 Nov 2026"
    assert "Leaves after" in listed.content.decode()
    counted = {day.on: day.count for week in leaving_by_day(officer, timezone.now()) for day in week if day.count}
    assert counted == {date(2026, 11, 26): 1}
    of_day = client.get(reverse("recordings:disposition"), {"day": "2026-11-26"})
    assert [each.row.recording.pk for each in of_day.context["leaving"]] == [call.pk]
    assert "Leaving after 26 November 2026" in of_day.content.decode()
    assert not client.get(reverse("recordings:disposition"), {"day": "2026-11-27"}).context["leaving"]


def test_the_days_beside_the_calendars_end_are_no_days_of_it(client, officer, line):
    client.force_login(officer)
    for day in ("0001-01-01", "9999-12-31", "9999-12-30"):
        assert client.get(reverse("recordings:disposition"), {"day": day}).status_code == 200


def test_a_moment_within_a_day_counts_on_that_day(line):
    within = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
    RecordingFactory(keep_until=within, delete_by=within, line_of_business=line)
    rows = Recording.objects.all()
    assert leaving_between(rows, date(2026, 11, 26), date(2026, 11, 27)).count() == 1
    assert leaving_between(rows, date(2026, 11, 27), date(2026, 11, 28)).count() == 0
