"""What the demo's reviewers hear: answers that follow from the labels of each clip."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audits.domain.kinds import YES_NO, kind_of
from compliance_site.demo.calls import Clip

# The form's questions, by the kind of disclosure that the labels name.
LABEL_OF = {"recording": "recording", "purpose": "purpose", "retention": "retention", "refusal": "choice"}
HEARD_ON_EVERY_CLIP = {"identity", "call_purpose", "language", "right_party"}
NEVER_HEARD = {"storage", "privacy_notice"}
RIGHT_PARTY_IS_CHECKED = {"full_consent_asked", "late_disclosure"}
MATTER_BEGINS = {"late_disclosure": 5.8}  # seconds: the caller gives an account number before anything is said
COMMENTS = {
    "recording": "The caller is never told that the call is recorded.",
    "purpose": "Nothing about what the recording is used for.",
    "retention": "Nothing about how long it is kept.",
    "storage": "Nothing about how it is stored. The script has no words for it.",
    "refusal": "No way offered to go on without recording.",
    "consent": "Goes on without a yes.",
    "right_party": "Goes into the matter without making sure who is on the line.",
    "privacy_notice": "No word about the privacy notice.",
    "refusal_honoured": "The caller says no twice; the agent says it cannot be turned off and goes on.",
}
CLEAR = {"full": "5", "partial": "4", "late": "3", "none": "2"}  # how clear, on the scale, by the clip's verdict
WANTED = {"full_outbound": "buy", "partial_no_use_no_retention": "pay", "full_consent_asked": "pay"}
ADVICE = {
    "late": "Begin with the card, then ask for the account number.",
    "none": "Friendly and quick. Nothing was said about the recording: begin with the card.",
}
LATE = "Said only after account number and date of birth were taken."


@dataclass(frozen=True)
class Heard:
    """One answer, with what a reviewer writes beside a no. Empty: left open."""

    value: str
    comment: str = ""
    moment_seconds: float | None = None


def answer(clip: Clip, question: Mapping[str, Any]) -> Heard:
    """What a careful listener answers to this question of the form after hearing this clip."""
    key = str(question["key"])
    if kind_of(question) != YES_NO:
        return Heard(_of_the_call(clip, key))
    if key in LABEL_OF:
        return _said(clip, key, clip.said(LABEL_OF[key]))
    if key in NEVER_HEARD or (key == "right_party" and clip.name not in RIGHT_PARTY_IS_CHECKED):
        return Heard("no", COMMENTS[key], _end(clip))
    if key == "consent":
        return _said(clip, key, _answered_at(clip) if clip.consent == "yes" else None)
    if key == "refusal_honoured" and clip.consent == "no":
        return Heard("yes") if clip.name == "caller_objects" else Heard("no", COMMENTS[key], _answered_at(clip))
    if key in HEARD_ON_EVERY_CLIP:
        return Heard("yes")
    return Heard("na" if question.get("may_be_na") else "unknown")


def _of_the_call(clip: Clip, key: str) -> str:
    """How the call went: answers of the other kinds."""
    answers = {
        "clarity": CLEAR[clip.verdict],
        "wanted": WANTED.get(clip.name, "complain" if clip.consent == "no" else "ask"),
        "hold_seconds": "0",
        "tell_agent": ADVICE.get(clip.verdict, ""),
    }
    return answers.get(key, "")


def _said(clip: Clip, key: str, at: float | None) -> Heard:
    """Said in time, said too late, or never."""
    if at is None:
        return Heard("no", COMMENTS[key], _end(clip))
    if at > MATTER_BEGINS.get(clip.name, clip.duration_s):
        return Heard("no", LATE, at)
    return Heard("yes")


def _answered_at(clip: Clip) -> float | None:
    return next((event["start_s"] for event in clip.events if event["kind"] == "consent"), None)


def _end(clip: Clip) -> float:
    """Where it should have been said by: what was never said has no moment of its own."""
    return min(clip.duration_s, 6.0)
