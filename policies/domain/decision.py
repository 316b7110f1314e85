"""One call's answer, put together from consent, disclosures and retention. Same inputs, same bytes, for ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policies.domain import answers
from policies.domain.calls import PURPOSE_WORDS
from policies.domain.conditions import BINDING_KINDS
from policies.domain.consent import Consent, PartyConsent, party_consent, strictest_consent, with_authority
from policies.domain.disclosures import Disclosure, disclosures_due
from policies.domain.documents import PolicyDocument
from policies.domain.inputs import Inputs
from policies.domain.law import FORMS, DisclosureRule, Law, RetentionRule, stricter
from policies.domain.periods import in_words, period
from policies.domain.retention import MAXIMUM, MINIMUM, Conflict, Limit, Schedule, retention_schedule
from policies.domain.scripts import REFUSAL_OF_DUTY, listed


@dataclass(frozen=True)
class Outcome:
    """The answer, and what others need of it as values."""

    answer: dict[str, Any]
    schedule: Schedule
    consent: Consent
    is_provisional: bool


def decided(inputs: Inputs) -> Outcome:
    """Weigh law and company policy for one call. Pure: no clock, nothing looked up outside of `inputs`."""
    duties, limits, open_rules = _retention_rules(inputs)
    parties = _party_consents(inputs, duties)
    law_consent = strictest_consent(parties)
    read_by_company = _party_consents(inputs, duties, reading=inputs.document.reading)
    consent = _with_company(strictest_consent(read_by_company), inputs.document)
    schedule = _schedule(inputs, limits)
    facts = inputs.facts | {"consent_form": frozenset({consent.form})}
    said, if_it_happens, open_disclosures = _disclosures(inputs, facts, consent, schedule, parties, duties)
    forbidden = _forbidden(inputs, limits)
    answer = {
        "may_record": not forbidden,
        "must_record": bool(duties),
        "consent": answers.consent(inputs, consent, read_by_company),
        "disclosures": [answers.disclosure(item) for item in said],
        "if_it_happens": [answers.disclosure(item) for item in if_it_happens],
        "script": [{"key": item.key, "when": item.when, "say": item.say} for item in said],
        "on_refusal": inputs.document.on_refusal,
        "purposes": list(inputs.purposes),
        "retention": answers.retention(inputs, schedule),
        "law": answers.law(inputs, law_consent, duties, schedule),
        "conflicts": [answers.conflict(conflict) for conflict in (*schedule.conflicts, *forbidden)],
        "because": answers.because(inputs, consent, read_by_company, duties, schedule),
        "open": [*open_rules, *open_disclosures],
        "parties": answers.parties(inputs),
        "policy_version": inputs.policy.version if inputs.policy else None,
        "law_release": inputs.law.release,
    }
    return Outcome(answer, schedule, consent, bool(schedule.conflicts) or inputs.policy is None)


def _retention_rules(inputs: Inputs) -> tuple[list[RetentionRule], list[Limit], list[dict[str, Any]]]:
    """(duties to record, periods that bind the recording, rules that wait for a fact)."""
    kinds = {*BINDING_KINDS} if "record_kind" not in inputs.facts else inputs.facts["record_kind"] | {*BINDING_KINDS}
    duties, limits, waiting = [], [], []
    for rule in inputs.law.retention_at(inputs.reach):
        if rule.record_kind not in kinds or (rule.effective_from and rule.effective_from > inputs.day):
            continue
        missing = rule.applies_when.waits_for(inputs.facts)
        if missing is None:
            continue
        if missing:
            waiting.append(answers.waiting(rule.code, rule.citation, missing))
            continue
        if rule.must_record:
            duties.append(rule)
        limits += _limits_of(rule)
    return duties, limits, waiting


def _limits_of(rule: RetentionRule) -> list[Limit]:
    periods = [(MINIMUM, rule.min_period), (MAXIMUM, rule.max_period)]
    stated = [(kind, text) for kind, text in periods if text] or [(MAXIMUM, "")]
    return [
        Limit(
            rule=rule.code,
            citation=rule.citation,
            kind=kind,
            period=text,
            because=rule.summary,
            certainty=rule.confidence,
            trigger=rule.trigger or "recording_created",
            verify=rule.verify_note,
        )
        for kind, text in stated
    ]


def _party_consents(inputs: Inputs, duties: Sequence[RetentionRule], reading: str = "best") -> list[PartyConsent]:
    asks = "consent" in inputs.facts.get("legal_basis", frozenset())
    authorities = [duty for duty in duties if duty.legal_authority_to_record]
    found = []
    for place in inputs.places:
        rule = inputs.law.rule_of(place.jurisdiction, inputs.day) if place.jurisdiction else None
        consent = party_consent(place, rule, medium=inputs.call.medium, reading=reading, asks_consent=asks)
        reach = inputs.law.covered_by(place.jurisdiction)
        grounds = [duty for duty in authorities if reach & duty.applies_when.places]
        found.append(with_authority(consent, grounds[0].citation) if grounds else consent)
    return found


def _with_company(law: Consent, document: PolicyDocument) -> Consent:
    """The company may be stricter than law, never laxer."""
    return Consent(stricter(law.standard, document.standard), stricter(law.form, document.form, FORMS), law.decided_by)


def _schedule(inputs: Inputs, limits: list[Limit]) -> Schedule:
    document = inputs.document
    company = [(MAXIMUM, document.max_period)]
    if document.min_period:
        company.append((MINIMUM, document.min_period))
    own = [
        Limit(
            rule=f"policy:{inputs.policy_name}",
            citation=inputs.policy_name,
            kind=kind,
            period=length.text,
            because=f"Our policy keeps it for {in_words(length)} {'at most' if kind == MAXIMUM else 'at least'}.",
            certainty="high",
            is_law=False,
        )
        for kind, length in company
    ]
    return retention_schedule(
        [*limits, *own],
        counted_from=inputs.call.counted_from,
        zone=inputs.zone,
        fallback_period=document.max_period.text,
    )


def _forbidden(inputs: Inputs, limits: Sequence[Limit]) -> list[Conflict]:
    """Why the call may not be recorded at all: nobody's policy, a purpose that is not ours, or law that forbids it."""
    found = []
    if inputs.policy is None:
        found.append(Conflict("no_policy", (), "No published policy speaks for this line on this day. Publish one."))
    if strange := [purpose for purpose in inputs.purposes if purpose not in inputs.document.purposes]:
        detail = f"{inputs.policy_name} does not allow {listed(strange)}. Leave it out, or publish a policy that does."
        found.append(Conflict("purpose_not_allowed", (), detail))
    found += [
        Conflict("must_not_be_kept", (limit.rule,), f"{limit.citation} forbids to keep it: {limit.because}")
        for limit in limits
        if limit.kind == MAXIMUM and limit.period == "P0D" and limit.trigger == "recording_created"
    ]
    return found


def _disclosures(
    inputs: Inputs,
    facts: Mapping[str, frozenset[str]],
    consent: Consent,
    schedule: Schedule,
    parties: Sequence[PartyConsent],
    duties: Sequence[RetentionRule],
) -> tuple[list[Disclosure], list[Disclosure], list[dict[str, Any]]]:
    due: list[DisclosureRule] = []
    waiting = []
    for rule in inputs.law.disclosures_at(inputs.reach):
        missing = rule.applies_when.waits_for(facts)
        if _is_stood_in_for(rule, parties, inputs.law):
            continue
        if missing == ():
            due.append(rule)
        elif missing:
            waiting.append(answers.waiting(rule.code, rule.citation, missing))
    document = inputs.document
    own_words = document.script_in("en")
    slots = {
        "company": document.company,
        "period": in_words(period(schedule.said_period)),
        "purposes": listed([PURPOSE_WORDS[purpose] for purpose in inputs.purposes] or ["to serve you"]),
        "yes_key": "1",
        "opt_out_key": document.opt_out_key,
    }
    said, if_it_happens = disclosures_due(
        due,
        script={**own_words, "refusal": REFUSAL_OF_DUTY} if duties else own_words,
        slots=slots,
        added=document.disclosures,
        added_by=inputs.policy_name,
        ask_consent=FORMS.index(consent.form) >= FORMS.index("express"),
    )
    return said, if_it_happens, waiting


def _is_stood_in_for(rule: DisclosureRule, parties: Sequence[PartyConsent], law: Law) -> bool:
    """Whether a place's question for consent is left out: a duty to record is the ground for every party there."""
    if rule.key != "consent_obtained" or rule.applies_when.clauses:
        return False
    there = [party for party in parties if rule.place in law.covered_by(party.place.jurisdiction)]
    return bool(there) and all(party.authority for party in there)
