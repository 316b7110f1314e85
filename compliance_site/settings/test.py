"""The tests' settings: the local ones, with cheap password hashes and quiet logs."""

from compliance_site.settings.local import *  # noqa: F403

DEMO = True
SECRET_KEY = "only-for-tests-" + "0123456789" * 5
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = False
LOGGING["root"]["level"] = "WARNING"
RESTORE_LOOKED_FOR_SECONDS = None  # a test that asks looks itself: others count their queries
