"""The demo's own: signing in by one click, and the five steps of the tour. None of it exists outside the demo mode."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views import View

import trail.services as trail
from accounts.models import IntegrationClient, User
from accounts.permissions import Act, may
from accounts.services import names_of
from compliance_site.demo import company
from recordings.models import Certificate, Recording
from trail.models import Event


@dataclass(frozen=True)
class Step:
    """One thing to try: what shows that it was done, where to do it, and whose role it takes."""

    title: str
    hint: str
    verb: str
    route: str
    action: str
    act: Act
    by: str = ""  # the name of the client whose event counts; empty: any person's, or Callward's own


@dataclass(frozen=True)
class StepState:
    """A step as this person sees it now."""

    title: str
    hint: str
    done_by: str
    done_at: datetime | None
    url: str
    action: str


STEPS = (
    Step(
        "Review a call by keyboard", "As Ines: N starts, 1 to 4 answer, ? shows the keys", "review.submitted",
        "audits:queue", "Review", Act.DO_REVIEW,
    ),
    Step(
        "Place a hold", "As Daniel; another officer releases it", "hold.placed",
        "recordings:holds", "Holds", Act.PLACE_HOLD,
    ),
    Step(
        "Send a call through the API", "As Ruth: one line, your token filled in", "recording.received",
        "demo-line", "Show the line", Act.ADMINISTER_PEOPLE, by=company.VISITOR,
    ),
    Step(
        "Watch a purge", "Calls of the two-minute line leave by themselves", "recording.disposed",
        "recordings:disposition", "Watch", Act.SEE_DISPOSITION,
    ),
    Step(
        "Open a certificate", "The proof that stays when a call is gone", "demo.certificate_opened",
        "recordings:certificates", "Open one", Act.SEE_CERTIFICATE,
    ),
)  # fmt: skip


def tour(user: User) -> list[StepState]:
    """The five steps for this person; none outside the demo mode, or before the demo company is complete."""
    filled = Event.objects.filter(verb="demo.filled").order_by("sequence").first() if settings.DEMO else None
    if filled is None:
        return []
    done = [_done(step, filled.sequence) for step in STEPS]
    names = names_of(event.actor_id for event in done if event)
    return [_state(step, event, names, user) for step, event in zip(STEPS, done, strict=True)]


def _done(step: Step, after: int) -> Event | None:
    """The first real event of this step since the demo company was complete."""
    events = Event.objects.filter(verb=step.verb, sequence__gt=after)
    if step.by:
        clients = IntegrationClient.objects.filter(name=step.by).values_list("pk", flat=True)
        events = events.filter(actor_kind="client", actor_id__in=[str(client) for client in clients])
    return events.order_by("sequence").first()


def _state(step: Step, event: Event | None, names: dict[str, str], user: User) -> StepState:
    return StepState(
        title=step.title,
        hint=_next_purge() or step.hint if step.verb == "recording.disposed" and event is None else step.hint,
        done_by=names.get(event.actor_id, "") if event else "",
        done_at=event.occurred_at if event else None,
        url=_url(step.route) if may(user, step.act) else "",
        action=step.action,
    )


def _next_purge() -> str:
    """When the next calls of the demo's own line leave, in words."""
    leaving = Recording.objects.filter(line_of_business__code=company.TWO_MINUTE_LINE, hold_count=0)
    first = leaving.aggregate(first=Min("delete_by"))["first"]
    return f"{leaving.count()} calls leave from {timezone.localtime(first):%H:%M:%S} on" if first else ""


def note_certificate(user: User, recording_id: object) -> None:
    """The tour's last step: somebody of the demo opened a certificate. Noted once."""
    if not settings.DEMO or Event.objects.filter(verb="demo.certificate_opened").exists():
        return
    certificate = Certificate.objects.filter(recording_id=str(recording_id)).first()
    if certificate is not None:
        with transaction.atomic():
            trail.append("demo.certificate_opened", actor=user, subject=certificate)


def _url(route: str) -> str:
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""


def demo_people() -> list[User]:
    """The people of the demo company with a button: each role, and a second officer; nobody outside the demo mode."""
    if not settings.DEMO:
        return []
    known = {user.username: user for user in User.objects.filter(username__in=company.SIGN_INS)}
    return [known[name] for name in company.SIGN_INS if name in known and known[name].is_active]


class DemoView(View):
    """Not there at all outside the demo mode."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class DemoSignIn(DemoView):
    """In as one of the demo company's people. Nobody else can be signed in this way."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        names = [person.username for person in company.PEOPLE]
        user = get_object_or_404(User, username=request.POST.get("as", ""), username__in=names, is_active=True)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("today")
