"""What the register asks officers to look at: reviews past, changes ahead, overrides that end; and a calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction

import trail.services as trail
from policies.domain.law import AnyRule, JurisdictionRule, Law
from policies.models import LawOverride, PolicyVersion, RuleFlag
from policies.services.register import current_release
from policies.services.snapshot import law_of
from trail.domain.actors import CALLWARD, Actor

AHEAD = timedelta(days=90)
Kind = RuleFlag.Kind


@dataclass(frozen=True)
class CalendarEntry:
    """One thing on one day.

    Kind: rule_begins, rule_ends, rule_review, version_begins, version_ends, version_review, override_begins,
    override_ends. `code` is the rule's, or the policy's; `pk` the version's or override's, empty for a rule.
    """

    on: date
    kind: str
    code: str
    what: str
    pk: str = ""


@transaction.atomic
def flag_rules(*, today: date) -> int:
    """Flag what is due, each thing once; how many are new. Safe to run twice, and at once."""
    new = RuleFlag.objects.bulk_create(
        [RuleFlag(kind=kind, code=code, on=on) for kind, code, on in sorted(_due(today) - _flagged())],
        ignore_conflicts=True,
    )
    written = list(RuleFlag.objects.filter(pk__in=[flag.pk for flag in new]))
    if written:
        facts: list[dict[str, object]] = [
            {"code": flag.code, "kind": flag.kind, "on": flag.on.isoformat()} for flag in written
        ]
        trail.append_many("rule.flagged", actor=CALLWARD, subjects=written, facts=facts)
    return len(written)


def standing_flags(today: date) -> list[RuleFlag]:
    """The flags that still hold: not reviewed since, the change not come yet, the override not over. Soonest first."""
    due = _due(today)
    return [flag for flag in RuleFlag.objects.all() if (flag.kind, flag.code, flag.on) in due]


def calendar(first: date, last: date, actor: Actor = CALLWARD) -> list[CalendarEntry]:
    """Changes and reviews from `first` to `last`, both included, in order of days, of what the actor sees."""
    release = current_release()
    entries = [
        *_of_rules(law_of(release.number, release.digest)),
        *_of_versions(actor),
        *_of_overrides(),
    ]
    chosen = [entry for entry in entries if first <= entry.on <= last]
    return sorted(chosen, key=lambda entry: (entry.on, entry.kind, entry.code, entry.pk))


def _flagged() -> set[tuple[str, str, date]]:
    return set(RuleFlag.objects.values_list("kind", "code", "on"))


def _due(today: date) -> set[tuple[str, str, date]]:
    """(kind, code, day) of everything to look at today."""
    release = current_release()
    law = law_of(release.number, release.digest)
    due: set[tuple[str, str, date]] = set()
    for rule in _rules(law):
        over = rule.effective_to is not None and rule.effective_to <= today
        if rule.next_review_on and rule.next_review_on < today and not over:
            due.add((Kind.REVIEW_PAST, rule.code, rule.next_review_on))
        due |= {
            (Kind.CHANGE_AHEAD, rule.code, day)
            for day in (rule.effective_from, rule.effective_to)
            if day and today < day <= today + AHEAD
        }
    for override in LawOverride.objects.standing(today).filter(expires_on__lte=today + AHEAD):
        due.add((Kind.OVERRIDE_ENDS, override.code, override.expires_on))
        due.discard((Kind.CHANGE_AHEAD, override.code, override.expires_on))
    return due


def _rules(law: Law) -> Iterator[AnyRule]:
    yield from law.rules
    yield from law.retention
    yield from law.disclosures


def _name(rule: AnyRule) -> str:
    return rule.name if isinstance(rule, JurisdictionRule) else rule.citation


def _of_rules(law: Law) -> Iterator[CalendarEntry]:
    reviews: set[tuple[date, str]] = set()
    starts = {(rule.code, rule.effective_from) for rule in _rules(law)}
    for rule in _rules(law):
        if rule.effective_from:
            yield CalendarEntry(rule.effective_from, "rule_begins", rule.code, f"{_name(rule)}: begins to count")
        if rule.effective_to and (rule.code, rule.effective_to) not in starts:
            yield CalendarEntry(rule.effective_to, "rule_ends", rule.code, f"{_name(rule)}: no longer counts")
        if rule.next_review_on and (rule.next_review_on, rule.code) not in reviews:
            reviews.add((rule.next_review_on, rule.code))
            yield CalendarEntry(rule.next_review_on, "rule_review", rule.code, f"{_name(rule)}: review is due")


def _of_versions(actor: Actor) -> Iterator[CalendarEntry]:
    versions = PolicyVersion.objects.visible_to(actor).filter(published_at__isnull=False).select_related("policy")
    for version in versions:
        said, code, pk = str(version), version.policy.code, str(version.pk)
        begins = version.effective_from or version.published_at
        if begins:
            yield CalendarEntry(begins.date(), "version_begins", code, f"{said}: begins to count", pk)
        if version.retired_at:
            yield CalendarEntry(version.retired_at.date(), "version_ends", code, f"{said}: no longer counts", pk)
        elif version.next_review_on:
            yield CalendarEntry(version.next_review_on, "version_review", code, f"{said}: review is due", pk)


def _of_overrides() -> Iterator[CalendarEntry]:
    for override in LawOverride.objects.filter(state__in=["approved", "ended"]):
        pk, code = str(override.pk), override.code
        if override.effective_from < override.counts_until:
            begins = f"Our override of {code}: begins to count"
            yield CalendarEntry(override.effective_from, "override_begins", code, begins, pk)
            ends = f"Our override of {code}: ends, the shipped rule counts again"
            yield CalendarEntry(override.counts_until, "override_ends", code, ends, pk)
