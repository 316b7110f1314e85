"""One call's answer, put together from consent, disclosures and retention. Same inputs, same bytes, for ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from policies.domain import answers
from policies.domain.clashes import clashes
from policies.domain.conflicts import Conflict
from policies.domain.consent import Consent, PartyConsent, strictest_consent
from policies.domain.demands import Kept, Said, consents_by_company, consents_by_law, kept_by_law, said_by_law
from policies.domain.disclosures import Disclosure, disclosures_due
from policies.domain.documents import PolicyDocument
from policies.domain.inputs import Inputs
from policies.domain.law import FORMS, stricter
from policies.domain.notices import notices_of
from policies.domain.pause import pauses
from policies.domain.periods import Period, in_words, period
from policies.domain.refusal import END_CALL, Refusal, refusal
from policies.domain.retention import MAXIMUM, MINIMUM, Limit, Schedule, retention_schedule
from policies.domain.scripts import slots_in
from policies.domain.tone import beep_tone

# Raised with whatever changes an answer for the same inputs. A stored decision names the edition that gave it.
EDITION = 1


@dataclass(frozen=True)
class Outcome:
    """The answer, and what others need of it as values."""

    answer: dict[str, Any]
    schedule: Schedule
    consent: Consent
    is_provisional: bool
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True)
class _Consents:
    """Law's demand of each party and in all; the same as the company reads it; what is asked in the end."""

    by_law: Sequence[PartyConsent]
    law: Consent
    by_company: Sequence[PartyConsent]
    asked: Consent


def decided(inputs: Inputs) -> Outcome:
    """Weigh law and company policy for one call. Pure: no clock, nothing looked up outside of `inputs`."""
    kept = kept_by_law(inputs)
    consents = _consents(inputs, kept)
    schedule = _schedule(inputs, kept.limits)
    refused = _refusal(inputs, kept)
    slots = _slots(inputs, schedule)
    requirements = said_by_law(inputs, consents.asked.form, consents.by_law)
    said, if_it_happens = _disclosures(inputs, requirements, consents.asked, refused, slots)
    conflicts = (*schedule.conflicts, *clashes(inputs, kept, consents.by_law, consents.asked))
    answer = {
        "may_record": not any(conflict.forbids for conflict in conflicts),
        "must_record": bool(kept.duties),
        "consent": answers.consent(inputs, consents.asked, consents.by_company),
        "disclosures": [answers.disclosure(item) for item in said],
        "if_it_happens": [answers.disclosure(item) for item in if_it_happens],
        "script": [{"key": item.key, "when": item.when, "say": item.say} for item in said],
        "language": inputs.language.code,
        "beep_tone": answers.beep_tone(beep_tone(consents.by_law)),
        "on_refusal": refused.follow,
        "refusal": answers.refusal(refused, slots),
        "pause": [answers.pause(item) for item in _pauses(inputs, requirements)],
        "purposes": list(inputs.purposes),
        "retention": answers.retention(inputs, schedule),
        "law": answers.law(inputs, consents.law, kept.duties, schedule),
        "conflicts": [answers.conflict(conflict) for conflict in conflicts],
        "notices": [
            answers.notice(item)
            for item in notices_of(inputs, consents.by_company, kept.duties, schedule.limits, (*said, *if_it_happens))
        ],
        "because": answers.because(inputs, consents.asked, consents.by_company, kept.duties, schedule),
        "open": [answers.waiting(item) for item in (*kept.waiting, *requirements.waiting)],
        "parties": answers.parties(inputs),
        "policy": answers.policy(inputs),
        "policy_version": inputs.policy.version if inputs.policy else None,
        "law_release": inputs.law.release,
    }
    is_provisional = bool(schedule.conflicts) or inputs.policy is None
    return Outcome(answer, schedule, consents.asked, is_provisional, conflicts)


def _consents(inputs: Inputs, kept: Kept) -> _Consents:
    by_law = consents_by_law(inputs, kept.duties)
    by_company = consents_by_company(inputs, kept.duties, by_law)
    law = strictest_consent(by_law)
    read = law if by_company is by_law else strictest_consent(by_company)
    return _Consents(by_law, law, by_company, _with_company(read, inputs.document))


def _with_company(law: Consent, document: PolicyDocument) -> Consent:
    """The company may be stricter than law, never laxer."""
    return Consent(stricter(law.standard, document.standard), stricter(law.form, document.form, FORMS), law.decided_by)


def _schedule(inputs: Inputs, limits: Sequence[Limit]) -> Schedule:
    document = inputs.document
    return retention_schedule(
        [*limits, *_own_limits(inputs.policy_name, document.max_period, document.min_period)],
        counted_from=inputs.call.counted_from,
        zone=inputs.zone,
        fallback_period=document.max_period.text,
    )


@lru_cache(maxsize=512)
def _own_limits(name: str, maximum: Period, minimum: Period | None) -> tuple[Limit, ...]:
    """The company's own periods as limits, its maximum first."""
    company = [(MAXIMUM, maximum, "at most")]
    if minimum:
        company.append((MINIMUM, minimum, "at least"))
    return tuple(
        Limit(
            rule=f"policy:{name}",
            citation=name,
            kind=kind,
            period=length.text,
            because=f"Our policy keeps it for {in_words(length)} {edge}.",
            certainty="high",
            is_law=False,
        )
        for kind, length, edge in company
    )


def _refusal(inputs: Inputs, kept: Kept) -> Refusal:
    document = inputs.document
    return refusal(
        kept.duties,
        on_refusal=document.on_refusal,
        policy_name=inputs.policy_name,
        language=inputs.language.code,
        own_words=document.script_in(inputs.language.code).get("refusal_honoured", ""),
    )


def _pauses(inputs: Inputs, requirements: Said) -> Sequence[Any]:
    return pauses(
        requirements.pause_due,
        requirements.pause_waiting,
        card_data=inputs.document.pause_card_data,
        policy_name=inputs.policy_name,
    )


def _slots(inputs: Inputs, schedule: Schedule) -> dict[str, str]:
    document = inputs.document
    return slots_in(
        inputs.language,
        company=document.company,
        length=period(schedule.said_period),
        purposes=inputs.purposes,
        opt_out_key=document.opt_out_key,
    )


def _disclosures(
    inputs: Inputs, requirements: Said, asked: Consent, refused: Refusal, slots: dict[str, str]
) -> tuple[Sequence[Disclosure], Sequence[Disclosure]]:
    document, language = inputs.document, inputs.language
    script = {**document.script_in(language.code), "refusal_honoured": refused.template}
    if refused.follow == END_CALL:
        script["refusal"] = language.refusal_of_duty
    return disclosures_due(
        requirements.due,
        script=script,
        slots=slots,
        added=document.disclosures,
        added_by=inputs.policy_name,
        ask_consent=asked.is_asked,
        language=language,
    )
