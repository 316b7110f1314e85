"""Who may reach what: every route of the resolver, as everybody. A route without its line here fails the test.

Nobody learns from an answer whether there is something to see: who may not is answered 404, on a page and by the API.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import transaction
from django.urls import get_resolver
from django.urls.resolvers import URLPattern
from django.utils import timezone

from accounts.domain.scopes import Scope
from accounts.models import Role
from accounts.services import give_call
from audits.domain import sampling
from audits.models import AuditPlan, EvaluationForm, Sample
from audits.services.allotment import allot
from audits.services.reviews import start_review
from policies.domain.calls import Call, PartyFacts
from policies.domain.documents import CAREFUL_DEFAULT
from policies.models import LawOverride, LawRelease, PolicyVersion
from policies.services import versions
from policies.services.giving import give
from policies.services.impact import start_impact
from policies.services.retirement import request_retirement
from recordings import keys
from recordings.models import CallList, DispositionRun, ImportRun, RetentionCase
from recordings.services.disposition import purge_batch
from recordings.services.disposition.early import ask_early_disposal
from recordings.services.disposition.runs import tend_runs
from recordings.services.holds import place_hold
from recordings.services.person_requests import Requester, open_request
from recordings.services.removals import object_removals
from recordings.services.retention.cases import open_cases
from recordings.services.retention.triggers import tell_trigger
from recordings.services.shortening import propose_shortening
from tests.factories import RecordingFactory, UserFactory
from trail.domain.actors import CALLWARD

pytestmark = pytest.mark.django_db

EVERY_ROLE = "RSOA"
LETTERS = {"R": Role.REVIEWER, "S": Role.SUPERVISOR, "O": Role.OFFICER, "A": Role.AUDITOR}


@dataclass(frozen=True)
class Page:
    """A page for these roles. `of_line`: about one thing of a line, so that people of another line find nothing.

    `given`: a reviewer reaches it for the calls that they were given, no other reviewer does.
    """

    roles: str
    of_line: bool = False
    given: bool = False


@dataclass(frozen=True)
class Api:
    """A call for tokens of this scope. `of_line`: a token of another line finds nothing."""

    scope: Scope
    of_line: bool = False


PUBLIC = "anybody"  # says nothing of any call
OWN = "anybody who is signed in, about themselves"
DOOR = "the way in and what belongs to it; allauth's own rules"

MATRIX: dict[str, Page | Api | str] = {
    "GET /": OWN,
    "POST demo/sign-in/": PUBLIC,  # there in the demo mode alone; tests/pages/test_sign_in.py
    "GET demo/line/": Page("S"),
    "POST demo/line/": Page("S"),
    "GET system/": Page("SOA"),
    "GET healthz": PUBLIC,
    "GET readyz": PUBLIC,
    "GET metrics": PUBLIC,  # for the machine itself or the bearer of METRICS_TOKEN
    # calls
    "GET recordings/": Page(EVERY_ROLE),
    "GET recordings/find/": Page(EVERY_ROLE),
    "POST recordings/find/": Page(EVERY_ROLE),
    "GET recordings/quarantine/": Page(EVERY_ROLE),
    "POST recordings/quarantine/": Page("SO"),
    "GET recordings/inbox/": Page("SOA"),
    "POST recordings/inbox/": Page("SO"),
    "GET recordings/inbox/<case_id>/": Page("SOA", of_line=True),
    "POST recordings/inbox/<case_id>/": Page("O", of_line=True),
    "GET recordings/disposition/": Page("SOA"),
    "GET recordings/disposition/refusals/": Page("SOA"),
    "POST recordings/disposition/object/": Page("SO"),
    "POST recordings/disposition/object/end/": Page("SO"),
    "GET recordings/disposition/approve/": Page("O"),
    "POST recordings/disposition/approve/": Page("O"),
    "POST recordings/disposition/approve/withdraw/": Page("O"),
    "POST recordings/disposition/approve/chosen/": Page("O"),
    "POST recordings/disposition/extend/": Page("SO"),
    "GET recordings/disposition/pause/": Page("SO"),
    "POST recordings/disposition/pause/": Page("SO"),
    "GET recordings/disposition/dry-run/": Page("SOA"),
    "GET recordings/disposition/early/": Page("SOA"),
    "POST recordings/disposition/early/": Page("SO"),
    "GET recordings/disposition/early/<disposal_id>/": Page("SOA", of_line=True),
    "POST recordings/disposition/early/<disposal_id>/": Page("SO", of_line=True),
    "GET recordings/disposition/runs/": Page("SOA"),
    "GET recordings/disposition/runs/<run_id>/": Page("SOA", of_line=True),
    "POST recordings/disposition/runs/<run_id>/": Page("O", of_line=True),
    "GET recordings/disposition/runs/<run_id>/file/": Page("SOA", of_line=True),
    "GET recordings/disposition/runs/<run_id>/paper/file/": Page("SOA", of_line=True),
    "GET recordings/certificates/verify.py/file/": PUBLIC,
    "GET recordings/certificates/<gone>/paper/file/": Page("SOA", of_line=True),
    "GET recordings/certificates/": Page("SOA"),
    "GET recordings/certificates/<gone>/": Page("SOA", of_line=True),
    "GET recordings/certificates/<gone>/file/": Page("SOA", of_line=True),
    "GET recordings/storage/": Page("SOA"),
    "POST recordings/storage/": Page("O"),
    "GET recordings/intake/": Page("SOA"),
    "GET recordings/intake/dead/": Page("SOA"),
    "POST recordings/intake/dead/": Page("S"),
    "GET recordings/intake/sources/": Page("SOA"),
    "GET recordings/intake/imports/": Page("SOA"),
    "GET recordings/intake/imports/<import_id>/": Page("SOA", of_line=True),
    "GET recordings/intake/imports/<import_id>/refused/file/": Page("SO", of_line=True),
    "GET recordings/intake/call-lists/": Page("SOA"),
    "POST recordings/intake/call-lists/": Page("S"),
    "GET recordings/intake/call-lists/<list_id>/": Page("SOA", of_line=True),
    "GET recordings/intake/call-lists/<list_id>/file/": Page("SO", of_line=True),
    "GET recordings/requests/": Page("SO"),
    "GET recordings/requests/new/": Page("O"),
    "POST recordings/requests/new/": Page("O"),
    "GET recordings/requests/<asked>/": Page("SO", of_line=True),
    "POST recordings/requests/<asked>/": Page("O", of_line=True),
    "GET recordings/requests/<asked>/letter/": Page("O", of_line=True),
    "POST recordings/requests/<asked>/copy/file/": Page("O", of_line=True),
    "GET recordings/holds/": Page("SOA"),
    "POST recordings/holds/": Page("O"),
    "GET recordings/holds/<hold_id>/": Page("SOA", of_line=True),
    "GET recordings/holds/file/": Page("SOA"),
    "GET recordings/holds/<hold_id>/release/": Page("O", of_line=True),
    "POST recordings/holds/<hold_id>/release/": Page("O", of_line=True),
    "GET recordings/holds/<hold_id>/release/file/": Page("O", of_line=True),
    "GET recordings/holds/<hold_id>/report/": Page("SOA", of_line=True),
    "GET recordings/holds/<hold_id>/report/csv/file/": Page("SOA", of_line=True),
    "GET recordings/holds/<hold_id>/report/json/file/": Page("SOA", of_line=True),
    "GET recordings/<recording_id>/": Page(EVERY_ROLE, of_line=True, given=True),
    "GET recordings/<recording_id>/audio": Page(EVERY_ROLE, of_line=True, given=True),
    "GET recordings/<recording_id>/player/": Page(EVERY_ROLE, of_line=True, given=True),
    "POST recordings/<recording_id>/authentic/": Page(EVERY_ROLE, of_line=True, given=True),
    "POST recordings/<recording_id>/release/": Page("SO", of_line=True),
    "POST recordings/<recording_id>/triggers/": Page("O", of_line=True),
    # reviews
    "GET reviews/": Page(EVERY_ROLE),
    "GET reviews/plans/": Page("SOA"),
    "GET reviews/plans/new/": Page("S"),
    "POST reviews/plans/new/": Page("S"),
    "GET reviews/plans/<plan_id>/": Page("SOA", of_line=True),
    "GET reviews/plans/<plan_id>/edit/": Page("S", of_line=True),
    "POST reviews/plans/<plan_id>/edit/": Page("S", of_line=True),
    "POST reviews/plans/<plan_id>/draw/": Page("S", of_line=True),
    "GET reviews/samples/<sample_id>/": Page("SOA", of_line=True),
    "GET reviews/findings/": Page("SOA"),
    "GET reviews/findings/<finding_id>/": Page("SOA", of_line=True),
    "POST reviews/findings/<finding_id>/": Page("SO", of_line=True),
    "GET reviews/results/": Page("SOA"),
    "GET reviews/forms/": Page(EVERY_ROLE),
    "GET reviews/forms/<version_id>/": Page(EVERY_ROLE),
    "GET reviews/<assignment_id>/": Page("R", of_line=True, given=True),
    "POST reviews/<assignment_id>/start/": Page("R", of_line=True, given=True),
    "POST reviews/<assignment_id>/answers/": Page("R", of_line=True, given=True),
    "POST reviews/<assignment_id>/marks/": Page("R", of_line=True, given=True),
    "POST reviews/<assignment_id>/marks/<mark_id>/remove/": Page("R", of_line=True, given=True),
    "POST reviews/<assignment_id>/submit/": Page("R", of_line=True, given=True),
    "POST reviews/<assignment_id>/undo/": Page("R", of_line=True, given=True),
    "POST reviews/<assignment_id>/skip/": Page("R", of_line=True, given=True),
    "POST reviews/<assignment_id>/reassign/": Page("S", of_line=True),
    # rules
    "GET policies/": Page(EVERY_ROLE),
    "GET policies/try/": Page("RSO"),
    "POST policies/try/": Page("RSO"),
    "GET policies/law/<code>/": Page(EVERY_ROLE),
    "GET policies/calendar/": Page(EVERY_ROLE),
    "GET policies/releases/": Page(EVERY_ROLE),
    "GET policies/releases/<number>/": Page(EVERY_ROLE),
    "POST policies/releases/<number>/publish/": Page("O"),
    "POST policies/releases/<number>/discard/": Page("O"),
    "GET policies/overrides/": Page(EVERY_ROLE),
    "GET policies/overrides/new/": Page("O"),
    "POST policies/overrides/new/": Page("O"),
    "GET policies/overrides/<override>/": Page(EVERY_ROLE),
    "POST policies/overrides/<override>/approve/": Page("O"),
    "POST policies/overrides/<override>/refuse/": Page("O"),
    "POST policies/overrides/<override>/end/": Page("O"),
    "GET policies/versions/draft/": Page("O"),
    "POST policies/versions/draft/": Page("O"),
    "GET policies/versions/<pk>/": Page(EVERY_ROLE),
    "GET policies/versions/<draft>/change/": Page("O"),
    "POST policies/versions/<draft>/change/": Page("O"),
    "POST policies/versions/<draft>/submit/": Page("O"),
    "POST policies/versions/<in_review>/publish/": Page("O"),
    "POST policies/versions/<in_review>/send-back/": Page("O"),
    "POST policies/versions/<published>/retire/": Page("O"),
    "POST policies/versions/<retiring>/retire/approve/": Page("O", of_line=True),
    "POST policies/versions/<retiring>/keep/": Page("O", of_line=True),
    "POST policies/versions/<published>/confirm/": Page("O", of_line=True),
    "GET policies/versions/<published>/clone/": Page("O", of_line=True),
    "POST policies/versions/<published>/clone/": Page("O", of_line=True),
    "GET policies/versions/<published>/file/": Page(EVERY_ROLE, of_line=True),
    "GET policies/versions/import/": Page("O"),
    "POST policies/versions/import/": Page("O"),
    "GET policies/versions/compare/": Page(EVERY_ROLE),
    "GET approvals/": Page("O"),
    "GET what-if/<report>/": Page(EVERY_ROLE, of_line=True),
    "GET what-if/<report>/recordings/": Page(EVERY_ROLE, of_line=True),
    "POST what-if/<report>/cancel/": Page("O", of_line=True),
    "POST what-if/<kind>/<subject_id>/start/": Page("O", of_line=True),
    "GET recordings/disposition/shortenings/": Page("SOA"),
    "GET recordings/disposition/shortenings/<job>/": Page("SOA", of_line=True),
    "POST recordings/disposition/shortenings/<job>/approve/": Page("O", of_line=True),
    "POST recordings/disposition/shortenings/<job>/refuse/": Page("O", of_line=True),
    "POST recordings/disposition/shortenings/<kind>/<subject_id>/propose/": Page("O", of_line=True),
    # people about themselves
    "POST accounts/theme/": PUBLIC,
    "GET accounts/settings/": OWN,
    "POST accounts/settings/": OWN,
    "GET accounts/password/change/": OWN,
    **{
        f"GET accounts/{path}": DOOR
        for path in (
            "login/", "logout/", "inactive/", "reauthenticate/", "2fa/", "2fa/authenticate/", "2fa/reauthenticate/",
            "2fa/totp/activate/", "2fa/totp/deactivate/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/",
            "2fa/recovery-codes/download/", "signup/", "password/reset/", "password/set/", "email/",
        )
    },
    # programs
    "GET api/v1/policies/schema.json": Api(Scope.DECISIONS),
    "POST api/v1/decisions/": Api(Scope.DECISIONS),
    "POST api/v1/decisions/preview/": Api(Scope.DECISIONS),
    "GET api/v1/decisions/<decision_id>/": Api(Scope.DECISIONS, of_line=True),
    "POST api/v1/decisions/<decision_id>/outcome/": Api(Scope.DECISIONS, of_line=True),
    "GET api/v1/recordings/": Api(Scope.RECORDINGS_READ),
    "POST api/v1/recordings/": Api(Scope.RECORDINGS_WRITE),
    "GET api/v1/recordings/<recording_id>/": Api(Scope.RECORDINGS_READ, of_line=True),
    "GET api/v1/recordings/<recording_id>/audio": Api(Scope.RECORDINGS_LISTEN, of_line=True),
    "PUT api/v1/recordings/<recording_id>/audio": Api(Scope.RECORDINGS_WRITE, of_line=True),
    "GET api/v1/recordings/<recording_id>/retention/": Api(Scope.RECORDINGS_READ, of_line=True),
    "GET api/v1/recordings/<recording_id>/events/": Api(Scope.RECORDINGS_READ, of_line=True),
    "POST api/v1/recordings/<recording_id>/events/": Api(Scope.RECORDINGS_WRITE, of_line=True),
    "GET api/v1/recordings/<recording_id>/vcon": Api(Scope.RECORDINGS_READ, of_line=True),
    "GET api/v1/recordings/<recording_id>/triggers/": Api(Scope.RECORDINGS_READ, of_line=True),
    "POST api/v1/recordings/<recording_id>/triggers/": Api(Scope.RECORDINGS_WRITE, of_line=True),
    "POST api/v1/triggers/": Api(Scope.RECORDINGS_WRITE),
    "GET api/v1/triggers/<trigger_id>/": Api(Scope.RECORDINGS_WRITE, of_line=True),
    "GET api/v1/keys/": PUBLIC,  # the public halves of the keys that sign
    "GET api/v1/intake/<source>/": PUBLIC,  # for vendors that can be set to send so
    "POST api/v1/intake/<source>/": PUBLIC,  # proven by the vendor's own signature; tests/api/test_intake.py
    "GET api/v1/holds/": Api(Scope.HOLDS_READ),
    "POST api/v1/holds/": Api(Scope.HOLDS_WRITE),
    "GET api/v1/holds/<hold_id>/": Api(Scope.HOLDS_READ, of_line=True),
    "GET api/v1/holds/<hold_id>/report/": Api(Scope.HOLDS_READ, of_line=True),
    "GET api/v1/holds/<hold_id>/release/preview/": Api(Scope.HOLDS_WRITE, of_line=True),
    "POST api/v1/holds/<hold_id>/release/": Api(Scope.HOLDS_WRITE, of_line=True),
    "GET api/v1/certificates/": Api(Scope.RECORDINGS_READ),
    "GET api/v1/certificates/<gone>/": Api(Scope.RECORDINGS_READ, of_line=True),
    "GET api/v1/audits/results/": Api(Scope.AUDITS_READ),
    "GET api/v1/findings/": Api(Scope.AUDITS_READ),
    "GET api/v1/openapi.json": PUBLIC,
    "GET api/docs/": PUBLIC,
}  # fmt: skip

ADMIN_LISTS = {
    "accounts.user", "accounts.lineofbusiness", "accounts.integrationclient", "accounts.token", "recordings.recording",
    "recordings.legalhold", "recordings.certificate", "audits.auditplan", "audits.sample", "audits.assignment",
    "audits.review", "audits.finding", "audits.formversion", "policies.policy", "policies.policyversion",
    "policies.lawrelease", "trail.event",
}  # fmt: skip
ADMIN_ADDS = {"accounts.user", "accounts.lineofbusiness", "accounts.token"}


# ---- the routes that there are


def routes(resolver=None, prefix=""):
    """Every pattern below the root but the admin's: (its path with named places, the methods that it answers)."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if path.startswith("admin/"):
            continue
        if isinstance(pattern, URLPattern):
            yield _named(path), _methods(pattern.callback)
        else:
            yield from routes(pattern, path)


def _named(path: str) -> str:
    """`recordings/<uuid:recording_id>/` as `recordings/<recording_id>/`; a destroyed one's id is `<gone>`."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", path) or "/"
    path = path.replace("certificates/<recording_id>", "certificates/<gone>")
    path = path.replace("what-if/<pk>", "what-if/<report>").replace("shortenings/<pk>", "shortenings/<job>")
    path = path.replace("overrides/<pk>", "overrides/<override>").replace("requests/<pk>", "requests/<asked>")
    return re.sub(r"versions/<pk>/([\w-]+/.*)", lambda act: f"versions/<{VERSION_FOR[act[1]]}>/{act[1]}", path)


VERSION_FOR = {  # the state that a version has to be in for the act
    "change/": "draft",
    "submit/": "draft",
    "publish/": "in_review",
    "send-back/": "in_review",
    "retire/": "published",
    "retire/approve/": "retiring",
    "keep/": "retiring",
    "confirm/": "published",
    "clone/": "published",
    "file/": "published",
}


def _methods(callback) -> list[str]:
    view = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    if view is None or view.__module__.startswith(("allauth.", "drf_spectacular.")):
        return ["GET"]
    return [method.upper() for method in ("get", "post", "put", "patch", "delete") if hasattr(view, method)]


def test_every_route_has_its_line_and_every_line_its_route():
    there = {f"{method} {path}" for path, methods in routes() for method in methods}
    assert there - set(MATRIX) == set(), "write down who may"
    assert set(MATRIX) - there == set(), "gone; take the line out"


# ---- the stage


@pytest.fixture
def things(line, reviewer, officer, second_officer):
    """One thing of each kind, of our line; `places` fills the routes' named places."""
    policies = _versions(line, officer, second_officer)
    call, held, expired = RecordingFactory(line_of_business=line), RecordingFactory(line_of_business=line), None
    expired = RecordingFactory(line_of_business=line, expired=True)
    gone = expired.pk
    purge_batch(at=timezone.now(), limit=10)
    object_removals(at=timezone.now())
    tend_runs(timezone.now())
    early = RecordingFactory(line_of_business=line)
    disposal = ask_early_disposal(recording_ids=[early.pk], reason="They withdrew consent.", actor=second_officer)
    hold = place_hold(matter="Ortega", reason="Counsel asked.", recording_ids=[held.pk], actor=officer)
    assignment = _drawn(line, reviewer, call)
    give_call(user=reviewer, recording_id=call.pk)
    review = start_review(assignment=assignment, actor=reviewer)
    finding = _finding(review, assignment, call)
    parties = (PartyFacts("customer", jurisdiction="US-FL"),)
    decision = give(Call("inbound", "phone", line.code, (), {}, parties, timezone.now()), actor=CALLWARD)
    return {
        "decision_id": decision.id,
        "recording_id": call.pk,
        "gone": gone,
        "hold_id": hold.pk,
        "run_id": DispositionRun.objects.get().pk,
        "disposal_id": disposal.pk,
        "plan_id": assignment.sample.plan_id,
        "sample_id": assignment.sample_id,
        "assignment_id": assignment.pk,
        "mark_id": 1,
        "finding_id": finding.pk,
        "version_id": EvaluationForm.objects.get(code="standard").versions.first().pk,
        "pk": PolicyVersion.objects.first().pk,
        **policies,
        **_rules_to_come(policies, officer),
        "code": "US-CA",
        "asked": _asked(officer),
        "import_id": _imported(line).pk,
        "list_id": CallList.objects.create(source="austin", line_of_business=line, made_at=timezone.now()).pk,
        **_dates_to_decide(line, officer),
    }


def _dates_to_decide(line, officer):
    """A call whose rules contradict each other, and a trigger that was told of one."""
    RecordingFactory(line_of_business=line, quarantined=True, quarantine_reasons=["retention_conflict"])
    open_cases(timezone.now())
    told = RecordingFactory(line_of_business=line)
    trigger = tell_trigger(recording=told, kind="contract_end", happened_at=timezone.now(), actor=officer).trigger
    return {"case_id": RetentionCase.objects.get().pk, "trigger_id": trigger.pk}


def _imported(line):
    moments = {"started_at": timezone.now(), "moved_at": timezone.now()}
    place = {"place_digest": b"x", "sealed_place": keys.seal_with_keyset(b"calls", "import place")}
    return ImportRun.objects.create(kind="folder", source="austin", line_of_business=line, **moments, **place)


def _asked(officer):
    """A person's request for their calls, of the officer's lines."""
    about = {"requester": Requester(name="Marion Okafor"), "place": "DE", "language": "de"}
    return open_request(kind="access", received_on=timezone.localdate(), actor=officer, **about).pk


def _drawn(line, reviewer, call):
    plan = AuditPlan.objects.create(name="Weekly", form=EvaluationForm.objects.get(code="standard"), size=1)
    plan.lines.set([line])
    plan.reviewers.set([reviewer])
    frame, now = sampling.frame_of([(call.pk, call.sample_key)]), timezone.now()
    sample = Sample.objects.create(
        plan=plan,
        period_from=now - timedelta(days=7),
        period_to=now,
        filters={"size": 1},
        algorithm=sampling.ALGORITHM,
        frame=[[str(one), key] for one, key in frame],
        frame_size=1,
        frame_digest=sampling.frame_digest(frame),
        frame_committed_at=now,
        seed="00" * 32,
        drawn=[str(call.pk)],
        drawn_at=now,
    )
    with transaction.atomic():
        allot(sample=sample, count=1, at=now, actor=CALLWARD)
    return sample.assignments.get()


def _versions(line, officer, second_officer):
    """A policy's version in each state, all written by the first officer, so that the second one may go on."""
    made = {
        state: versions.draft_version(
            document=CAREFUL_DEFAULT, code=state.replace("_", "-"), name=state, lines=[line], actor=officer
        )
        for state in ("draft", "in_review", "published", "retiring")
    }
    for state in ("in_review", "published", "retiring"):
        versions.submit_version(version=made[state], actor=officer)
    for state in ("published", "retiring"):
        versions.publish_version(version=made[state], actor=second_officer)
    request_retirement(version=made["retiring"], reason="The line closes.", actor=officer)
    return {state: version.pk for state, version in made.items()}


def _rules_to_come(policies, officer):
    """A what-if that waits for its worker, a list of what would leave earlier, an override that was proposed."""
    report = start_impact(PolicyVersion.objects.get(pk=policies["in_review"]), officer)
    job = propose_shortening(PolicyVersion.objects.get(pk=policies["published"]), officer)
    override = LawOverride.objects.create(
        table="jurisdiction",
        code="US-NV",
        changes={"telephone_rule": "all_party"},
        reason="Counsel reads it so.",
        opinion_by="Ada Lin",
        document_sha256="0" * 64,
        effective_from=timezone.localdate(),
        expires_on=timezone.localdate() + timedelta(days=365),
        author=officer,
    )
    rules = {"override": override.pk, "number": LawRelease.objects.published().first().pk}
    return rules | {"report": report.pk, "job": job.pk, "kind": "version", "subject_id": policies["published"]}


def _finding(review, assignment, call):
    from audits.models import Finding

    now = timezone.now()
    return Finding.objects.create(
        review=review,
        recording_id=call.pk,
        line_of_business=assignment.line_of_business,
        question="recording",
        requirement="Says that the call is recorded.",
        severity="critical",
        opened_at=now,
        due_at=now + timedelta(days=7),
    )


@pytest.fixture
def people(line, other_line, reviewer, supervisor, law_officers, second_officer, auditor):
    """Name → (letter of the role, whose line). The officer sees every line, as whoever changes the law has to.

    The reviewer was given the call, the other one was not."""
    ours = {
        "reviewer": ("R", reviewer),
        "supervisor": ("S", supervisor),
        "officer": ("O", second_officer),
        "auditor": ("A", auditor),
    }
    ours["other reviewer"] = ("R", UserFactory(role=Role.REVIEWER, lines=[line]))
    strangers = {
        f"stranger, {role.label.lower()}": (letter, UserFactory(role=role, lines=[other_line]))
        for letter, role in LETTERS.items()
    }
    return ours | strangers


def ask(client, method: str, path: str, things: dict, headers=None):
    """One request whose deeds are undone, so that the next one finds the stage as it was."""
    filled = re.sub(r"<(\w+)>", lambda place: str(things[place[1]]), path)
    url = filled if filled.startswith("/") else f"/{filled}"
    point = transaction.savepoint()
    query = {"purpose": "quality_assurance"} if url.endswith("/audio") else {}
    url += "?code=US-NV" if path == "policies/overrides/new/" else ""  # which rule
    try:
        if method == "GET":
            return client.get(url, query, headers=headers)
        return getattr(client, method.lower())(url, {} if not headers else b"{}", headers=headers, **_kind(headers))
    finally:
        transaction.savepoint_rollback(point)


def _kind(headers) -> dict[str, str]:
    return {"content_type": "application/json"} if headers else {}


def is_let_in(answer) -> bool:
    """Whether the answer comes from behind the door: anything but the sign-in, 401, 403 and 404."""
    sent_away = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    return answer.status_code not in {401, 403, 404} and not sent_away


def lines_of_matrix(kind):
    for line, rule in MATRIX.items():
        if isinstance(rule, kind):
            method, _, path = line.partition(" ")
            yield method, path, rule


# ---- the tests


def test_pages_open_to_whom_they_are_for_and_to_nobody_else(client, things, people):
    wrong = []
    client.raise_request_exception = False
    for name, (letter, person) in people.items():
        client.force_login(person)
        for method, path, rule in lines_of_matrix(Page):
            expected = letter in rule.roles
            if name.startswith("stranger"):
                if not rule.of_line:
                    continue  # as for our own people of the role
                expected = False
            if rule.given and name == "other reviewer":
                expected = False
            answer = ask(client, method, path, things)
            if is_let_in(answer) is not expected or answer.status_code >= 500:
                wrong.append(f"{name}: {method} {path} → {answer.status_code}, expected {'in' if expected else 'out'}")
    assert not wrong, "\n".join(wrong)


def test_who_is_not_signed_in_is_sent_to_the_sign_in(client, things):
    wrong = []
    for method, path, rule in [*lines_of_matrix(Page), *lines_of_matrix(str)]:
        if rule in {PUBLIC, DOOR}:
            continue
        answer = ask(client, method, path, things)
        if is_let_in(answer):
            wrong.append(f"{method} {path} → {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_a_wrong_id_and_a_foreign_one_are_answered_alike(client, things, people):
    _, stranger = people["stranger, officer"]
    client.force_login(stranger)
    wrong = []
    for method, path, rule in lines_of_matrix(Page):
        if rule.of_line and method == "GET" and "O" in rule.roles:
            foreign = ask(client, method, path, things)
            nowhere = ask(client, method, path, {name: uuid4() for name in things})
            if (foreign.status_code, foreign.content) != (nowhere.status_code, nowhere.content):
                wrong.append(path)
    assert not wrong, "\n".join(wrong)


def test_tokens_do_what_their_scopes_say_and_nothing_else(client, things, line, other_line, bearer):
    every = set(Scope)
    wrong = []
    tokens = {
        scope: bearer(scope, lines=[line], name=f"only {scope}") for scope in Scope
    } | {"none": bearer("trail:read", lines=[line], name="none")}  # fmt: skip
    foreign = bearer(*every, lines=[other_line], name="foreign")
    for method, path, rule in lines_of_matrix(Api):
        asked = {
            "no token": (ask(client, method, path, things, headers={"Accept": "application/json"}), 401),
            "wrong token": (ask(client, method, path, things, headers={"Authorization": "Bearer cw_no_no"}), 401),
        }
        for scope, headers in tokens.items():
            covered = scope == rule.scope or (scope == Scope.HOLDS_WRITE and rule.scope == Scope.HOLDS_READ)
            asked[f"only {scope}"] = (ask(client, method, path, things, headers=headers), None if covered else 403)
        if rule.of_line:
            theirs = ask(client, method, path, things, headers=foreign)
            nowhere = ask(client, method, path, {name: uuid4() for name in things}, headers=foreign)
            if theirs.status_code < 400 or (theirs.status_code, theirs.content) != (
                nowhere.status_code,
                nowhere.content,
            ):
                wrong.append(f"a token of another line: {method} {path} → {theirs.status_code}")
        for name, (answer, status) in asked.items():
            if status is None and answer.status_code in {401, 403, 404}:
                wrong.append(f"{name}: {method} {path} → {answer.status_code}, expected in")
            elif status is not None and answer.status_code != status:
                wrong.append(f"{name}: {method} {path} → {answer.status_code}, expected {status}")
            if answer.status_code >= 500:
                wrong.append(f"{name}: {method} {path} → {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_a_session_opens_no_api_and_a_token_no_page(client, things, people, bearer, line):
    _, supervisor = people["supervisor"]
    client.force_login(supervisor)
    for method, path, _ in lines_of_matrix(Api):
        assert ask(client, method, path, things, headers={"Accept": "application/json"}).status_code == 401, path
    client.logout()
    headers = bearer(lines=[line], name="everything")
    for method, path, _ in lines_of_matrix(Page):
        if method == "GET":
            assert not is_let_in(ask(client, method, path, things, headers=headers)), path


def test_the_admin_shows_these_lists_to_supervisors_and_deletes_nothing(client, things, people):
    models = {model._meta.label_lower: model for model in admin.site._registry}
    assert set(models) == ADMIN_LISTS, "write down what the admin shows"
    for name, (letter, person) in people.items():
        if name.startswith("stranger"):
            continue  # the lists' own filter is for them: tests/unit/accounts/test_admin.py
        client.force_login(person)
        for label, model in models.items():
            base = f"/admin/{label.replace('.', '/')}/"
            assert (client.get(base).status_code == 200) is (letter == "S"), (name, base)
            assert (client.get(f"{base}add/").status_code == 200) is (letter == "S" and label in ADMIN_ADDS), base
            thing = model._default_manager.first()
            if thing is not None and letter == "S":
                assert client.post(f"{base}{thing.pk}/delete/", {"post": "yes"}).status_code in {403, 404}
                assert model._default_manager.filter(pk=thing.pk).exists()
