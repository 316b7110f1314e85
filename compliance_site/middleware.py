"""What every page request passes through: the reader's time zone, and our own errors as pages."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from compliance_site import tour, views
from compliance_site.problems import problem_of

Handler = Callable[[HttpRequest], HttpResponse]
ZONE_COOKIE = "zone"


@cache
def zones() -> frozenset[str]:
    """Every IANA zone of this machine."""
    return frozenset(available_timezones())


class ReadersZone:
    """Shows times in the zone that the reader chose in their settings; UTC until then."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get(ZONE_COOKIE, settings.TIME_ZONE)
        with timezone.override(ZoneInfo(name if name in zones() else settings.TIME_ZONE)):
            return self.get_response(request)


class TourSteps:
    """In the demo, the tour learns that a certificate was opened: reading it leaves no event of its own."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        if match and match.view_name == "recordings:certificate" and response.status_code == 200:
            tour.note_certificate(request.user, match.kwargs["recording_id"])  # type: ignore[arg-type]
        return response


class ProblemPages:
    """A room's own error on a page: the title and the way out that the API would give, as a page or as a part."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if request.path.startswith("/api/"):
            return None
        found = problem_of(error)
        return views.problem_page(request, found) if found else None
