"""What people have to do once a change counts: drafted from its report, each with the page where it is done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from policies.domain.documents import stored_document
from policies.domain.law import Law
from policies.domain.laxity import against_law
from policies.models import LawOverride, LawRelease, PolicyVersion
from policies.services.impact import Subject
from policies.services.register import current_release
from policies.services.rulesets import law_of_release, law_with_override
from policies.views.impact import Reported, scripts


@dataclass(frozen=True)
class Task:
    """One thing to do: what, why, and the address of the page for it."""

    what: str
    why: str
    url: str


def follow_up(reported: Reported, subject: Subject, user: User, at: datetime) -> list[Task]:
    """The tasks that a finished report leaves, for the lines that the user sees; the most urgent first."""
    if not reported.is_done or reported.report is None:
        return []
    forms = reported.report.figures.get("forms", [])
    return [*_calls(reported), *_policies(subject, user, at), *_words(reported), *_forms(forms)]


def _calls(reported: Reported) -> Iterator[Task]:
    counts = reported.counts
    if count := counts.get("conflict", 0):
        why = "Nothing of a conflict is destroyed until a person has decided."
        yield Task(f"Settle {_calls_of(count)} in a new conflict", why, _list(reported, "conflict"))
    if count := counts.get("noncompliant", 0):
        why = "What was given on them would not be enough now: keep them with a reason, or let them go."
        yield Task(f"Look at {_calls_of(count)} without the new consent", why, _list(reported, "noncompliant"))
    if count := counts.get("earlier", 0):
        why = "Publishing shortens nothing. A list of shortened dates does, with a second officer."
        yield Task(f"Decide whether {_calls_of(count)} should leave earlier", why, _list(reported, "earlier"))


def _policies(subject: Subject, user: User, at: datetime) -> Iterator[Task]:
    """Versions in force that would ask for less than the changed law; the present law they satisfy."""
    law = _law_of(subject)
    if law is None:
        return
    now, today = law_of_release(current_release()), timezone.localtime(at).date()
    for version in PolicyVersion.objects.visible_to(user).in_force(at).select_related("policy"):
        document = stored_document(version.document)
        known = {(item.rule, item.pointer) for item in against_law(document, now, today)}
        fresh = [item for item in against_law(document, law, today) if (item.rule, item.pointer) not in known]
        if fresh:
            draft = f"{reverse('policies:draft')}?{urlencode({'policy': version.policy.code})}"
            yield Task(f"Draft a new version of {version.policy.name}", fresh[0].detail, draft)


def _law_of(subject: Subject) -> Law | None:
    if isinstance(subject, LawRelease):
        return law_of_release(subject)
    return law_with_override(subject) if isinstance(subject, LawOverride) and subject.state == "proposed" else None


def _words(reported: Reported) -> Iterator[Task]:
    said = [words for words, _ in scripts(reported.figures)]
    if said:
        why = f"Said otherwise from then on: {'; '.join(said)}."
        yield Task("Tell whoever reads the script aloud", why, reverse("policies:try"))


def _forms(forms: list[Mapping[str, Any]]) -> Iterator[Task]:
    for form in forms:
        why = "It asks about what would be said otherwise: do its questions still fit?"
        yield Task(f"Read the form {form['name']}", why, reverse("audits:form", args=[form["id"]]))


def _list(reported: Reported, kind: str) -> str:
    pk = reported.report.pk if reported.report else ""
    return f"{reverse('what-if-list', args=[pk])}?{urlencode({'kind': kind})}"


def _calls_of(count: int) -> str:
    return f"{count:,} stored call{'' if count == 1 else 's'}"
