"""What every page of a room begins with: somebody is signed in, and may do what the page is for."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views import View

from accounts.models import User
from accounts.permissions import Act, may


class Page(View):
    """`act = Act.SEE_RECORDING`, or `act = {"GET": Act.SEE_HOLDS, "POST": Act.PLACE_HOLD}`. Without one it is closed.

    Who may not is answered as if there were nothing: 404, like a wrong id. A part that htmx asks for after the session
    has ended sends the whole page to the sign-in. Nothing of a page stays in a shared or a disk cache.
    """

    act: Act | dict[str, Act] | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if not self.is_open(request):
            raise Http404
        _assert_storable(request)
        response = super().dispatch(request, *args, **kwargs)
        patch_vary_headers(response, ["HX-Request", "Cookie"])
        if "Cache-Control" not in response:
            patch_cache_control(response, private=True, no_store=True)
        return response

    def is_open(self, request: HttpRequest) -> bool:
        """Whether this person may do here what the method asks for."""
        method = "GET" if request.method == "HEAD" else request.method
        act = self.act.get(method or "") if isinstance(self.act, dict) else self.act
        return act is not None and may(request.user, act)  # type: ignore[arg-type]


def _assert_storable(request: HttpRequest) -> None:
    """Raises BadRequest: a NUL, which no browser's form sends and no text in PostgreSQL holds."""
    for given in (request.GET, request.POST):
        if any("\x00" in text for name, texts in given.lists() for text in (name, *texts)):
            raise BadRequest("A field holds a NUL.")


def signed_in(request: HttpRequest) -> User:
    """Whom the page is for: `Page` has let nobody else through."""
    return cast(User, request.user)


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page."""
    return request.headers.get("HX-Request") == "true"


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, and back to here afterwards where coming back makes sense."""
    if is_part(request):
        response = HttpResponse(status=401)
        response["HX-Redirect"] = reverse("account_login")
        return response
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    return redirect_to_login(back)


def toast(request: HttpRequest, text: str, *, undo_url: str = "") -> None:
    """Say on the next page what was done; with the address to post to where it can be undone."""
    messages.success(request, text, extra_tags=undo_url)
