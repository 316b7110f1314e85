"""The tests' settings: the local ones, with static files served from their folders and cheap password hashes."""

from compliance_site.settings.local import *  # noqa: F403

DEMO = True
SECRET_KEY = "only-for-tests-" + "0123456789" * 5
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_TASK_ALWAYS_EAGER = False
