# ruff: noqa: E402  Django wants its settings before anything else is loaded
"""The list as one writes it at first: a ModelViewSet, a ModelSerializer, page numbers. To compare with."""

import os
from typing import Any

import django
from django.conf import settings

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
            "OPTIONS": {"options": "-c search_path=plain_list"},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
        "PAGE_SIZE": 50,
    },
)
django.setup()

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, models
from django.urls import include, path
from rest_framework import routers, serializers, viewsets


class Recording(models.Model):
    call_id = models.UUIDField(unique=True)
    agent = models.CharField(max_length=64, db_index=True)
    direction = models.CharField(max_length=8, default="in")
    started_at = models.DateTimeField(db_index=True)
    duration_s = models.IntegerField(default=60)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    legal_hold = models.BooleanField(default=False)
    file = models.FileField(upload_to="%Y/%m/%d")

    class Meta:
        app_label = "plain_list"

    def __str__(self) -> str:
        return str(self.call_id)


class RecordingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Recording
        fields = "__all__"


class RecordingViewSet(viewsets.ModelViewSet):
    serializer_class = RecordingSerializer

    def get_queryset(self) -> Any:
        asked = {name: self.request.query_params[name] for name in ("agent",) if name in self.request.query_params}
        return Recording.objects.filter(**asked).order_by("-started_at", "-id")


def sized(get_response: Any) -> Any:
    """The one middleware: it says how long the answer is, or the connection could not be used again."""

    def middleware(request: Any) -> Any:
        response = get_response(request)
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


router = routers.SimpleRouter()
router.register("recordings", RecordingViewSet, basename="recording")
urlpatterns = [path("", include(router.urls))]


def prepare() -> str:
    """Make the table and a token; its key is returned."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS plain_list CASCADE; CREATE SCHEMA plain_list")
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Recording)
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    return Token.objects.create(user=User.objects.create_user("bench")).key


if __name__ == "__main__":
    print(prepare())
else:
    application = get_wsgi_application()
