"""What is true in every setting. The environment's part is read through `env`; the others set defaults and harden."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from compliance_site.private import postgres, valkey
from compliance_site.private.places import places
from compliance_site.settings import env
from compliance_site.settings.mail import mail_settings

BASE_DIR = Path(__file__).resolve().parent.parent.parent
PLACES = places()

DEMO = env.flag("CALLWARD_DEMO", default=False)
PORT = env.number("PORT", 8000)
PUBLIC_URL = env.optional("PUBLIC_URL", f"http://127.0.0.1:{PORT}")
STORAGE_URL = env.optional("STORAGE_URL", f"file://{PLACES.store}")
DISPOSITION_LOG = env.optional("DISPOSITION_LOG", str(PLACES.home / "disposition-log"))  # best on another disk
DISPOSITION_LOG_COPY = env.optional("DISPOSITION_LOG_COPY")  # a second folder, best on another machine
KEY_BACKUP_DAYS = env.number("KEY_BACKUP_DAYS", 7)  # for so long a backup may hold the key of what was destroyed
REPLAY_BY_ITSELF = env.flag("REPLAY_BY_ITSELF", default=True)  # after a restore; else a person runs replay_log
RESTORE_LOOKED_FOR_SECONDS: float | None = 2.0  # how often a process asks whether the database was restored
DROP_FOLDERS = env.optional("DROP_FOLDERS")  # JSON: folders that phone systems fill, docs/importing.md

INSTALLED_APPS = [
    "compliance_site",
    "audits",
    "recordings",
    "policies",
    "accounts",
    "trail",
    "compliance_site.admin_config.GuardedAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "compliance_site.restored.ClosedAfterRestore",
    "compliance_site.middleware.ReadersZone",
    "compliance_site.middleware.TourSteps",
    "compliance_site.middleware.ProblemPages",
]
FORM_RENDERER = "compliance_site.forms.FormTemplates"
CSRF_FAILURE_VIEW = "compliance_site.views.stale_form"

ROOT_URLCONF = "compliance_site.urls"
WSGI_APPLICATION = "compliance_site.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "compliance_site.context.shell",
            ],
            "builtins": ["django.templatetags.static", "compliance_site.templatetags.callward"],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """`postgresql://user:password@host:port/name` as Django's settings; empty: the private one's socket."""
    common = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"prepare_threshold": 1 << 30},  # no statement is prepared but where its caller asks for it
    }
    if not url:
        return common | {"NAME": postgres.DATABASE, "USER": postgres.USER, "HOST": str(PLACES.run)}
    parts = urlsplit(url)
    return common | {
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


DATABASE_URL = env.optional("DATABASE_URL")
DATABASES = {"default": _database(DATABASE_URL)}

REDIS_URL = env.optional("REDIS_URL")
BROKER_URL = REDIS_URL or f"redis+socket://{valkey.socket(PLACES)}"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL or f"unix://{valkey.socket(PLACES)}",
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = PLACES.home / "static"
STATICFILES_DIRS = [
    BASE_DIR / "ui",
    ("npm/htmx", BASE_DIR / "node_modules/htmx.org/dist"),
    ("npm/atkinson", BASE_DIR / "node_modules/@fontsource-variable/atkinson-hyperlegible-next"),
    ("npm/serif", BASE_DIR / "node_modules/@fontsource-variable/source-serif-4"),
    ("npm/mono", BASE_DIR / "node_modules/@fontsource-variable/atkinson-hyperlegible-mono"),
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = ["compliance_site.formats"]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "today"
ACCOUNT_ADAPTER = "accounts.adapters.ClosedSignUp"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE, a working day; nobody is asked
ACCOUNT_FORMS = {"login": "accounts.sign_in_forms.SignIn", "change_password": "accounts.sign_in_forms.NewPassword"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "media-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # asked from inside, without TLS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["accounts.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "compliance_site.pagination.KeysetPages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "compliance_site.problems.as_problem",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Callward",
    "DESCRIPTION": "Record customer calls lawfully, and prove it.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ConsentResultEnum": ["given", "refused"],
        "CallEventKindEnum": "recordings.services.calls.KINDS",
        "TriggerKindEnum": "recordings.domain.triggers.KINDS",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

METRICS_TOKEN = env.optional("METRICS_TOKEN")  # whoever scrapes /metrics shows it; without one, nobody may
METRICS_ON_LOOPBACK = False
WHITENOISE_MAX_AGE = 3600

MAIL_IS_SET = False
globals().update(mail_settings(env.optional("MAIL_URL")))
DEFAULT_FROM_EMAIL = env.optional("MAIL_FROM", "Callward <callward@localhost>")

DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20  # JSON bodies; audio is streamed past this by its own handler
FIXITY_HOURS = env.number("FIXITY_HOURS", 24)  # each recording's bytes are looked at once in so long
FIXITY_BYTES_PER_SECOND = env.number("FIXITY_BYTES_PER_SECOND", 32 << 20)  # on average, whatever else goes on
SET_ASIDE_DAYS = env.number("SET_ASIDE_DAYS", 7)  # what nothing owns stays in the store for so long before it goes
AUDIO_MAX_BYTES = env.number("AUDIO_MAX_BYTES", 2 << 30)
DISPOSITION_BRAKE = env.number("DISPOSITION_BRAKE", 10_000)  # a run of more recordings stops and asks a person
EGRESS_NETWORKS = env.words("EGRESS_NETWORKS")  # from which audio may be fetched beside the public Internet: CIDRs

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "compliance_site.logs.line_formatter", "is_json": True}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.optional("LOG_LEVEL", "INFO")},
    "loggers": {
        "celery": {"level": "WARNING"},  # a line for each message would drown what our tasks say
        "boto3": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},  # below, it writes down how requests are signed
    },
}
