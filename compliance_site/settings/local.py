"""One machine: private services where none are given, keys made once under CALLWARD_HOME. What `make run` uses."""

import contextlib
import os
import secrets

from compliance_site.private.places import make_home
from compliance_site.settings import env
from compliance_site.settings.base import *  # noqa: F403
from compliance_site.settings.base import MAIL_IS_SET, PLACES
from compliance_site.settings.mail import mail_settings

DEBUG = False
DEMO = env.flag("CALLWARD_DEMO", default=PLACES.demo.exists())  # a demo's home stays a demo for later commands
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *env.words("ALLOWED_HOSTS")]
METRICS_ON_LOOPBACK = True


def _kept(name: str) -> str:
    """A secret of this copy, made at the first start and kept beside its data, readable by its owner alone."""
    make_home(PLACES)
    PLACES.keys.mkdir(exist_ok=True, mode=0o700)
    file = PLACES.keys / name
    if not file.exists():
        fresh = file.with_name(f"{name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another process was first; its secret counts
            file.hardlink_to(fresh)
        fresh.unlink()
    return file.read_text()


SECRET_KEY = env.optional("SECRET_KEY") or _kept("secret_key")
KEYSET = env.optional("KEYSET")  # empty: recordings.keys makes one under PLACES.keys

if not MAIL_IS_SET:  # letters can be looked at, and go nowhere
    globals().update(mail_settings(f"file://{PLACES.home}/mail"))

# Static files come from their own folders, looked up at each request: nothing to collect at the start, never stale.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
WHITENOISE_MAX_AGE = 0
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING["formatters"]["line"]["is_json"] = env.optional("LOG_FORMAT", "plain") == "json"
