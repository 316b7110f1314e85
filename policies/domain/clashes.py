"""Which demands of one call clash: with the policy, with what law forbids, duty with consent. Each by its kind."""

from collections.abc import Iterator, Sequence

from policies.domain.conflicts import Conflict
from policies.domain.consent import Consent, PartyConsent, lacks_document, strictest_consent
from policies.domain.demands import Kept
from policies.domain.inputs import Inputs
from policies.domain.law import RetentionRule
from policies.domain.retention import FROM_THE_CALL, MAXIMUM, Limit
from policies.domain.scripts import listed

STOPS_AND_GOES_ON = "stop_recording"  # what every policy does that says nothing else


def clashes(inputs: Inputs, kept: Kept, by_law: Sequence[PartyConsent], asked: Consent) -> tuple[Conflict, ...]:
    """What forbids the recording first, then what settles itself. Those of two periods are the schedule's."""
    return (
        *_by_policy(inputs),
        *_forbidden_to_keep(kept.limits),
        *_without_document(inputs, asked),
        *_duty_against_consent(kept.duties, by_law),
        *_duty_against_refusal(inputs, kept.duties),
    )


def _by_policy(inputs: Inputs) -> Iterator[Conflict]:
    if inputs.policy is None:
        yield Conflict("no_policy", (), "No published policy speaks for this line on this day. Publish one.")
    if strange := [purpose for purpose in inputs.purposes if purpose not in inputs.document.purposes]:
        detail = f"{inputs.policy_name} does not allow {listed(strange)}. Leave it out, or publish a policy that does."
        yield Conflict("purpose_not_allowed", (), detail)


def _forbidden_to_keep(limits: Sequence[Limit]) -> Iterator[Conflict]:
    for limit in limits:
        if limit.kind == MAXIMUM and limit.period == "P0D" and limit.trigger == FROM_THE_CALL:
            yield Conflict("must_not_be_kept", (limit.rule,), f"{limit.citation} forbids to keep it: {limit.because}")


def _without_document(inputs: Inputs, asked: Consent) -> Iterator[Conflict]:
    if asked.form != "written":
        return
    if lack := lacks_document(inputs.call.consent_document, purposes=inputs.purposes, day=inputs.day):
        yield Conflict("written_consent_missing", (), lack)


def _duty_against_consent(duties: Sequence[RetentionRule], by_law: Sequence[PartyConsent]) -> Iterator[Conflict]:
    """A duty that is no ground of its own, and a party whose law asks for consent: each duty with the strictest."""
    asking = [party for party in by_law if party.form != "none"]
    if not asking or not duties:
        return
    strictest = asking[strictest_consent(asking).decided_by]
    place = strictest.rule.name if strictest.rule else "a place without a known rule"
    for duty in duties:
        yield Conflict(
            "duty_against_consent",
            (duty.code, strictest.code) if strictest.rule else (duty.code,),
            f"{duty.citation} orders the recording, and the law of {place} asks for consent. Record only with consent;"
            " without it the call ends.",
        )


def _duty_against_refusal(inputs: Inputs, duties: Sequence[RetentionRule]) -> Iterator[Conflict]:
    """The policy chose for itself what follows on a refusal, or how to offer it, and a duty to record outranks that."""
    document = inputs.document
    own_words = document.script_in(inputs.language.code).get("refusal")
    if not duties or (document.on_refusal == STOPS_AND_GOES_ON and not own_words):
        return
    yield Conflict(
        "duty_against_refusal",
        tuple(duty.code for duty in duties),
        f"{inputs.policy_name} would go on after a refusal, and {duties[0].citation} orders the recording."
        " Whoever refuses ends the call.",
    )
