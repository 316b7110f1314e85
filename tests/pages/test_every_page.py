"""Every page that links lead to, as everybody: nothing scrolls sideways where it is narrow, nothing complains,

and nothing breaks a rule of WCAG in either theme.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Role
from audits.models import AuditPlan
from compliance_site import heartbeats
from recordings.domain.deliveries import EvidenceGiven
from recordings.importing.call_lists import Listed
from recordings.importing.documents import Defaults
from recordings.models import ImportRun
from recordings.services.call_lists import compare
from recordings.services.disposition import list_due, purge_batch
from recordings.services.disposition.early import ask_early_disposal
from recordings.services.holds import place_hold
from recordings.services.imports import runs
from recordings.services.imports.plans import Plan
from recordings.services.person_requests import Requester, open_request
from recordings.services.retention.cases import open_cases
from recordings.services.retention.refusals import settle_refusals
from tests.factories import RecordingFactory, UserFactory
from tests.pages import audits
from tests.pages.calls import assigned, awaiting, delivered
from tests.pages.conftest import COLOURS
from tests.telephony import delivering
from tests.unit.recordings_retention.stage import AT_MOST_SIXTY, KEEP_NINETY, kept
from trail.domain.actors import CALLWARD

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = (360, 320)
TO_THEME = """theme => {
    document.documentElement.dataset.theme = theme;
    document.getAnimations().forEach(one => one.finish());
}"""  # colours change over a moment; axe looks at once
LEFT_OUT = re.compile(r"^/(api/|accounts/logout/|static/|media/)|/file/$|/audio$")  # no pages, or the way out
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/)\d+(?=/)|(?<=/law/)[\w-]+")
LONG = "Office of the Commissioner of Insurance of Ohio, inquiry 2026-0044 into renewals sold by telephone"


@pytest.fixture
def full_house(line, reviewer, supervisor, officer, tmp_path):
    """One of everything that a list or a page can show, with long names where people write them."""
    heartbeats.note(heartbeats.WORKER)
    heartbeats.note(heartbeats.BEAT)
    RecordingFactory(line_of_business=line, expired=True)
    purge_batch(at=timezone.now(), limit=10)
    held, set_apart, due = (delivered(line, external_id=f"call-{place}-{'x' * 30}") for place in range(3))
    delivered(line, external_id="refused", consent=(EvidenceGiven("spoken", "refused", "customer", 3.0),))
    delivering(line, awaiting(line))
    place_hold(matter=LONG, reason=f"{LONG}. " * 3, recording_ids=[held.pk, set_apart.pk], actor=officer)
    assigned(due, reviewer, due_at=timezone.now() - timedelta(days=2))
    RecordingFactory(line_of_business=line, started_at=timezone.now() - timedelta(days=85), audio=b"x")
    asking = Requester(name=LONG, number="+13125550142", address=LONG)
    open_request(
        kind="access", requester=asking, received_on=timezone.localdate(), place="DE", language="de", actor=officer
    )
    AuditPlan.objects.get().lines.set([line])
    list_due(at=timezone.now())
    audits.drawn(line, reviewer, supervisor)
    of_disposition(line, officer)
    of_intake(line, supervisor, tmp_path)


def of_disposition(line, officer):
    """Rules that contradict each other, a refusal that was followed, a recording that should go early."""
    kept(line, KEEP_NINETY, AT_MOST_SIXTY)
    ask_early_disposal(recording_ids=[RecordingFactory(line_of_business=line).pk], reason=LONG, actor=officer)
    settle_refusals(timezone.now())
    open_cases(timezone.now())


def of_intake(line, supervisor, folder):
    """An import whose only file was refused, and a list with a call that nobody knows."""
    (folder / f"{'9' * 60}.wav").write_text("no audio")
    plan = Plan(folder, ImportRun.Kind.FOLDER, Defaults(source="archive", line_of_business=line.code))
    run = runs.begin(plan=plan, place=folder, actor=CALLWARD)
    runs.work(run=run, plan=plan, files=runs.files_of(plan, folder), moved=lambda _: None)
    runs.end(run=run, actor=CALLWARD)
    compare(source="austin-exchange", calls=[Listed(2, ("lost-" + "x" * 40,), timezone.now())], actor=supervisor)


def kind(address: str) -> str:
    """The page without what it is about: `/recordings/<id>/`."""
    return ID.sub("<id>", address)


def walk(page: Page, judged: Callable[[str], str]) -> dict[str, str]:
    """Every kind of page that links lead to from Today, one of each: kind → what is wrong with it, or nothing.

    `judged` says what else is wrong with a kind of page that is open.
    """
    found: dict[str, str] = {}
    ahead = ["/"]
    while ahead:
        address = ahead.pop(0)
        if kind(address) in found or LEFT_OUT.search(address):
            continue
        answer = page.goto(address)
        found[kind(address)] = "" if answer and answer.ok else "does not open"
        for width in NARROW:
            page.set_viewport_size({"width": width, "height": 700})
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                found[kind(address)] += f"{over} px too wide at {width}; "
        found[kind(address)] += judged(kind(address))
        links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        here = urlsplit(page.url).netloc
        ahead += [urlsplit(link).path for link in links if urlsplit(link).netloc == here]
    return found


PAGES = {
    Role.REVIEWER: {"/", "/recordings/", "/reviews/", "/policies/", "/policies/try/", "/accounts/settings/"},
    Role.SUPERVISOR: {
        "/system/",
        "/recordings/quarantine/",
        "/recordings/intake/imports/<id>/",
        "/recordings/intake/call-lists/<id>/",
        "/recordings/intake/sources/",
        "/recordings/intake/dead/",
        "/recordings/storage/",
        "/reviews/plans/new/",
        "/admin/accounts/user/",
    },
    Role.OFFICER: {
        "/recordings/holds/<id>/",
        "/recordings/certificates/<id>/",
        "/recordings/holds/<id>/release/",
        "/recordings/holds/<id>/report/",
        "/recordings/disposition/pause/",
        "/recordings/inbox/<id>/",
        "/recordings/requests/<id>/",
        "/recordings/requests/new/",
        "/policies/versions/draft/",
        "/approvals/",
    },
    Role.AUDITOR: {
        "/recordings/disposition/",
        "/recordings/disposition/dry-run/",
        "/recordings/disposition/early/<id>/",
        "/recordings/disposition/refusals/",
        "/recordings/disposition/runs/<id>/",
        "/recordings/disposition/shortenings/",
        "/reviews/samples/<id>/",
        "/reviews/findings/<id>/",
        "/reviews/results/",
    },
}


# Whose page is judged by axe: the same page is not judged for everybody. The admin's have tests of their own.
JUDGED = {
    Role.REVIEWER: re.compile(r"^/($|recordings|reviews|policies/try|accounts)"),
    Role.SUPERVISOR: re.compile(r"^/(?!admin/.)"),
    Role.OFFICER: re.compile(r"^/($|recordings/(holds|disposition/($|early|pause)|inbox|requests)|policies/versions)"),
    Role.AUDITOR: re.compile(r"^/$"),
}


@pytest.mark.timeout(300)  # a hundred pages, also where other work shares the cores
@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
def test_no_page_scrolls_sideways_or_shuts_anybody_out(as_user, axe, full_house, reviewer, line, role):
    person = reviewer if role == Role.REVIEWER else UserFactory(username="walker", role=role, lines=[line])
    page = as_user(person, width=360, height=700)

    def judged(name: str) -> str:
        if not JUDGED[role].search(name):
            return ""
        broken = []
        for theme, rules in (("light", ()), ("dark", COLOURS)):
            page.evaluate(TO_THEME, theme)
            broken += [f"{theme}: {found}" for found in axe(page, only=rules)]
        return "; ".join(broken)

    found = walk(page, judged)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert PAGES[role] <= set(found)
