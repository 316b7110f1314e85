"""An API view names its act (or one for each method); the token's scopes have to cover it."""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import BasePermission

from accounts.permissions import Act, may
from trail.domain.actors import Actor

if TYPE_CHECKING:  # the settings name this module while REST framework is still loading
    from rest_framework.request import Request
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """`act = Act.PLACE_HOLD`, or `act = {"GET": Act.SEE_HOLDS, "POST": Act.PLACE_HOLD}`. Without one it is closed."""

    message = "The token lacks the scope for this call. Issue one that has it."

    def has_permission(self, request: "Request", view: "APIView") -> bool:
        named = getattr(view, "act", None)
        act: Act | None = named.get(request.method) if isinstance(named, dict) else named
        return bool(request.user) and act is not None and may(cast(Actor, request.user), act)


def signed_in(request: "Request") -> Actor:
    """Who calls: `HasScope` has let nobody else through."""
    return cast(Actor, request.user)
