"""Out of quarantine by a person who says why, and what speaks against keeping a call."""

import pytest

from accounts.domain.errors import NotAllowed
from recordings.domain.consent import Evidence, consent_reason
from recordings.domain.errors import RecordingNotFound, ReleaseRefused
from recordings.services.calls import record_event
from recordings.services.quarantine import release_from_quarantine
from tests.deliveries import clip, taken, wav
from trail.domain.actors import CALLWARD
from trail.models import Event

WHY = "The customer wrote that it is all right."


@pytest.fixture
def quarantined(line):
    return taken(audio=wav(seconds=1, left=900), parties=[{"role": "customer", "jurisdiction": "US-CA"}], consent=None)


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["supervisor", "officer"])
def test_a_supervisor_or_an_officer_lets_it_out_and_says_why(request, who, quarantined):
    released = release_from_quarantine(recording=quarantined, reason=WHY, actor=request.getfixturevalue(who))
    assert (released.state, released.quarantine_reasons, released.release_reason) == ("stored", [], WHY)
    event = Event.objects.about(quarantined).last()
    assert (event.verb, event.facts) == ("recording.released", {"reasons": ["consent_missing"]})


@pytest.mark.django_db
def test_nobody_else_lets_it_out(quarantined, reviewer, auditor, stranger):
    for actor in (reviewer, auditor, stranger):
        with pytest.raises((NotAllowed, RecordingNotFound)):
            release_from_quarantine(recording=quarantined, reason=WHY, actor=actor)
    quarantined.refresh_from_db()
    assert quarantined.state == "quarantined"


@pytest.mark.django_db
def test_damaged_audio_is_not_let_out_without_a_reason(line, officer):
    damaged = taken(audio=clip("garbage_in_middle.ogg"))
    with pytest.raises(ReleaseRefused, match="why"):
        release_from_quarantine(recording=damaged, reason=" ok ", actor=officer)


@pytest.mark.django_db
def test_what_is_not_in_quarantine_is_not_let_out(line, officer):
    with pytest.raises(ReleaseRefused, match="not in quarantine"):
        release_from_quarantine(recording=taken(audio=wav(seconds=1)), reason=WHY, actor=officer)


@pytest.mark.django_db
def test_a_person_who_let_it_out_is_not_overruled_by_more_of_the_same(line, officer):
    two = [{"role": "customer", "jurisdiction": "US-CA"}, {"role": "third_party", "jurisdiction": "US-CA"}]
    call = taken(audio=wav(seconds=1), parties=two, consent=None)
    release_from_quarantine(recording=call, reason=WHY, actor=officer)
    told = record_event(
        recording=call, kind="consent_given", offset_seconds=1, party="customer", method="spoken", actor=CALLWARD
    )
    assert told.recording.state == "stored"


@pytest.mark.parametrize(
    ("standard", "form", "evidence", "reason"),
    [
        ("one_party", "none", [], None),
        ("notice_required", "implied_by_notice", [], None),
        ("one_party", "none", [Evidence(1, "spoken", "refused")], "consent_refused"),
        ("all_party", "express", [], "consent_missing"),
        ("all_party", "express", [Evidence(1, "announcement", "given")], "consent_missing"),
        ("all_party", "implied_by_notice", [Evidence(1, "announcement", "given")], None),
        ("all_party", "express", [Evidence(1, "keypad", "given")], None),
        ("all_party", "written", [Evidence(1, "spoken", "given")], "consent_missing"),
        ("all_party", "written", [Evidence(1, "written", "given")], None),
        ("all_party", "express", [Evidence(None, "spoken", "given")], None),
        ("all_party", "express", [Evidence(0, "spoken", "given")], "consent_missing"),
        ("all_party", "express", [Evidence(1, "spoken", "given"), Evidence(1, "spoken", "refused")], "consent_refused"),
    ],
)
def test_which_evidence_is_enough(standard, form, evidence, reason):
    roles = ["agent", "customer"]
    assert consent_reason(standard=standard, form=form, roles=roles, evidence=evidence) == reason


def test_everybody_but_the_agents_has_to_have_agreed():
    evidence = [Evidence(1, "spoken", "given")]
    rule = {"standard": "all_party", "form": "express", "evidence": evidence}
    assert consent_reason(roles=["agent", "customer", "third_party"], **rule) == "consent_missing"
    assert consent_reason(roles=["agent", "customer", "agent"], **rule) is None
