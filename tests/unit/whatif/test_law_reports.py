"""What a law candidate or an override would do to stored calls; and that a group's answer is each call's own."""

import json
import shutil
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import StringIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from compliance_site.whatif.simulation import Simulation
from policies.domain.decision import decided
from policies.domain.documents import CAREFUL_DEFAULT, policy_document
from policies.domain.groups import LineRules, RuleSet
from policies.domain.impact import Tally, summed
from policies.domain.inputs import CompanyPolicy, Inputs
from policies.domain.places import places_of
from policies.domain.scopes import Candidate
from policies.models import ImpactChange
from policies.services import impact, rulesets
from policies.services.decisions import circumstances_of
from policies.services.overrides import propose_override
from policies.services.register import SHIPPED
from recordings.services.pieces import Piece
from tests.rules import arrived, document, in_force, reported
from tests.unit.policies.laws import call, shipped_law

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.django_db
@pytest.mark.usefixtures("law_officers")
def test_a_sign_off_that_changes_no_answer_is_looked_at_and_touches_nothing(line, officer, second_officer):
    in_force(line, officer, second_officer, always=True)
    arrived(line, place="US-TX"), arrived(line, place="US-NC")
    today = timezone.localdate()
    override = propose_override(
        table="jurisdiction",
        code="US-TX",
        changes={"verify_note": "Counsel looked at it."},
        reason="Counsel confirmed the reading.",
        opinion_by="Counsel",
        document_sha256="0" * 64,
        effective_from=today - timedelta(days=30),
        expires_on=today + timedelta(days=300),
        actor=officer,
    )
    report = reported(override, officer)
    assert impact.figures_for(report, officer)["counts"] == {"looked_at": 2}
    assert impact.covers(report, override)


@pytest.mark.django_db
def test_a_law_that_asks_everybody_touches_the_calls_of_its_place_and_their_consent(line, officer, second_officer):
    in_force(line, officer, second_officer, always=True)
    texan, other = arrived(line, place="US-TX"), arrived(line, place="US-NC")
    now = rulesets.rules_in_force(timezone.now())
    stricter = replace(
        now.law,
        digest="stricter",
        release=now.law.release + 1,
        rules=tuple(_asking_everybody(rule) if rule.code == "US-NC" else rule for rule in now.law.rules),
    )
    tally = Tally()
    simulation, report_id = Simulation(now, rulesets.with_law(now, stricter)), uuid4()
    piece = Piece.laid_out(limit=10, days=simulation.days)
    simulation.account(piece, report_id, tally, timezone.now())
    assert [change.recording_id for change in ImpactChange.objects.filter(report_id=report_id)] == [other.pk]
    figures = summed(tally.figures(), None)
    assert (figures["counts"]["looked_at"], figures["counts"]["consent"]) == (2, 1)
    assert figures["counts"]["noncompliant"] == 1
    assert texan.pk != other.pk


def _asking_everybody(rule):
    asking = dict.fromkeys(("consent_rule", "telephone_rule", "in_person_rule", "cautious_rule"), "all_party")
    return replace(rule, consent_form="express", **asking)


PLACES = ("US-TX", "US-CA", "US-NY", "US-IL", "DE", "FR", "GB", "CA-QC", "")
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
_LINE = uuid4()
_RULES = RuleSet(
    shipped_law(),
    {
        _LINE: LineRules(
            "home-cover",
            NEW_YORK,
            is_demo=False,
            candidates=(Candidate("v", "Our policy, version 1", policy_document(CAREFUL_DEFAULT), has_line=True),),
        )
    },
)
_STORED: dict = {}


@given(
    places=st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES)),
    sector=st.sampled_from(["", "insurance", "health", "debt_collection", "securities"]),
    direction=st.sampled_from(["inbound", "outbound"]),
    day=DAYS,
    hour=st.integers(0, 23),
)
def test_the_answer_of_a_group_is_the_answer_of_each_call_in_it(places, sector, direction, day, hour):
    began = datetime(day.year, day.month, day.day, hour, 30, tzinfo=NEW_YORK)
    facts = {"sector": sector} if sector else {}
    asked = call(*places, facts=facts, direction=direction, started_at=began, ended_at=began + timedelta(minutes=9))
    law = _RULES.law
    where = places_of(asked, law)
    policy = CompanyPolicy("v", "Our policy, version 1", policy_document(CAREFUL_DEFAULT))
    alone = decided(Inputs(law, policy, asked, where, NEW_YORK))
    pk = _known(circumstances_of(asked, where))
    group = _RULES.answer(_LINE, pk, asked.started_at.astimezone(NEW_YORK).date(), _STORED)
    assert (group.standard, group.form) == (alone.consent.standard, alone.consent.form)
    assert [say for said in group.script.values() for say in said] == [
        line["say"] for line in sorted(alone.answer["script"], key=lambda line: list(group.script).index(line["key"]))
    ]
    schedule = group.schedule(asked.ended_at, NEW_YORK)
    assert (schedule.keep_until, schedule.delete_by) == (alone.schedule.keep_until, alone.schedule.delete_by)
    dates = _RULES.dates(group, asked.ended_at, asked.ended_at.astimezone(NEW_YORK).date(), NEW_YORK)
    assert (dates.keep_until or asked.ended_at, dates.delete_by) == (schedule.keep_until, schedule.delete_by)
    kinds = {found["kind"] for found in alone.answer["conflicts"]}
    assert group.conflicts | dates.conflicts == kinds


def _known(stored):
    key = str(stored)
    for pk, call_stored in _STORED.items():
        if str(call_stored) == key:
            return pk
    pk = uuid4()
    _STORED[pk] = stored
    return pk


def test_a_document_that_seconds_the_policy_stays_to_the_second():
    seconds = policy_document(document("PT120S"), is_demo=True)
    rules = RuleSet(
        shipped_law(),
        {
            _LINE: LineRules(
                "demo", NEW_YORK, is_demo=True, candidates=(Candidate("v", "Demo", seconds, has_line=True),)
            )
        },
    )
    asked = call("US-TX", "US-TX", started_at=datetime(2026, 11, 24, 10, tzinfo=NEW_YORK))
    pk = uuid4()
    answer = rules.answer(_LINE, pk, date(2026, 11, 24), {pk: circumstances_of(asked, places_of(asked, rules.law))})
    ended = datetime(2026, 11, 24, 10, 5, 7, tzinfo=NEW_YORK)
    assert rules.dates(answer, ended, date(2026, 11, 24), NEW_YORK).delete_by == ended + timedelta(seconds=120)


@pytest.mark.django_db(transaction=True)
def test_the_command_that_loads_a_release_tells_what_it_would_do_to_stored_calls(
    line, officer, second_officer, tmp_path
):
    in_force(line, officer, second_officer, always=True)
    arrived(line, place="US-MA"), arrived(line, place="US-NC")
    folder = shutil.copytree(SHIPPED, tmp_path / "law")
    places = (folder / "jurisdictions.csv").read_text()
    (folder / "jurisdictions.csv").write_text(places.replace("US-MA,Massachusetts,", "US-MA,The Commonwealth,"))
    told = StringIO()
    call_command("load_law", str(folder), stdout=told, stderr=StringIO())
    assert "name: 'Massachusetts' -> 'The Commonwealth'" in told.getvalue()
    assert "Of 2 stored recordings:\n  nothing changes" in told.getvalue()
    counted = StringIO()
    call_command("load_law", str(folder), "--json", stdout=counted, stderr=StringIO())
    assert json.loads(counted.getvalue())["impact"] == {"looked_at": 2}
    left = StringIO()
    call_command("load_law", str(folder), "--json", "--no-impact", stdout=left, stderr=StringIO())
    assert json.loads(left.getvalue())["impact"] is None
