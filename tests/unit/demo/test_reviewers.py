"""The demo's reviewers answer what is heard on each clip."""

import json

import pytest

from audits.domain.kinds import YES_NO, kind_of, read
from audits.services.forms import STANDARD
from compliance_site.demo.calls import clips
from compliance_site.demo.reviewers import answer

RECORDING = {"key": "recording", "may_be_na": False}


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("full_inbound", "recording", "yes"),
        ("full_inbound", "retention", "yes"),
        ("full_inbound", "refusal", "yes"),
        ("full_consent_asked", "consent", "yes"),
        ("partial_no_retention", "purpose", "yes"),
        ("partial_no_retention", "retention", "no"),
        ("partial_no_use_no_retention", "purpose", "no"),
        ("late_disclosure", "recording", "no"),
        ("no_disclosure", "recording", "no"),
        ("caller_objects", "refusal_honoured", "yes"),
        ("objection_ignored", "refusal_honoured", "no"),
        ("full_inbound", "refusal_honoured", "na"),
    ],
)
def test_the_answer_follows_from_the_clip(name, key, value):
    assert answer(clips()[name], {"key": key, "may_be_na": key == "refusal_honoured"}).value == value


def test_a_late_disclosure_fails_at_the_moment_it_is_made():
    heard = answer(clips()["late_disclosure"], RECORDING)
    assert heard.moment_seconds == 15.39
    assert "after account number" in heard.comment


@pytest.mark.parametrize("name", sorted(clips()))
def test_every_no_has_a_comment_and_a_moment_within_the_clip(name):
    clip = clips()[name]
    for key in ("recording", "purpose", "retention", "storage", "refusal", "consent", "refusal_honoured"):
        heard = answer(clip, {"key": key, "may_be_na": False})
        if heard.value == "no":
            assert heard.comment
            assert 0 <= heard.moment_seconds <= clip.duration_s


@pytest.mark.parametrize("name", sorted(clips()))
def test_the_other_kinds_are_answered_as_the_standard_form_takes_them(name):
    others = [one for one in json.loads(STANDARD.read_text())["questions"] if kind_of(one) != YES_NO]
    given = {one["key"]: read(one, answer(clips()[name], one).value) for one in others}
    assert {"clarity", "wanted", "hold_seconds"} <= {key for key, value in given.items() if value}


def test_what_cannot_be_heard_is_not_guessed():
    assert answer(clips()["full_inbound"], {"key": "protocol_number", "may_be_na": False}).value == "unknown"
