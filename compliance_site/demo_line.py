"""The line that a visitor pastes into a shell: one call through the API, with a token of its own, shown once."""

import json
import secrets
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.domain.scopes import Scope
from accounts.models import User
from accounts.pages import Page
from accounts.permissions import Act
from accounts.services import issue_token
from compliance_site.demo import company

CLIP = "compliance_site/demo/clips/full_consent_asked.opus"
LASTS = timedelta(hours=2)
SCOPES = (Scope.DECISIONS, Scope.RECORDINGS_WRITE, Scope.RECORDINGS_READ)


class DemoLine(Page):
    """Explains the line; a post makes it, with a test token of two hours."""

    act = Act.ADMINISTER_PEOPLE

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "today/line.html")

    def post(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        assert isinstance(user, User)  # noqa: S101  the page lets nobody else in
        now = timezone.now()
        lines = [] if user.all_lines else list(user.lines.all())
        token = issue_token(name=company.VISITOR, scopes=SCOPES, lines=lines, expires_at=now + LASTS, actor=user)
        host = request.build_absolute_uri("/").rstrip("/")
        metadata = {
            "source": "visitor",
            "external_id": f"try-{secrets.token_hex(4)}",
            "started_at": (now - timedelta(minutes=1)).isoformat(timespec="seconds"),
            "duration_s": 20,
            "direction": "outbound",
            "line_of_business": "home-cover",
            "purposes": ["quality_assurance"],
            "agent": {"id": "you", "name": "You"},
            "parties": [
                {"role": "agent", "jurisdiction": "US-TX"},
                {"role": "customer", "number": "+12125550123", "name": "A. Caller"},
            ],
            "consent": [{"method": "spoken", "party": "customer", "offset_s": 4, "result": "given"}],
        }
        line = (
            f"curl -sS {host}/api/v1/recordings/ -H 'Authorization: Bearer {token}'"
            f" -F 'metadata={json.dumps(metadata)};type=application/json' -F 'audio=@{CLIP};type=audio/ogg'"
        )
        return render(request, "today/line.html", {"line": line, "until": now + LASTS})
