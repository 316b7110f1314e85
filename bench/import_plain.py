# ruff: noqa: E402  Django wants its settings before anything else is loaded
"""The plain import, to compare with: what one writes at first, and a server that it sends to.

`python import_plain.py prepare`             its table and its token, printed
`python import_plain.py import FOLDER`       one process, file by file: the name taken apart, a serializer of REST
                                             framework checks it, the ORM saves it with a FileField; prints seconds
`python import_plain.py send FOLDER URL TOKEN CLIENTS`   the same files sent to a ModelViewSet, by so many threads

It keeps a row and a file: no encryption, no fsync, no policy, no dates from law, no trail.
"""

import hashlib
import os
import re
import sys
import threading
import time
import uuid
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from zoneinfo import ZoneInfo

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="baseline",  # noqa: S106
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[f"{__name__}.sized"],
    USE_TZ=True,
    MEDIA_ROOT=os.environ.get("BASELINE_MEDIA", ""),
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework.authtoken", "rest_framework"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "callward",
            "USER": "callward",
            "HOST": os.environ["BASELINE_HOST"],
            "CONN_MAX_AGE": 600,
            "OPTIONS": {"options": "-c search_path=plain_import"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
django.setup()

from django.core.files import File
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, models, transaction
from django.urls import include, path
from rest_framework import routers, serializers, viewsets

NAME = re.compile(r"(?P<kind>[a-z]+)-(?P<called>[^-]+)-(?P<caller>[^-]+)-(?P<day>\d{8})-(?P<time>\d{6})-(?P<id>[\d.]+)")


class Recording(models.Model):
    external_id = models.CharField(max_length=200, unique=True)
    caller = models.CharField(max_length=40)
    called = models.CharField(max_length=40)
    direction = models.CharField(max_length=10)
    started_at = models.DateTimeField(db_index=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    legal_hold = models.BooleanField(default=False)
    file = models.FileField(upload_to="%Y/%m/%d")

    class Meta:
        app_label = "plain_import"

    def __str__(self) -> str:
        return self.external_id


class RecordingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Recording
        fields = "__all__"
        read_only_fields = ("size", "sha256")


class RecordingViewSet(viewsets.ModelViewSet):
    queryset = Recording.objects.all()
    serializer_class = RecordingSerializer

    def perform_create(self, serializer):
        file = serializer.validated_data["file"]
        serializer.save(size=file.size, sha256=hashlib.sha256(file.read()).hexdigest())


def sized(get_response):
    """The one middleware: it says how long the answer is, or the connection could not be used again."""

    def middleware(request):
        response = get_response(request)
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


router = routers.SimpleRouter()
router.register("recordings", RecordingViewSet, basename="recording")
urlpatterns = [path("", include(router.urls))]
application = get_wsgi_application()


def told(file: Path) -> dict[str, object]:
    name = NAME.fullmatch(file.stem)
    start = datetime.strptime(name["day"] + name["time"], "%Y%m%d%H%M%S").replace(tzinfo=ZoneInfo("America/New_York"))
    direction = {"external": "in", "out": "out"}.get(name["kind"], "internal")
    return {
        "external_id": file.stem,
        "caller": name["caller"],
        "called": name["called"],
        "direction": direction,
        "started_at": start.isoformat(),
        "expires_at": (start + timedelta(days=90)).isoformat(),
    }


def plain_import(folder: Path) -> None:
    for file in sorted(folder.rglob("*.wav")):
        with file.open("rb") as opened, transaction.atomic():
            asked = RecordingSerializer(data=told(file) | {"file": File(opened, name=file.name)})
            asked.is_valid(raise_exception=True)
            content = asked.validated_data["file"]
            asked.save(size=content.size, sha256=hashlib.sha256(content.read()).hexdigest())


def send(folder: Path, port: int, token: str, clients: int) -> None:
    files, lock = iter(sorted(folder.rglob("*.wav"))), threading.Lock()

    def client() -> None:
        web = HTTPConnection("127.0.0.1", port)
        while True:
            with lock:
                file = next(files, None)
            if file is None:
                return
            boundary = uuid.uuid4().hex
            fields = "".join(
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in told(file).items()
            )
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'
            body = fields.encode() + head.encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
            form = f"multipart/form-data; boundary={boundary}"
            web.request("POST", "/recordings/", body, {"Authorization": f"Token {token}", "Content-Type": form})
            answer = web.getresponse()
            content = answer.read()
            if answer.status != 201:
                raise SystemExit(f"{answer.status}: {content[:200]!r}")

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def prepare() -> str:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS plain_import CASCADE; CREATE SCHEMA plain_import")
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Recording)
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    return Token.objects.create(user=User.objects.create_user("bench")).key


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "prepare":
        print(prepare())
    else:
        Recording.objects.all().delete()
        began = time.monotonic()
        if what == "import":
            plain_import(Path(given[0]))
        else:
            send(Path(given[0]), int(given[1]), given[2], int(given[3]))
        print(time.monotonic() - began)
