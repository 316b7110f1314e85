"""What a vendor wants to see before it hands a recording over. Sent to that vendor's own hosts and to no other."""

import base64
import re
import time
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import jwt

from recordings.domain.errors import AudioUnreachable
from recordings.egress.http import posted

HOSTS = {
    "twilio": ("twilio.com",),
    "plivo": ("plivo.com",),
    "vonage": ("nexmo.com", "vonage.com"),
    "zoom_phone": ("zoom.us",),
}
TOKEN_SECONDS = 900
ZOOM_TOKENS = "https://zoom.us/oauth/token"
_tokens: dict[str, tuple[str, float]] = {}  # by client: the token, and until when on the monotonic clock


def headers_for(source: str, url: str, settings: dict[str, Any]) -> dict[str, str]:
    """The headers of a request for this address; nothing where none are configured.

    `audio_headers` of a source's settings is `{host: {header: value}}`, for whatever this does not know.
    """
    host = urlsplit(url).hostname or ""
    given = settings.get("audio_headers")
    if isinstance(given, dict) and isinstance(given.get(host), dict):
        return {str(name): str(value) for name, value in given[host].items()}
    if not any(host == known or host.endswith(f".{known}") for known in HOSTS.get(source, ())):
        return {}
    if source == "twilio":
        account = re.search(r"/Accounts/(AC\w+)/", urlsplit(url).path)
        return _basic(account[1], settings["auth_token"]) if account else {}
    if source == "plivo":
        return _basic(settings["auth_id"], settings["auth_token"]) if settings.get("auth_id") else {}
    if source == "zoom_phone":
        return _zoom(settings) if settings.get("oauth_client_secret") else {}
    return _vonage(settings) if settings.get("private_key_pem") else {}


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _zoom(settings: dict[str, Any]) -> dict[str, str]:
    """An access token of a server-to-server app, asked for anew when it has nearly expired."""
    client, secret = str(settings.get("oauth_client_id") or ""), str(settings["oauth_client_secret"])
    token, until = _tokens.get(client, ("", 0.0))
    if time.monotonic() > until:
        account = quote(str(settings.get("oauth_account_id") or ""), safe="")
        url = f"{ZOOM_TOKENS}?grant_type=account_credentials&account_id={account}"
        said = posted(url, _basic(client, secret))
        token, lives = str(said.get("access_token") or ""), said.get("expires_in")
        if not token:
            raise AudioUnreachable("Zoom gives no access token for these oauth settings.")
        _tokens[client] = (token, time.monotonic() + max(float(lives or 0) - 60, 0))
    return {"Authorization": f"Bearer {token}"}


def _vonage(settings: dict[str, Any]) -> dict[str, str]:
    """A JWT of the application that made the recording."""
    now = int(time.time())
    claims = {
        "application_id": settings.get("application_id", ""),
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "jti": str(uuid4()),
    }
    try:
        return {"Authorization": "Bearer " + jwt.encode(claims, settings["private_key_pem"], algorithm="RS256")}
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise AudioUnreachable("private_key_pem is not the RSA key of a Vonage application.") from error
