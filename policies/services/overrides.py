"""Overrides of the law register: proposed by an officer, approved by a second one, for a time."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

import trail.services as trail
from accounts.models import User
from accounts.permissions import Act, demand, may
from policies.domain.errors import OverrideNotMovable, OverrideRefused, SecondPersonNeeded
from policies.domain.register.checks import checked
from policies.domain.register.examples import wrong_examples
from policies.domain.register.files import COLUMNS, EXAMPLES, Register, WrongCell
from policies.domain.register.overriding import (
    TABLES,
    Displaced,
    RuleOverride,
    overridden_and_displaced,
    restored,
    row_on,
    signed_off,
)
from policies.models import ImpactReport, LawOverride, LawRelease
from policies.services.register import current_release, derive_release, one_at_a_time, put_in_effect
from policies.services.releases import approval_of
from policies.services.stored_register import rows_of

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_OF_AN_EXAMPLE = frozenset(COLUMNS[EXAMPLES]) - {"rule"}
LONGEST_YEARS = 5
State = LawOverride.State


@transaction.atomic
def propose_override(
    *,
    table: str,
    code: str,
    changes: Mapping[str, str],
    reason: str,
    opinion_by: str,
    document_sha256: str,
    effective_from: date,
    expires_on: date,
    actor: User,
    kind: str = "change",
    examples: Sequence[Mapping[str, str]] = (),
) -> LawOverride:
    """Propose a row in place of a shipped one, for these days; a second officer decides.

    `changes` are columns of the register's file with their new text. With kind `sign_off` counsel confirms a reading:
    `{"reading": "best", "confidence": "high"}`. `examples` stand in place of the rule's examples of the same name.
    Raises NotAllowed, OverrideRefused with each wrong field, or with the example calls that would fail.
    """
    demand(actor, Act.DRAFT_LAW)
    _refuse_fields(reason, opinion_by, document_sha256, effective_from, expires_on, examples)
    register = _rows_in_effect()
    told = _as_columns(register, table, code, changes, kind, effective_from, expires_on)
    proposed = LawOverride(
        kind=kind,
        table=table,
        code=code,
        changes=told,
        examples=[dict(example) for example in examples],
        reason=reason.strip(),
        opinion_by=opinion_by.strip(),
        document_sha256=document_sha256,
        effective_from=effective_from,
        expires_on=expires_on,
        author=actor,
    )
    _refuse_overlap(proposed)
    _under(register, proposed.as_rule_override())
    proposed.save()
    trail.append("override.proposed", actor=actor, subject=proposed, code=code, table=table, kind=kind)
    return proposed


@transaction.atomic
def approve_override(*, override: LawOverride, actor: User, report: ImpactReport | None = None) -> LawRelease:
    """Approve it as a second officer: the register with it becomes the next release, in effect from now on.

    Raises NotAllowed, SecondPersonNeeded: its author asks; OverrideNotMovable; OverrideRefused: it stands no more;
    ReleaseNotMovable: the what-if report is missing or not of it.
    """
    _demand_second(override, actor)
    one_at_a_time()
    override = _locked(override, State.PROPOSED)
    if override.expires_on <= timezone.localdate():
        raise OverrideNotMovable("Its days are over. Refuse it, and propose another one if it is still needed.")
    _refuse_overlap(override)
    approval = approval_of(override, report)
    base = current_release()
    register, displaced = _under(_rows_in_effect(), override.as_rule_override())
    override.state = State.APPROVED
    override.approver = actor
    override.decided_at = timezone.now()
    override.approval = approval
    override.save(update_fields=["state", "approver", "decided_at", "approval"])
    candidate = derive_release(
        register,
        override=override,
        actor=actor,
        displaced={**base.displaced, str(override.pk): displaced.as_json()},
    )
    release = put_in_effect(candidate, actor=actor, approval=approval)
    trail.append("override.approved", actor=actor, subject=override, code=override.code, number=release.number)
    return release


@transaction.atomic
def refuse_override(*, override: LawOverride, reason: str, actor: User) -> LawOverride:
    """Refuse a proposal, or withdraw one's own, with the reason. Raises NotAllowed, OverrideNotMovable."""
    demand(actor, Act.DRAFT_LAW)
    override = _locked(override, State.PROPOSED)
    if not reason.strip():
        raise _refused("reason", "Say why, so that its author can mend it.")
    override.state = State.REFUSED
    override.approver = None if override.author_id == actor.pk else actor
    override.decided_at = timezone.now()
    override.decided_because = reason.strip()
    override.save(update_fields=["state", "approver", "decided_at", "decided_because"])
    trail.append("override.refused", actor=actor, subject=override, code=override.code)
    return override


@transaction.atomic
def end_override(*, override: LawOverride, reason: str, actor: User, from_day: date | None = None) -> LawRelease:
    """End an approved one from a day on, today without one; the shipped rule counts again, in a new release.

    Days before keep the override. Raises NotAllowed, SecondPersonNeeded: the one who proposed it asks;
    OverrideNotMovable: not approved, or its days are over; OverrideRefused.
    """
    _demand_second(override, actor)
    one_at_a_time()
    override = _locked(override, State.APPROVED)
    ends = _last_day(override, from_day)
    if not reason.strip():
        raise _refused("reason", "Say why it ends before its time.")
    base = current_release()
    displaced = Displaced.of_json(base.displaced[str(override.pk)])
    register = restored(rows_of(base), override.as_rule_override(), displaced, ends)
    _refuse_wrong(checked(register) or wrong_examples(register, ends, override.expires_on, rule=override.code))
    override.state = State.ENDED
    override.ended_at = timezone.now()
    override.ended_because = reason.strip()
    override.ended_from = ends
    override.ended_by = actor
    override.save(update_fields=["state", "ended_at", "ended_because", "ended_from", "ended_by"])
    others = {pk: rows for pk, rows in base.displaced.items() if pk != str(override.pk)}
    release = put_in_effect(derive_release(register, override=override, actor=actor, displaced=others), actor=actor)
    trail.append("override.ended", actor=actor, subject=override, code=override.code, number=release.number)
    return release


def _last_day(override: LawOverride, from_day: date | None) -> date:
    today = timezone.localdate()
    ends = max(from_day or today, override.effective_from)
    if ends < today or ends >= override.expires_on:
        raise OverrideNotMovable(
            f"It ends with {override.expires_on.isoformat()} by itself. Choose a day from today until then."
        )
    return ends


def _refuse_fields(
    reason: str,
    opinion_by: str,
    document_sha256: str,
    effective_from: date,
    expires_on: date,
    examples: Sequence[Mapping[str, str]],
) -> None:
    problems = {
        "reason": "" if reason.strip() else "Say why the shipped rule does not fit.",
        "opinion_by": "" if 0 < len(opinion_by.strip()) <= 120 else "Name who gave the opinion, in 120 characters.",
        "document_sha256": ""
        if _SHA256.fullmatch(document_sha256)
        else "Give the SHA-256 of the opinion's document: 64 digits and letters a to f.",
        "expires_on": _wrong_end(effective_from, expires_on),
        "examples": _wrong_examples(examples, effective_from, expires_on),
    }
    fields = [{"pointer": f"/{name}", "detail": detail} for name, detail in problems.items() if detail]
    if fields:
        raise OverrideRefused("The override needs mending; errors names each place.", fields)


def _wrong_examples(examples: Sequence[Mapping[str, str]], first: date, end: date) -> str:
    if not all(set(example) == _OF_AN_EXAMPLE for example in examples):
        return f"Each example has {', '.join(sorted(_OF_AN_EXAMPLE))}."
    if not all(first.isoformat() <= example["day"] < end.isoformat() for example in examples):
        return "Each example shows a day on which the override counts."
    return ""


def _wrong_end(effective_from: date, expires_on: date) -> str:
    if expires_on <= effective_from or expires_on <= timezone.localdate():
        return "Choose a day after the first one, and after today."
    if expires_on.year - effective_from.year > LONGEST_YEARS:
        return f"An override stands for at most {LONGEST_YEARS} years. Look at it again then."
    return ""


def _as_columns(
    register: Register,
    table: str,
    code: str,
    changes: Mapping[str, str],
    kind: str,
    effective_from: date,
    expires_on: date,
) -> dict[str, str]:
    """The changed columns with their texts, also of a sign-off; who reviewed it then and looks at it again when."""
    if table not in TABLES:
        raise _refused("table", f"Use one of: {', '.join(TABLES)}.")
    if kind not in LawOverride.Kind.values:
        raise _refused("kind", f"Use one of: {', '.join(LawOverride.Kind.values)}.")
    row = row_on(register, table, code, effective_from)
    reviewed_on = min(timezone.localdate(), expires_on - timedelta(days=1)).isoformat()
    reviewed = {"reviewed_on": reviewed_on, "next_review_on": expires_on.isoformat()}
    told = signed_off(changes, row) if kind == LawOverride.Kind.SIGN_OFF else dict(changes)
    if not any(row.get(name) != text for name, text in told.items()):
        raise _refused("changes", "It says what the rule says already. Change at least one column.")
    return {**reviewed, **told}


def _refuse_overlap(override: LawOverride) -> None:
    """Two overrides of one rule never share a day."""
    standing = LawOverride.objects.approved().of_rule(override.code).exclude(pk=override.pk)
    for other in standing.filter(effective_from__lt=override.expires_on, expires_on__gt=override.effective_from):
        raise _refused(
            "effective_from",
            f"Another override of {override.code} stands from {other.effective_from.isoformat()} until"
            f" {other.expires_on.isoformat()}. End that one first, or choose other days.",
        )


def _rows_in_effect() -> Register:
    register = rows_of(current_release())
    if not register.of(EXAMPLES):
        raise OverrideRefused("The law release in effect came without example calls. Publish the newer one first.")
    return register


def _under(register: Register, override: RuleOverride) -> tuple[Register, Displaced]:
    """The register under it, and what it displaced. Raises OverrideRefused with every wrong cell or failing example."""
    under, displaced = overridden_and_displaced(register, override)
    _refuse_wrong(checked(under) or wrong_examples(under, override.begins, override.ends, rule=override.code))
    return under, displaced


def _refuse_wrong(wrong: Sequence[WrongCell]) -> None:
    if not wrong:
        return
    if all(cell.file == EXAMPLES for cell in wrong):
        detail = "Example calls would fail. State each of them anew with the override, or change the override:"
    else:
        detail = "The rule would be wrong:"
    shown = " ".join(cell.detail for cell in wrong[:5])
    fields = [
        {"pointer": "/examples" if cell.file == EXAMPLES else f"/changes/{cell.column}", "detail": cell.detail}
        for cell in wrong
    ]
    raise OverrideRefused(f"{detail} {shown}", fields)


def _demand_second(override: LawOverride, actor: User) -> None:
    demand(actor, Act.APPROVE_LAW)
    if not may(actor, Act.APPROVE_LAW, override):
        raise SecondPersonNeeded("You proposed this override. A second officer has to decide it.")


def _locked(override: LawOverride, state: str) -> LawOverride:
    current = LawOverride.objects.select_for_update(of=("self",)).get(pk=override.pk)
    if current.state != state:
        raise OverrideNotMovable(f"The override is {current.state} already. Reload the page.")
    return current


def _refused(name: str, detail: str) -> OverrideRefused:
    return OverrideRefused(detail, [{"pointer": f"/{name}", "detail": detail}])
