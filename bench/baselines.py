# ruff: noqa: E402  Django wants its settings before anything else is loaded
"""Two servers to compare decisions with: the least that Django can do with a row, and what one writes at first.

`/one/`    a view with no token and no rules, that stores the body it was sent: one INSERT, one COMMIT.
`/plain/`  REST framework and the ORM: a token of `authtoken`, a serializer, the same two rows as a decision (answer and
           trail event, in one transaction), the answer sent back. It decides nothing: its answer is given beforehand.

Both run in the benchmark's PostgreSQL, in tables of their own, under the same web server with the same flags.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings

ANSWER = json.loads(os.environ.get("BASELINE_ANSWER", "{}"))

settings.configure(
    SECRET_KEY="baseline",  # noqa: S106
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    MIDDLEWARE=[f"{__name__}.sized"],
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework.authtoken", "rest_framework"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "callward",
            "USER": "callward",
            "HOST": os.environ["BASELINE_HOST"],
            "CONN_MAX_AGE": 600,
            "OPTIONS": {"options": "-c search_path=baseline"},
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
django.setup()

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class Decision(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    decided_at = models.DateTimeField()
    line = models.CharField(max_length=50)
    call = models.JSONField()
    answer = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        app_label = "baseline"

    def __str__(self) -> str:
        return str(self.pk)


class Event(models.Model):
    id = models.UUIDField(default=uuid.uuid4, unique=True)
    sequence = models.BigAutoField(primary_key=True)
    occurred_at = models.DateTimeField()
    verb = models.CharField(max_length=64)
    actor = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, db_index=True)
    facts = models.JSONField()
    digest = models.BinaryField()

    class Meta:
        app_label = "baseline"

    def __str__(self) -> str:
        return self.verb


class PartyIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(["agent", "customer", "third_party", "unknown"])
    number = serializers.CharField(required=False, max_length=64)
    jurisdiction = serializers.CharField(required=False, max_length=6)


class CallIn(serializers.Serializer[Any]):
    direction = serializers.ChoiceField(["inbound", "outbound", "internal"])
    medium = serializers.ChoiceField(["phone", "video", "in_person"], default="phone")
    line_of_business = serializers.CharField(max_length=50)
    purposes = serializers.ListField(child=serializers.CharField(), default=list)
    facts = serializers.DictField(default=dict)
    parties = PartyIn(many=True)


class Plain(APIView):
    def post(self, request: Request) -> Response:
        asked = CallIn(data=request.data)
        asked.is_valid(raise_exception=True)
        call = asked.validated_data
        digest = hashlib.sha256(json.dumps(ANSWER, sort_keys=True).encode())
        with transaction.atomic():
            decision = Decision.objects.create(
                decided_at=timezone.now(),
                line=call["line_of_business"],
                call=call,
                answer=ANSWER,
                digest=digest.hexdigest(),
            )
            Event.objects.create(
                occurred_at=timezone.now(),
                verb="decision.given",
                actor=str(request.user.pk),
                subject=str(decision.pk),
                facts={"digest": decision.digest},
                digest=digest.digest(),
            )
        return Response({"id": str(decision.pk), **ANSWER}, status=201)


def one(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO baseline.one (body) VALUES (%s)", [request.body.decode()])
    return HttpResponse(b'{"stored":true}', status=201, content_type="application/json")


def sized(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The one middleware: it says how long the answer is, or the connection could not be used again."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


urlpatterns = [path("one/", one), path("plain/", Plain.as_view())]


def prepare() -> str:
    """Make the tables and a token; its key is returned."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS baseline CASCADE; CREATE SCHEMA baseline")
        cursor.execute("CREATE TABLE baseline.one (id bigserial PRIMARY KEY, body text NOT NULL)")
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Decision)
        editor.create_model(Event)
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    return Token.objects.create(user=User.objects.create_user("bench")).key


if __name__ == "__main__":
    print(prepare())
else:
    application = get_wsgi_application()
