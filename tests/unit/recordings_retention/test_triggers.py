"""What a period counts from is told: dates are counted anew with their reason, and none comes earlier by itself."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.domain.errors import NotAllowed
from recordings.domain.errors import TriggerContradicts, TriggerNotFound, TriggerRefused
from recordings.domain.triggers import KINDS, WORDS, counts_from, minimum_is_open, waits_for
from recordings.models import Recording, RetentionChange, RetentionTrigger, ShorteningJob, TriggerEffect
from recordings.services.dates import given_dates
from recordings.services.erasing import judge
from recordings.services.holds import place_hold
from recordings.services.retention.triggers import count_due, find_trigger, tell_of_matching, tell_trigger
from recordings.services.shortening import approve_shortening, shorten_batch, shorten_due
from tests.factories import RecordingFactory
from tests.unit.recordings_retention.stage import (
    AT_MOST_A_YEAR,
    AT_MOST_SIXTY,
    COMPLAINT,
    CONTRACT,
    KEEP_AFTER_CONTRACT,
    dates,
    kept,
    limit,
)
from trail.models import Event

pytestmark = pytest.mark.django_db


def told(recording, officer, happened_at, kind=CONTRACT, **options):
    return tell_trigger(recording=recording, kind=kind, happened_at=happened_at, actor=officer, **options)


def test_every_trigger_has_its_words():
    assert set(WORDS) == set(KINDS)


def test_a_minimum_counts_from_the_contracts_end_once_that_is_told(line, officer):
    recording = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR)
    before = dates(recording)
    assert waits_for(given_dates([recording])[recording.pk].explanation) == [CONTRACT]
    ended = timezone.now() - timedelta(days=2)
    counted = told(recording, officer, ended)
    after, zone = dates(recording), ZoneInfo(recording.zone)
    assert counted.outcome == "later"
    days = ended.astimezone(zone).date() - recording.ended_at.astimezone(zone).date()
    assert after[0] - before[0] in {days + timedelta(hours=hours) for hours in (-1, 0, 1)}  # summer time may end
    assert after[1] == before[1]
    [change] = RetentionChange.objects.of(recording.pk)
    assert (change.cause, change.keep_until_before) == ("trigger", before[0])
    [minimum] = [each for each in change.explanation if each["kind"] == "minimum"]
    assert minimum["counted_from"]
    assert minimum["standing"] == "decides"


def test_once_all_is_known_no_leave_is_needed_any_more_and_an_erasure_is_not_in_the_way(line, officer):
    recording = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR, days_ago=200)
    explained = given_dates([recording])[recording.pk].explanation
    assert recording.needs_approval
    assert minimum_is_open(explained)
    assert judge(recording, explained, timezone.now())[0] == "open"
    told(recording, officer, timezone.now() - timedelta(days=150))
    recording.refresh_from_db()
    explained = given_dates([recording])[recording.pk].explanation
    assert recording.needs_approval is False
    assert counts_from(explained) == [CONTRACT]
    assert not minimum_is_open(explained)
    assert judge(recording, explained, timezone.now())[0] == "destroyed"


def test_the_same_told_again_changes_nothing(line, officer):
    recording = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR)
    at = timezone.now() - timedelta(days=2)
    first, second = told(recording, officer, at), told(recording, officer, at)
    assert first.trigger == second.trigger
    assert RetentionChange.objects.of(recording.pk).count() == 1
    assert Event.objects.filter(verb="trigger.told").count() == 1


def test_another_moment_is_refused_unless_it_replaces_the_first(line, officer):
    recording = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR)
    first = timezone.now() - timedelta(days=5)
    told(recording, officer, first)
    with pytest.raises(TriggerContradicts):
        told(recording, officer, first + timedelta(days=4))
    told(recording, officer, first + timedelta(days=4), replaces=True)
    history = list(TriggerEffect.objects.of(recording.pk).values_list("outcome", "happened_before"))
    assert history == [("later", None), ("later", first)]


def test_what_would_end_earlier_is_proposed_and_done_by_a_second_person(line, officer, second_officer):
    recording = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR)
    told(recording, officer, timezone.now() - timedelta(days=2))
    before = dates(recording)
    counted = told(recording, officer, timezone.now() - timedelta(days=7), replaces=True)
    assert (counted.outcome, dates(recording)) == ("earlier", before)
    job = ShorteningJob.objects.get(pk=counted.trigger.job_id)
    assert (job.state, job.count, job.proposed_by_id) == ("proposed", 1, officer.actor_id)
    approve_shortening(job, 1, second_officer)
    shorten_due(at=timezone.now())
    after = dates(recording)
    assert before[0] - after[0] in {timedelta(days=5, hours=hours) for hours in (-1, 0, 1)}
    assert after[1] == before[1]


def test_a_hold_that_came_meanwhile_passes_the_shortening_over(line, officer, second_officer):
    recording = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR)
    told(recording, officer, timezone.now() - timedelta(days=2))
    job_id = told(recording, officer, timezone.now() - timedelta(days=7), replaces=True).trigger.job_id
    approve_shortening(ShorteningJob.objects.get(pk=job_id), 1, second_officer)
    place_hold(matter="A", reason="Asked for.", recording_ids=[recording.pk], actor=officer)
    before = dates(recording)
    shorten_batch(job_id, at=timezone.now())
    assert dates(recording) == before


def test_a_trigger_that_was_replaced_before_the_approval_shortens_nothing(line, officer, second_officer):
    recording = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR)
    now = timezone.now()
    told(recording, officer, now - timedelta(days=2))
    job_id = told(recording, officer, now - timedelta(days=7), replaces=True).trigger.job_id
    told(recording, officer, now - timedelta(days=1), replaces=True)
    before = dates(recording)
    approve_shortening(ShorteningJob.objects.get(pk=job_id), 1, second_officer)
    shorten_batch(job_id, at=now)
    assert dates(recording) == before


def test_a_listed_call_whose_minimum_ends_later_leaves_the_list(line, officer):
    recording = kept(line, KEEP_AFTER_CONTRACT, days_ago=88, listed_at=timezone.now(), approved_at=timezone.now())
    told(recording, officer, timezone.now() + timedelta(hours=1))
    recording.refresh_from_db()
    assert recording.delete_by > timezone.now() + timedelta(days=88)
    assert (recording.listed_at, recording.approved_at) == (None, None)


def test_a_trigger_that_makes_rules_contradict_sets_the_call_apart(line, officer):
    keep = limit("minimum", "P50D", rule="XX-KEEP", trigger=CONTRACT)
    recording = kept(line, keep, AT_MOST_SIXTY, days_ago=30)
    assert recording.quarantine_reasons == []
    told(recording, officer, timezone.now())
    recording.refresh_from_db()
    assert recording.quarantine_reasons == ["retention_conflict"]
    assert recording.delete_by >= recording.keep_until > timezone.now() + timedelta(days=49)


def test_what_no_rule_counts_from_is_known_and_changes_no_date(line, officer):
    recording = kept(line, AT_MOST_A_YEAR)
    before = dates(recording)
    assert told(recording, officer, timezone.now(), kind=COMPLAINT).outcome == "same"
    assert dates(recording) == before
    assert set(recording.known_triggers) == {COMPLAINT}


@pytest.mark.parametrize(
    ("kind", "at"),
    [
        ("recording_created", datetime(2026, 1, 1, tzinfo=UTC)),
        ("moon_landing", datetime(2026, 1, 1, tzinfo=UTC)),
        (CONTRACT, datetime(2999, 1, 1, tzinfo=UTC)),
        (CONTRACT, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(line, officer, kind, at):
    recording = kept(line, KEEP_AFTER_CONTRACT)
    with pytest.raises(TriggerRefused):
        told(recording, officer, at, kind=kind)
    assert RetentionTrigger.objects.count() == 0


def test_only_an_officer_or_a_token_tells_it(line, supervisor):
    with pytest.raises(NotAllowed):
        told(kept(line, KEEP_AFTER_CONTRACT), supervisor, timezone.now())


# --- of all that match


def matching(officer, at, **match):
    return tell_of_matching(match=match, kind=CONTRACT, happened_at=at, actor=officer)


def worked():
    while count_due(at=timezone.now(), limit=2):
        pass


def test_all_that_match_are_counted_in_batches_and_others_are_not(line, other_line, officer):
    at = timezone.now() - timedelta(days=2)
    ours = [kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR, agent_id="a-1") for _ in range(5)]
    other = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR, agent_id="a-2")
    foreign = kept(other_line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR, agent_id="a-1")
    told(ours[0], officer, at - timedelta(days=1))
    trigger = matching(officer, at, agent="a-1")
    late = kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR, agent_id="a-1")
    worked()
    trigger.refresh_from_db()
    assert (trigger.state, trigger.matched, trigger.later, trigger.contradicts) == ("done", 5, 4, 1)
    known = Recording.objects.exclude(known_triggers={}).values_list("pk", flat=True)
    assert set(known) == {one.pk for one in ours}
    assert not {other.pk, foreign.pk, late.pk} & set(known)


def test_a_number_is_kept_as_its_digest_alone(line, officer):
    recording = kept(line, KEEP_AFTER_CONTRACT, number="+13125550177")
    RecordingFactory(line_of_business=line)
    trigger = matching(officer, timezone.now(), number="+13125550177")
    worked()
    trigger.refresh_from_db()
    assert "5550177" not in str(trigger.match)
    assert [effect.recording_id for effect in trigger.effects.all()] == [recording.pk]


def test_what_would_end_earlier_stands_on_one_list_for_a_second_person(line, officer, second_officer):
    ours = [kept(line, KEEP_AFTER_CONTRACT, AT_MOST_A_YEAR, agent_id="a-1") for _ in range(3)]
    trigger = matching(officer, timezone.now() - timedelta(days=40), agent="a-1")
    worked()
    trigger.refresh_from_db()
    assert (trigger.earlier, trigger.later) == (3, 0)
    job = ShorteningJob.objects.get(pk=trigger.job_id)
    assert (job.state, job.count) == ("proposed", 3)
    approve_shortening(job, 3, second_officer)
    while shorten_due(at=timezone.now(), limit=2):
        pass
    for one in ours:
        assert dates(one)[0] < timezone.now() + timedelta(days=60)


def test_a_foreign_trigger_looks_like_none(line, officer, stranger):
    trigger = matching(officer, timezone.now(), agent="a-1")
    with pytest.raises(TriggerNotFound):
        find_trigger(trigger.pk, stranger)
    assert find_trigger(trigger.pk, officer) == trigger
