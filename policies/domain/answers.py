"""The answer's parts as the API gives them: plain values, ready for JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from policies.domain.calls import party_names
from policies.domain.consent import FORM_WORDS, STANDARD_WORDS, Consent, PartyConsent
from policies.domain.disclosures import Disclosure
from policies.domain.inputs import Inputs
from policies.domain.law import RetentionRule
from policies.domain.retention import MAXIMUM, MINIMUM, Conflict, Limit, Schedule


def consent(inputs: Inputs, weighed: Consent, parties: Sequence[PartyConsent]) -> dict[str, Any]:
    names = party_names(inputs.call.parties)
    others = [name for name, party in zip(names, inputs.call.parties, strict=True) if party.role != "agent"]
    agrees = weighed.form != "none"
    return {
        "standard": weighed.standard,
        "form": weighed.form,
        "from": (others or list(names)) if agrees else [],
        "told": list(names) if weighed.everybody_is_told else [],
        "because_of": _cause(inputs, weighed, parties),
    }


def _cause(inputs: Inputs, consent: Consent, parties: Sequence[PartyConsent]) -> dict[str, Any] | None:
    """The party whose place is the strictest, or the company where its policy asks for more than any law."""
    if consent.decided_by < 0:
        return None
    deciding = parties[consent.decided_by]
    return {
        "party": party_names(inputs.call.parties)[consent.decided_by],
        "role": inputs.call.parties[consent.decided_by].role,
        "jurisdiction": deciding.place.jurisdiction or None,
        "source": deciding.place.source,
        "citation": deciding.authority or (deciding.rule.citation if deciding.rule else ""),
        "certainty": deciding.rule.confidence if deciding.rule else "none",
        "company_is_stricter": deciding.standard != consent.standard,
        "because": deciding.because,
    }


def disclosure(item: Disclosure) -> dict[str, Any]:
    return {
        "key": item.key,
        "when": item.when,
        "say": item.say,
        "citation": item.citation,
        "severity": item.severity,
        "because": item.because,
        "rules": list(item.rules),
        "certainty": item.certainty,
        "by": "law" if item.is_law else "company",
        "satisfies_consent": item.satisfies_consent,
        "verify": item.verify,
    }


def retention(inputs: Inputs, schedule: Schedule) -> dict[str, Any]:
    return {
        "keep_until": instant(schedule.keep_until),
        "delete_by": instant(schedule.delete_by),
        "zone": inputs.zone.key,
        "min_period": schedule.min_period or None,
        "max_period": schedule.max_period or None,
        "explanation": [_limit_answer(limit) for limit in schedule.limits],
        "waits_for": list(schedule.waits_for),
    }


def _limit_answer(limit: Limit) -> dict[str, Any]:
    return {
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
    told = list(party_names(inputs.call.parties)) if weighed.everybody_is_told else []
    of_law = [limit for limit in schedule.limits if limit.is_law and limit.period]
    return {
        "consent": {"standard": weighed.standard, "form": weighed.form, "told": told},
        "must_record": bool(duties),
        "min_period": next((limit.period for limit in of_law if limit.kind == MINIMUM), None),
        "max_period": next((limit.period for limit in of_law if limit.kind == MAXIMUM), None),
    }


def conflict(found: Conflict) -> dict[str, Any]:
    return {"kind": found.kind, "rules": list(found.rules), "detail": found.detail}


def waiting(code: str, citation: str, missing: tuple[str, ...]) -> dict[str, Any]:
    return {"rule": code, "citation": citation, "waits_for": list(missing)}


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
        for name, party, place in zip(party_names(inputs.call.parties), inputs.call.parties, inputs.places, strict=True)
    ]


def because(
    inputs: Inputs,
    weighed: Consent,
    consents: Sequence[PartyConsent],
    duties: Sequence[RetentionRule],
    schedule: Schedule,
) -> list[dict[str, Any]]:
    """Every rule that spoke, in order: consent by party, the company, duties to record, minimums, maximums."""
    spoke = [_party_reason(inputs, weighed, consents, index) for index in range(len(consents))]
    spoke.append(_company_reason(inputs, weighed, consents))
    spoke += [_duty_reason(duty) for duty in duties]
    spoke += [_limit_reason(limit) for limit in schedule.limits if limit.period]
    return spoke


def _reason(about: str, **said: Any) -> dict[str, Any]:
    return {"about": about, "jurisdiction": None, "verify": "", "outranked_by": None} | said


def _party_reason(inputs: Inputs, weighed: Consent, consents: Sequence[PartyConsent], index: int) -> dict[str, Any]:
    consent_of = consents[index]
    rule = consent_of.rule
    decides = index == weighed.decided_by
    leader = consents[weighed.decided_by]
    return _reason(
        "consent",
        party=party_names(inputs.call.parties)[index],
        rule=rule.code if rule else "unknown",
        jurisdiction=consent_of.place.jurisdiction or None,
        citation=consent_of.authority or (rule.citation if rule else ""),
        demands=f"{consent_of.standard}, {consent_of.form}",
        decides=decides,
        outranked_by=None if decides else (leader.rule.code if leader.rule else "unknown"),
        because=consent_of.because,
        certainty=rule.confidence if rule else "none",
        verify=rule.verify_note if rule else "",
    )


def _company_reason(inputs: Inputs, weighed: Consent, consents: Sequence[PartyConsent]) -> dict[str, Any]:
    document = inputs.document
    of_law = consents[weighed.decided_by].strictness if consents else ()
    stricter = bool(consents) and of_law < (weighed.strictness)
    return _reason(
        "policy",
        rule=f"policy:{inputs.policy_name}",
        citation=inputs.policy_name,
        demands=f"{document.standard}, {document.form}",
        decides=stricter,
        because=f"Our policy: {STANDARD_WORDS[document.standard]}; {FORM_WORDS[document.form]}",
        certainty="high",
    )


def _duty_reason(duty: RetentionRule) -> dict[str, Any]:
    return _reason(
        "duty",
        rule=duty.code,
        citation=duty.citation,
        demands="must_record",
        decides=True,
        because=duty.summary,
        certainty=duty.confidence,
        verify=duty.verify_note,
    )


def _limit_reason(limit: Limit) -> dict[str, Any]:
    return _reason(
        "retention",
        rule=limit.rule,
        citation=limit.citation,
        demands=f"{limit.kind} {limit.period}",
        decides=limit.decides,
        outranked_by=limit.outranked_by or None,
        because=limit.because,
        certainty=limit.certainty,
        verify=limit.verify,
    )
