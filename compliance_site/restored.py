"""After a restore Callward is closed until what was destroyed since is destroyed again.

What names no recording stays open: the machines' own addresses, signing in, the System page that says why, decisions
(a phone system asks them before each call), policies, the trail.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Act, may
from compliance_site import views
from compliance_site.problems import problem, problem_of
from recordings import gate
from recordings.domain.errors import RecordingsClosed
from recordings.ledger import state

Handler = Callable[[HttpRequest], HttpResponse]
OPEN = (
    "/healthz",
    "/readyz",
    "/metrics",
    "/static/",
    "/accounts/",
    "/demo/sign-in/",
    "/system/",
    "/policies/",
    "/trail/",
    "/api/v1/decisions/",
    "/api/v1/policies/",
    "/api/v1/trail/",
    "/api/v1/openapi.json",
    "/api/docs/",
)
ASK_AGAIN_SECONDS = "30"


class ClosedAfterRestore:
    """Asks now and then whether the database was restored, and turns away whatever would look at recordings."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        state.look_now_and_then()
        if gate.reason() and not request.path_info.startswith(OPEN):
            return _closed(request)
        return self.get_response(request)


def _closed(request: HttpRequest) -> HttpResponse:
    found = problem_of(RecordingsClosed(gate.reason())) or {}
    if request.path_info.startswith("/api/"):
        kind = found["type"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
        answer: HttpResponse = problem(found["status"], kind, found["title"], found["detail"])
    else:
        to, action = _way_on(request)
        answer = views.problem_page(request, found, to=to, action=action)
    answer["Retry-After"] = ASK_AGAIN_SECONDS
    return answer


def _way_on(request: HttpRequest) -> tuple[str, str]:
    """The page that says why, for who may open it; for others, the same page again: it opens by itself."""
    user = getattr(request, "user", None)
    if isinstance(user, User) and may(user, Act.SEE_DISPOSITION):
        return reverse("system"), "Look at the system"
    return request.path if request.method == "GET" else "/", "Try again"
