"""What a vendor wants to see before it hands a recording over. Sent to that vendor's own hosts and to no other."""

import base64
import re
import time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import jwt

from recordings.domain.errors import AudioUnreachable

HOSTS = {
    "twilio": ("twilio.com",),
    "plivo": ("plivo.com",),
    "vonage": ("nexmo.com", "vonage.com"),
}
TOKEN_SECONDS = 900


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
    return _vonage(settings) if settings.get("private_key_pem") else {}


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


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
