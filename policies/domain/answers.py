"""The answer's parts as the API gives them: plain values, ready for JSON."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from policies.domain.conflicts import Conflict
from policies.domain.consent import FORM_WORDS, STANDARD_WORDS, Consent, PartyConsent, lacks_document
from policies.domain.demands import Waiting, places_of_rule
from policies.domain.disclosures import Disclosure
from policies.domain.inputs import Inputs
from policies.domain.law import STANDARDS, JurisdictionRule, RetentionRule
from policies.domain.notices import Notice
from policies.domain.pause import Pause
from policies.domain.refusal import Refusal
from policies.domain.retention import MAXIMUM, MINIMUM, Limit, Schedule
from policies.domain.scripts import filled
from policies.domain.tone import BeepTone


def consent(inputs: Inputs, weighed: Consent, parties: Sequence[PartyConsent]) -> dict[str, Any]:
    names = inputs.names
    others = [name for name, party in zip(names, inputs.call.parties, strict=True) if party.role != "agent"]
    agrees = weighed.form != "none"
    return {
        "standard": weighed.standard,
        "form": weighed.form,
        "from": (others or list(names)) if agrees else [],
        "told": list(names) if weighed.everybody_is_told else [],
        "because_of": _cause(inputs, weighed, parties),
        "document": _document(inputs, weighed),
    }


def _document(inputs: Inputs, weighed: Consent) -> dict[str, Any]:
    """Whether a signed consent is needed, and whether the one that is attached serves."""
    document = inputs.call.consent_document
    lack = lacks_document(document, purposes=inputs.purposes, day=inputs.day)
    return {
        "needed": weighed.form == "written",
        "attached": not lack,
        "sha256": document.sha256 if document else None,
    }


def _cause(inputs: Inputs, consent: Consent, parties: Sequence[PartyConsent]) -> dict[str, Any] | None:
    """The party whose place is the strictest, or the company where its policy asks for more than any law."""
    if consent.decided_by < 0:
        return None
    deciding = parties[consent.decided_by]
    return {
        "party": inputs.names[consent.decided_by],
        "role": inputs.call.parties[consent.decided_by].role,
        "jurisdiction": deciding.place.jurisdiction or None,
        "source": deciding.place.source,
        "citation": deciding.authority or (deciding.rule.citation if deciding.rule else ""),
        "certainty": deciding.rule.confidence if deciding.rule else "none",
        "company_is_stricter": deciding.standard != consent.standard,
        "because": deciding.because,
    }


def disclosure(item: Disclosure) -> dict[str, Any]:
    return {**item.as_plain, "rules": list(item.rules)}


def retention(inputs: Inputs, schedule: Schedule) -> dict[str, Any]:
    return {
        "keep_until": instant(schedule.keep_until),
        "delete_by": instant(schedule.delete_by),
        "zone": inputs.zone.key,
        "min_period": schedule.min_period or None,
        "max_period": schedule.max_period or None,
        "explanation": explanation(schedule),
        "waits_for": list(schedule.waits_for),
    }


def explanation(schedule: Schedule) -> list[dict[str, Any]]:
    """Every limit that was weighed, and which decided."""
    return [_limit_answer(limit) for limit in schedule.limits]


def _limit_answer(limit: Limit) -> dict[str, Any]:
    """`counted_from` stands there only where something else than the call began the period, and is known."""
    known = {"counted_from": instant(limit.counted_from)} if limit.counted_from else {}
    return known | {
        "rule": limit.rule,
        "citation": limit.citation,
        "kind": limit.kind,
        "period": limit.period or None,
        "until": instant(limit.until) if limit.until else None,
        "standing": _standing(limit),
        "outranked_by": limit.outranked_by or None,
        "because": limit.because,
        "certainty": limit.certainty,
        "trigger": limit.trigger,
        "by": "law" if limit.is_law else "company",
        "verify": limit.verify,
    }


def _standing(limit: Limit) -> str:
    if limit.decides:
        return "decides"
    if limit.outranked_by:
        return "outranked"
    return "agrees" if limit.until else "no_number"


def law(inputs: Inputs, weighed: Consent, duties: Sequence[RetentionRule], schedule: Schedule) -> dict[str, Any]:
    told = list(inputs.names) if weighed.everybody_is_told else []
    of_law = [limit for limit in schedule.limits if limit.is_law and limit.period]
    return {
        "consent": {"standard": weighed.standard, "form": weighed.form, "told": told},
        "must_record": bool(duties),
        "min_period": next((limit.period for limit in of_law if limit.kind == MINIMUM), None),
        "max_period": next((limit.period for limit in of_law if limit.kind == MAXIMUM), None),
    }


def conflict(found: Conflict) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "rules": list(found.rules),
        "detail": found.detail,
        "forbids": found.forbids,
        "needs_person": found.needs_person,
    }


def notice(found: Notice) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "party": found.party,
        "rule": found.rule,
        "citation": found.citation,
        "detail": found.detail,
    }


def waiting(found: Waiting) -> dict[str, Any]:
    return found.as_plain.copy()


def beep_tone(found: BeepTone) -> dict[str, Any]:
    return {"counts_as_notice": found.counts_as_notice, "because": found.because, "citation": found.citation}


def refusal(found: Refusal, slots: Mapping[str, str]) -> dict[str, Any]:
    return {
        "follow": found.follow,
        "say": filled(found.template, slots),
        "because": found.because,
        "citation": found.citation,
    }


def pause(found: Pause) -> dict[str, Any]:
    return {
        "content": found.content,
        "when": found.when,
        "because": found.because,
        "citation": found.citation,
        "by": "law" if found.by_law else "company",
    }


def policy(inputs: Inputs) -> dict[str, Any]:
    """The version that governs, why it is this one, and which others would have spoken for the call."""
    governs = inputs.policy
    if governs is None:
        because = "No published policy speaks for this line on this day; the careful default is shown."
        return {"version": None, "name": inputs.policy_name, "number": None, "because": because, "outranked": []}
    return {
        "version": governs.version,
        "name": governs.name,
        "number": governs.number,
        "because": governs.because,
        "outranked": [{"name": name, "because": why} for name, why in governs.outranked],
    }


def instant(at: datetime) -> str:
    """UTC, ISO 8601, as the API writes it: `2027-01-16T05:00:00Z`."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parties(inputs: Inputs) -> list[dict[str, Any]]:
    """Where each party is, by what, how sure; never a number."""
    return [
        {
            "party": name,
            "role": party.role,
            "jurisdiction": place.jurisdiction or None,
            "source": place.source,
            "certainty": place.certainty,
            "mismatch": place.mismatch or None,
        }
        for name, party, place in zip(inputs.names, inputs.call.parties, inputs.places, strict=True)
    ]


def because(
    inputs: Inputs,
    weighed: Consent,
    consents: Sequence[PartyConsent],
    duties: Sequence[RetentionRule],
    schedule: Schedule,
) -> list[dict[str, Any]]:
    """Every rule that spoke, in order: each party's law and the law above it, the company, duties, periods."""
    names = inputs.names
    spoke: list[dict[str, Any]] = []
    for index, (name, found) in enumerate(zip(names, consents, strict=True)):
        decides = index == weighed.decided_by
        spoke.append(_party_reason(name, found, None if decides else consents[weighed.decided_by]))
        spoke += [_floor_reason(name, found, floor, decides=decides) for floor in _floors(inputs, found)]
    spoke.append(_company_reason(inputs, weighed, consents))
    spoke += [_duty_reason(duty, inputs.reach) for duty in duties]
    spoke += [_limit_reason(limit) for limit in schedule.limits if limit.period]
    return spoke


def _party_reason(name: str, found: PartyConsent, leader: PartyConsent | None) -> dict[str, Any]:
    """What one party's place asks. `leader` is the party's that decides instead; None: this one does."""
    rule = found.rule
    return {
        "about": "consent",
        "party": name,
        "rule": found.code,
        "jurisdiction": found.place.jurisdiction or None,
        "citation": found.authority or (rule.citation if rule else ""),
        "demands": f"{found.standard}, {found.form}",
        "decides": leader is None,
        "outranked_by": leader.code if leader else None,
        "because": found.because,
        "certainty": rule.confidence if rule else "none",
        "verify": rule.verify_note if rule else "",
    }


def _floors(inputs: Inputs, found: PartyConsent) -> list[JurisdictionRule]:
    """The federal or European rows above a party's place. Australia's federal law does not reach face to face."""
    if not found.place.jurisdiction:
        return []
    in_person = inputs.call.medium == "in_person"
    return [
        row
        for row in inputs.law.rules_over(found.place.jurisdiction, inputs.day)
        if row.code != found.code and not (in_person and row.in_person_rule != row.consent_rule)
    ]


def _floor_reason(name: str, found: PartyConsent, floor: JurisdictionRule, *, decides: bool) -> dict[str, Any]:
    """What the law above the place asks: it decides with it where it asks for more, else the place outranks it."""
    rule, standard = found.rule, _own_standard(floor)
    demanded = STANDARDS.index(standard)
    lifts = rule is not None and STANDARDS.index(_own_standard(rule)) < demanded
    outranked = demanded < STANDARDS.index(found.standard)
    here = rule.name if rule else "an unknown place"
    beside = (
        f"{here} alone asks for less"
        if lifts
        else f"{here} asks for more"
        if outranked
        else f"{here} asks for the same"
    )
    form = floor.consent_form if standard != "one_party" else "none"
    return {
        "about": "floor",
        "party": name,
        "rule": floor.code,
        "jurisdiction": floor.code,
        "citation": floor.citation,
        "demands": f"{standard}, {form}",
        "decides": decides and lifts and not outranked,
        "outranked_by": found.code if outranked else None,
        "because": f"{floor.name}: {STANDARD_WORDS[standard]}; {beside}",
        "certainty": floor.confidence,
        "verify": floor.verify_note,
    }


def _own_standard(rule: JurisdictionRule) -> str:
    """What a place's law asks by itself, without the law above it. `mixed` is no answer: then as on the telephone."""
    return rule.consent_rule if rule.consent_rule in STANDARDS else rule.telephone_rule


def _company_reason(inputs: Inputs, weighed: Consent, consents: Sequence[PartyConsent]) -> dict[str, Any]:
    document = inputs.document
    of_law = consents[weighed.decided_by].strictness if consents else ()
    return {
        "about": "policy",
        "rule": f"policy:{inputs.policy_name}",
        "jurisdiction": None,
        "citation": inputs.policy_name,
        "demands": f"{document.standard}, {document.form}",
        "decides": bool(consents) and of_law < weighed.strictness,
        "outranked_by": None,
        "because": f"Our policy: {STANDARD_WORDS[document.standard]}; {FORM_WORDS[document.form]}",
        "certainty": "high",
        "verify": "",
    }


def _duty_reason(duty: RetentionRule, reach: frozenset[str]) -> dict[str, Any]:
    return {
        "about": "duty",
        "rule": duty.code,
        "jurisdiction": places_of_rule(duty, reach) or None,
        "citation": duty.citation,
        "demands": "must_record",
        "decides": True,
        "outranked_by": None,
        "because": duty.summary,
        "certainty": duty.confidence,
        "verify": duty.verify_note,
    }


def _limit_reason(limit: Limit) -> dict[str, Any]:
    return {
        "about": "retention",
        "rule": limit.rule,
        "jurisdiction": limit.place or None,
        "citation": limit.citation,
        "demands": f"{limit.kind} {limit.period}",
        "decides": limit.decides,
        "outranked_by": limit.outranked_by or None,
        "because": limit.because,
        "certainty": limit.certainty,
        "verify": limit.verify,
    }
