"""One machine: private services where none are given, keys made once under CALLWARD_HOME. What `make run` uses."""

import secrets

from compliance_site.settings import env
from compliance_site.settings.base import *  # noqa: F403
from compliance_site.settings.base import PLACES

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *env.words("ALLOWED_HOSTS")]


def _kept(name: str) -> str:
    """A secret of this copy, made at the first start and kept beside its data, readable by its owner alone."""
    PLACES.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = PLACES.keys / name
    try:
        with file.open("x") as fresh:
            file.chmod(0o600)
            fresh.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return file.read_text()


SECRET_KEY = env.optional("SECRET_KEY") or _kept("secret_key")
KEYSET = env.optional("KEYSET")  # empty: recordings.keys makes one under PLACES.keys
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
