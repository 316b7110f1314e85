"""The demo told over HTTP to a running Callward: what is there afterwards, and that it is told once."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import LineOfBusiness, User
from audits.models import Assignment, Finding, Review, Sample
from compliance_site.demo import company, people, policies, simulator, story
from compliance_site.demo.calls import calls
from compliance_site.demo.phone import PhoneSystem
from policies.models import PolicyVersion
from recordings.models import (
    AudioProfile,
    CallEvent,
    CallList,
    EarlyDisposal,
    HoldMember,
    ImportRun,
    IntakeDelivery,
    LegalHold,
    Party,
    PersonRequest,
    Recording,
)
from recordings.services.probe import probe_due
from tests.factories import UserFactory
from trail.models import Event

SMALL = 12
pytestmark = pytest.mark.django_db(transaction=True)


def tell(live_server, **options: object) -> dict[str, object]:
    said = io.StringIO()
    call_command("demo", base_url=live_server.url, calls=SMALL, json=True, stdout=said, stderr=io.StringIO(), **options)
    return json.loads(said.getvalue())


def rows() -> dict[str, int]:
    counted = (User, Recording, Party, CallEvent, LegalHold, HoldMember, PolicyVersion, Sample, Assignment, Review)
    counted += (Finding, ImportRun, IntakeDelivery, CallList, EarlyDisposal)
    return {model.__name__: model.objects.count() for model in counted}


def test_a_small_demo_has_every_situation(live_server):
    # when the demo is told, and the worker has listened in to its audio
    figures = tell(live_server)
    probe_due(timezone.now())
    # then calls are stored, quarantined for each reason, and one awaits its audio
    demo_calls = Recording.objects.filter(source=company.SOURCE, external_id__startswith="HV-")
    assert demo_calls.count() == SMALL
    states = list(demo_calls.values_list("state", flat=True))
    assert states.count("stored") >= SMALL - 5
    assert states.count("awaiting_audio") == 1
    reasons = {reason for found in demo_calls.values_list("quarantine_reasons", flat=True) for reason in found}
    assert {"consent_missing", "consent_refused"} <= reasons
    assert reasons & {"damaged_audio", "unreadable_audio"}
    # and holds, policies by two people, reviews, and three calls about to go
    assert figures["holds"] == 2
    assert LegalHold.objects.exclude(released_at=None).count() == 1
    assert sorted(PersonRequest.objects.values_list("state", flat=True)) == ["answered", "open"]
    published = PolicyVersion.objects.filter(state="published", ships=False)
    assert sorted(version.standing(timezone.now()) for version in published) == [*["in_force"] * 4, "scheduled"]
    assert PolicyVersion.objects.get(state="in_review").policy.code == "home-cover"
    assert figures["reviews"] >= 1
    # and deliveries of webhooks, files that were imported, and a list with a call that never came
    assert IntakeDelivery.objects.count() == 3
    imported = ImportRun.objects.get()
    assert (imported.taken, imported.refused) == (6, 1)
    assert AudioProfile.objects.filter(marks__contains=["length_differs"]).exists()
    assert CallList.objects.get().unexplained == 1
    expiring = Recording.objects.filter(line_of_business__code=company.TWO_MINUTE_LINE)
    assert expiring.count() == 3
    assert all((call.delete_by - call.ended_at).total_seconds() == 120 for call in expiring)


def test_a_run_that_was_stopped_half_way_is_finished_once_and_then_adds_nothing(live_server):
    # given a demo that died after some calls
    begun = people.lay_company(SMALL)
    policies.publish_all()
    exchange = PhoneSystem(live_server.url, people.phone_token())
    list(exchange.deliver_all(list(calls(begun.at, SMALL))[:5]))
    # when it is run again
    assert tell(live_server)["added"] is True
    # then every call is there once, and the demo is complete
    ids = Recording.objects.filter(external_id__startswith="HV-").values_list("external_id", flat=True)
    assert sorted(ids) == [call.external_id for call in calls(begun.at, SMALL)]
    assert User.objects.count() == len(company.PEOPLE)
    # and when it is run once more, it says so, and nothing is there twice
    before, events = rows(), Event.objects.count()
    assert tell(live_server)["added"] is False
    assert rows() == before
    assert Event.objects.count() == events


def test_everybody_signs_in_with_the_printed_password(client):
    people.lay_company(SMALL)
    for person in company.PEOPLE:
        assert client.login(username=person.username, password=company.PASSWORD)


def test_the_demo_keeps_away_from_a_database_in_use(live_server):
    UserFactory(username="somebody")
    with pytest.raises(CommandError, match="in use"):
        tell(live_server)
    assert not LineOfBusiness.objects.filter(code=company.TWO_MINUTE_LINE).exists()


def test_the_demo_keeps_away_from_a_copy_that_is_none(live_server, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="CALLWARD_DEMO"):
        tell(live_server)
    assert not User.objects.exists()


def test_a_web_that_does_not_answer_is_named(live_server):
    with pytest.raises(CommandError, match="No answer from"):
        call_command("demo", base_url="http://127.0.0.1:9", calls=SMALL, stderr=io.StringIO())
    assert not story.is_filled()


def test_a_turn_of_the_simulator_adds_a_marked_call_and_one_to_watch(live_server):
    # given the demo's company, with nothing left on its two-minute line
    people.lay_company(SMALL)
    policies.publish_all()
    turn = simulator.Simulator(PhoneSystem(live_server.url, people.simulator_token())).turn
    # when the simulator turns twice, soon after each other
    now = timezone.now()
    turn(now)
    turn(now + timedelta(seconds=20))
    # then two calls came, and one more that lasts two minutes; each says where it is from
    came = Recording.objects.filter(source=company.SIMULATED_SOURCE)
    lines = list(came.values_list("line_of_business__code", flat=True))
    assert lines.count(company.TWO_MINUTE_LINE) == 1
    assert len(lines) == 3
    assert set(lines) <= {*company.SHARE_OF_CALLS, company.TWO_MINUTE_LINE}


def test_nothing_is_simulated_where_there_is_no_demo(live_server):
    with pytest.raises(CommandError, match="no demo company"):
        tell(live_server, simulate=True)


def test_even_three_calls_make_a_demo(live_server):
    call_command("demo", base_url=live_server.url, calls=3, stdout=io.StringIO(), stderr=io.StringIO())
    assert story.is_filled()
