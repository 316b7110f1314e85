"""`Authorization: Bearer …` for every API call."""

from django.http import HttpRequest
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.clients import TokenActor
from accounts.domain.errors import TokenRefused
from accounts.services import token_actor


def bearer_actor(request: HttpRequest) -> TokenActor | None:
    """The holder of the request's bearer token; None without one. Raises TokenRefused."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return token_actor(secret.strip()) if scheme.lower() == "bearer" else None


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: HttpRequest) -> tuple[TokenActor, object] | None:
        try:
            actor = bearer_actor(request)
        except TokenRefused as error:
            raise AuthenticationFailed("The token is unknown, revoked or expired. Issue a new one.") from error
        return (actor, actor.token) if actor else None

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'Bearer realm="callward"'


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token of `manage.py issue_token`."}
