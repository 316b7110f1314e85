# ruff: noqa: E402  Django wants its settings before anything else is loaded
"""The purge that one writes at first: an ORM loop over what has expired. Prints how many and in how many seconds."""

import os
import time
from datetime import UTC, datetime

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="baseline",  # noqa: S106
    USE_TZ=True,
    MEDIA_ROOT=os.environ["BASELINE_MEDIA"],
    INSTALLED_APPS=[],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "callward",
            "USER": "callward",
            "HOST": os.environ["BASELINE_HOST"],
            "OPTIONS": {"options": "-c search_path=baseline"},
        }
    },
)
django.setup()

from django.db import models


class Recording(models.Model):
    call_id = models.UUIDField(unique=True)
    agent = models.CharField(max_length=64, db_index=True)
    started_at = models.DateTimeField(db_index=True)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    legal_hold = models.BooleanField(default=False)
    file = models.FileField(upload_to="%Y/%m/%d")

    class Meta:
        app_label = "baseline"
        db_table = "recording"

    def __str__(self) -> str:
        return str(self.pk)


def main() -> None:
    count, begun = 0, time.monotonic()
    for recording in Recording.objects.filter(expires_at__lt=datetime.now(UTC), legal_hold=False):
        recording.file.delete(save=False)
        recording.delete()
        count += 1
    print(count, time.monotonic() - begun)


if __name__ == "__main__":
    main()
