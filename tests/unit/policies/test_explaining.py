"""Past decisions computed again: the same bytes after whatever was published since, and what differs where they lie."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO

import pgtrigger
import pytest
from django.core.management import CommandError, call_command

from policies.domain.calls import ConsentDocument, PartyFacts
from policies.models import Decision, LawRelease
from policies.services.explaining import explain
from policies.services.giving import give
from policies.services.register import SHIPPED, current_release, load_law
from tests.unit.policies.laws import call
from trail.domain.actors import CALLWARD
from trail.domain.chain import canonical_json

pytestmark = pytest.mark.django_db


def asked(line, **changed):
    parties = (
        PartyFacts("agent", None, "US-TX"),
        PartyFacts("customer", "+18135550142", "US-CT", "DE"),
        PartyFacts("customer", "+12425550142"),
    )
    usual = {
        "line_of_business": line.code,
        "started_at": datetime(2026, 11, 24, 15, 30, 5, tzinfo=UTC),
        "facts": {"sector": "medicare", "channel": ("sales", "enrollment")},
        "language": "es-MX",
        "consent_document": ConsentDocument("ab" * 32, date(2026, 11, 1), ("training",)),
    }
    return replace(call(**usual | changed), parties=parties)


@pytest.fixture
def decision(line):
    return Decision.objects.select_related("kept").get(pk=give(asked(line), actor=CALLWARD).id)


def command(decision_id, *options):
    out = StringIO()
    call_command("explain", str(decision_id), *options, stdout=out)
    return out.getvalue()


def test_a_decision_computed_again_has_the_same_bytes(decision):
    explained = explain(decision)
    assert explained.same
    assert explained.differences == ()
    assert explained.digest == explained.digest_again == decision.digest
    assert canonical_json(explained.again) == canonical_json(decision.answer)
    assert explained.reasons == decision.answer["because"]


def test_it_has_them_after_ten_later_releases_that_change_its_rules(decision, line, tmp_path):
    for file in SHIPPED.glob("*.[cj]s*"):
        shutil.copy(file, tmp_path)
    places = (tmp_path / "jurisdictions.csv").read_text(encoding="utf-8")
    assert "US-CT,Connecticut," in places
    for number in range(10):
        changed = places.replace("US-CT,Connecticut,", f"US-CT,Connecticut as of {number},")
        (tmp_path / "jurisdictions.csv").write_text(changed, encoding="utf-8")
        load_law(folder=tmp_path, actor=CALLWARD, publish=True)
    assert (current_release().number, LawRelease.objects.count()) == (11, 11)
    today = Decision.objects.get(pk=give(asked(line), actor=CALLWARD).id)
    assert "Connecticut as of 9" in today.kept.body
    assert today.digest != decision.digest
    assert explain(today).same
    assert explain(decision).same
    assert "Connecticut as of" not in str(explain(decision).again)


def test_a_call_of_whom_nothing_is_known_is_explained_as_well(line):
    bare = replace(call("", line_of_business=line.code), purposes=(), ended_at=datetime(2026, 11, 25, tzinfo=UTC))
    decision = Decision.objects.get(pk=give(bare, actor=CALLWARD).id)
    assert explain(decision).same


def test_the_command_tells_the_reasons_in_order_and_that_nothing_differs(decision):
    told = command(decision.pk)
    assert f"Decision {decision.pk}, given " in told
    assert "The same, byte for byte." in told
    lines = told.splitlines()
    assert lines[2] == ""
    assert [line.split()[0] for line in lines[3:5]] == ["consent", "floor"]
    assert [line for line in lines if line.startswith("consent   1 US-CT (")]
    assert "duty      US-CMS-MA-SALES" in told
    assert "conflict  duty_against_consent: " in told


def test_the_command_gives_the_same_as_json(decision):
    facts = json.loads(command(decision.pk, "--json"))
    assert facts["same"] is True
    assert facts["differences"] == []
    assert (facts["decision"], facts["digest"], facts["digest_again"]) == (
        str(decision.pk),
        decision.digest,
        decision.digest,
    )
    assert (facts["law_release"], facts["edition"]) == (1, 1)
    assert facts["because"] == decision.answer["because"]


@pgtrigger.ignore("policies.Decision:never_changed")
def _change(decision, **changed):
    Decision.objects.filter(pk=decision.pk).update(**changed)


def test_a_call_that_somebody_changed_is_told_place_by_place(decision):
    _change(decision, call=decision.call | {"direction": "outbound", "medium": "in_person"})
    explained = explain(Decision.objects.get(pk=decision.pk))
    assert not explained.same
    assert "retention.min_period" not in {one.path for one in explained.differences}
    (told,) = [one for one in explained.differences if one.path == "because.2.demands"]
    assert (told.stored, told.again) == ("notice_required, implied_by_notice", "one_party, none")
    with pytest.raises(CommandError, match=r"The answer is not the same; \d+ places differ\.$"):
        command(decision.pk)


def test_a_digest_that_is_not_the_answers_is_no_match(decision):
    _change(decision, digest="0" * 64)
    explained = explain(Decision.objects.get(pk=decision.pk))
    assert not explained.same
    assert explained.differences == ()


def test_a_decision_of_another_edition_says_so_where_it_differs(decision):
    _change(decision, edition=0, digest="0" * 64)
    with pytest.raises(CommandError, match="another edition"):
        command(decision.pk)


@pytest.mark.parametrize("wrong", ["nothing", "0199a000-0000-7000-8000-000000000000"])
def test_an_id_that_is_none_is_told(wrong):
    with pytest.raises(CommandError, match="No decision has the id"):
        command(wrong)
