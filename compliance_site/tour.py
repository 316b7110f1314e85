"""The demo's own: signing in by one click, and the five steps of the tour. None of it exists outside the demo mode."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views import View

from accounts.models import User
from compliance_site.demo.company import PEOPLE


def demo_people() -> list[User]:
    """The people of the demo company, one for each role; nobody outside the demo mode."""
    if not settings.DEMO:
        return []
    known = {user.username: user for user in User.objects.filter(username__in=[person.username for person in PEOPLE])}
    by_role: dict[str, User] = {}
    for person in PEOPLE:
        if person.username in known and known[person.username].is_active:
            by_role.setdefault(person.role, known[person.username])
    return list(by_role.values())


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
        names = [person.username for person in PEOPLE]
        user = get_object_or_404(User, username=request.POST.get("as", ""), username__in=names, is_active=True)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("today")
