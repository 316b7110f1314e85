"""What a what-if leaves people to do: drafted from its report, each with its page."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from compliance_site.whatif.follow_up import follow_up
from policies.models import ImpactReport
from policies.services.overrides import propose_override
from policies.views.impact import Reported, reported
from tests.rules import arrived, document, in_force, in_review
from tests.rules import reported as run_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("law_officers")]


def tasks_of(subject, user):
    return {task.what: task for task in follow_up(reported(subject, user), subject, user, timezone.now())}


def test_a_shorter_policy_leaves_a_decision_about_its_calls(line, officer, second_officer):
    in_force(line, officer, second_officer, document("P90D"), always=True)
    arrived(line), arrived(line)
    version = in_review(line, officer, document("P30D"))
    report = run_report(version, officer)
    task = tasks_of(version, officer)["Decide whether 2 stored calls should leave earlier"]
    assert task.url == f"/what-if/{report.pk}/recordings/?kind=earlier"
    assert "a second officer" in task.why


def test_other_words_are_told_to_whoever_reads_them_and_a_form_that_asks_about_them_is_read(
    line, officer, second_officer
):
    in_force(line, officer, second_officer, document("P30D"), always=True)
    arrived(line)
    version = in_review(line, officer, document("P60D"))
    run_report(version, officer)
    tasks = tasks_of(version, officer)
    assert "how long" in tasks["Tell whoever reads the script aloud"].why
    assert [what for what in tasks if what.startswith("Read the form")]


def test_a_policy_that_asks_less_than_the_changed_law_is_drafted_anew(line, officer, second_officer):
    told = document("P30D", scope={"countries": ["US-TX"]})
    in_force(line, officer, second_officer, told, always=True)
    arrived(line)
    today = timezone.localdate()
    override = propose_override(
        table="jurisdiction",
        code="US-TX",
        changes={
            "consent_rule": "all_party",
            "telephone_rule": "all_party",
            "cautious_rule": "all_party",
            "consent_form": "implied_by_notice",
        },
        reason="Counsel reads it so.",
        opinion_by="Counsel",
        document_sha256="0" * 64,
        effective_from=today - timedelta(days=1),
        expires_on=today + timedelta(days=300),
        examples=[
            {
                "name": name,
                "call": "",
                "parties": "customer=US-TX",
                "day": today.isoformat(),
                "expects": "standard=all_party;told=everybody",
            }
            for name in ("one party is enough", "on the phone")
        ],
        actor=officer,
    )
    run_report(override, officer)
    task = next(task for what, task in tasks_of(override, officer).items() if what.startswith("Draft a new version"))
    assert "US-TX" in task.why
    assert task.url.startswith("/policies/versions/draft/?policy=")


def test_a_report_that_is_not_done_leaves_nothing(line, officer):
    version = in_review(line, officer)
    running = Reported(ImpactReport(state=ImpactReport.State.RUNNING))
    assert follow_up(replace(running), version, officer, timezone.now()) == []


def test_the_page_lists_what_is_to_be_done(client, line, officer, second_officer):
    in_force(line, officer, second_officer, document("P90D"), always=True)
    arrived(line)
    report = run_report(in_review(line, officer, document("P30D")), officer)
    client.force_login(officer)
    page = client.get(f"/what-if/{report.pk}/").content.decode()
    assert "To do once it counts" in page
    assert "Decide whether 1 stored call should leave earlier" in page
