"""Production: every secret and address is given; a missing one is a clear error at start, never a weak default."""

from compliance_site.settings import env
from compliance_site.settings.base import *  # noqa: F403

DEBUG = False
DEMO = False
SECRET_KEY = env.required("SECRET_KEY")
KEYSET = env.required("KEYSET")
DATABASE_URL = env.required("DATABASE_URL")
REDIS_URL = env.required("REDIS_URL")
PUBLIC_URL = env.required("PUBLIC_URL")
STORAGE_URL = env.required("STORAGE_URL")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
if env.flag("TRUSTED_PROXY", default=False):  # it ends TLS, and sets this header itself whatever a client sends
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # else all sign-ins come from the proxy's address, and one guesser locks all out
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
