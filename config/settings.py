"""Django settings. What may differ between installations comes from `config.environment`."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import pghistory
from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from config import admin_site, api_schema, logs, postgres
from config.environment import PROJECT_ROOT, Mode, environment

BASE_DIR = PROJECT_ROOT
MODE = environment.bursar_mode
DEBUG = MODE is Mode.DEVELOPMENT
SECRET_KEY = environment.secret_key.get_secret_value()
SECRET_KEY_FALLBACKS = (
    [environment.previous_secret_key.get_secret_value()] if environment.previous_secret_key else []
)
BASE_URL = environment.base_url
ALLOWED_HOSTS = environment.hosts
DATA_DIR = environment.data_dir
REQUIRE_SECOND_FACTOR = environment.require_second_factor
TRUSTED_PROXIES = environment.trusted_proxies

INSTALLED_APPS = [
    "config.admin_pages.AdminPagesConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "config.static_files.CollectedFilesConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_filters",
    "drf_spectacular",
    "drf_standardized_errors",
    "import_export",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "foundation",
    "sponsors",
]

MIDDLEWARE = [
    "foundation.audit.middleware.RequestIdMiddleware",
    "foundation.health.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "foundation.people.middleware.AdminContentPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "foundation.people.middleware.SessionActivityMiddleware",
    "foundation.audit.middleware.ActorMiddleware",
    "foundation.people.middleware.SecondFactorMiddleware",
    "foundation.books.middleware.LocalTimeMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"pages": "foundation.people.template_tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "foundation.books.context_processors.organization",
            ],
        },
    },
]


# How long a writer waits for another one. It is told so then, rather than never answered.
LOCK_TIMEOUT = "10s"
# Without a value, each trigger of pgtrigger raises and catches an error to find that none is ignored, which
# costs more the longer the transaction is.
_SERVER_OPTIONS = f"-c lock_timeout={LOCK_TIMEOUT} -c pgtrigger.ignore={{}}"
# A plan over all months of usage looks dear to the server, which then compiles it for longer than it runs.
_SERVER_OPTIONS += " -c jit=off"


def _database(url: str) -> dict[str, Any]:
    """Return Django's database entry for a postgres:// address (a socket folder goes in ?host=)."""
    parts = urlsplit(url)
    pairs = (pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    query = {key: unquote(value) for key, value in pairs}
    host = query.pop("host", "") or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "bursar",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # Tests open and drop databases, which a pool's idle connections would block.
            "pool": False if MODE is Mode.TEST else {"min_size": 1, "max_size": 8, "timeout": 10},
            "application_name": "bursar",
            **query,
            "options": f"{_SERVER_OPTIONS} {query.get('options', '')}".rstrip(),
        },
    }


DATABASES = {"default": _database(environment.database_url or postgres.database_url(DATA_DIR))}
# What migrations add here has a history, which cannot be written twice: a test that needs it adds it.
TEST_NON_SERIALIZED_APPS = ["sponsors"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, dict[str, Any]]
if environment.cache_url:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": environment.cache_url,
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "foundation_cache",
            # Django's default of 300 would let a flood of addresses push out the counters of
            # wrong passwords.
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

# Sign-in ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "foundation.User"
AUTHENTICATION_BACKENDS = [
    "foundation.people.backends.ColleagueBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL

ACCOUNT_ADAPTER = "foundation.people.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# By code, so that a person with a second factor may change the address: it is taken once proven.
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
# Ten wrong passwords for one address in five minutes; more from one network, which may be an office.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,10/5m/key"}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(BASE_URL).scheme
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "foundation.people.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# One step of 30 seconds either way, for clocks that differ (RFC 6238, section 5.2).
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "Bursar"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = MODE is not Mode.PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = True  # to the minute, by SessionActivityMiddleware

PASSWORD_RESET_TIMEOUT = 60 * 60
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

# Admin site ---------------------------------------------------------------------------------

UNFOLD = admin_site.UNFOLD

# Security headers ---------------------------------------------------------------------------

SECURE_BEHIND_TLS = urlsplit(BASE_URL).scheme == "https"
SESSION_COOKIE_SECURE = SECURE_BEHIND_TLS
CSRF_COOKIE_SECURE = SECURE_BEHIND_TLS
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SECURE_HSTS_SECONDS = 31_536_000 if MODE is Mode.PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = MODE is Mode.PRODUCTION
# Asking browsers' makers to list the domain is for its owner to decide, and hard to take back.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_SSL_REDIRECT = MODE is Mode.PRODUCTION
# Health checks come from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# Files --------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
TABLER_DIST = BASE_DIR / "node_modules" / "@tabler" / "core" / "dist"
ECHARTS_DIST = BASE_DIR / "node_modules" / "echarts" / "dist"
for _prefix, _dist in (("tabler", TABLER_DIST), ("echarts", ECHARTS_DIST)):
    if _dist.is_dir():
        STATICFILES_DIRS.append((_prefix, _dist))  # type: ignore[arg-type]  # a (prefix, path) pair is allowed
# Only production collects files first; elsewhere they are found when asked for, not listed at start.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = MODE is not Mode.PRODUCTION
MEDIA_ROOT = DATA_DIR / "uploads"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if MODE is Mode.PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "foundation.uploads.handlers.LimitedUploadHandler",
]

# Providers ----------------------------------------------------------------------------------

FASTLY_API_URL = environment.fastly_api_url
FASTLY_API_TOKEN = environment.fastly_api_token.get_secret_value() if environment.fastly_api_token else ""

# Delivery of mail and webhooks --------------------------------------------------------------

# Longer than any one conversation with a mail server, so that a lease outlives only a dead sender.
DELIVERY_LEASE = timedelta(seconds=environment.delivery_lease_seconds)

# Webhooks -----------------------------------------------------------------------------------

WEBHOOK_ALLOW_PRIVATE = environment.webhook_allow_private
# A receiver that is being written runs on the same computer, without TLS.
WEBHOOK_ALLOW_LOOPBACK = MODE is not Mode.PRODUCTION

# Mail ---------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = environment.default_from_email
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 20
if environment.email_url:
    _mail = urlsplit(environment.email_url)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname or "localhost"
    EMAIL_PORT = _mail.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[_mail.scheme]
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
    EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
    EMAIL_USE_SSL = _mail.scheme == "smtps"
else:
    EMAIL_BACKEND = "foundation.notices.mail_files.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"

# Language and time --------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"
USE_TZ = True
# Stored and computed in UTC; screens use the foundation's own zone (foundation.books).
TIME_ZONE = "UTC"

# Jobs ---------------------------------------------------------------------------------------

if environment.celery_broker_url:
    CELERY_BROKER_URL = environment.celery_broker_url
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"visibility_timeout": 3600}
else:
    _broker = DATA_DIR / "broker"
    for _folder in ("messages", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "messages"),
        "data_folder_out": str(_broker / "messages"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TIMEZONE = "UTC"
# Administrators get a mail when one of these was not done for so long, from a web process, because the worker
# may be what died. Each is a task of the beat schedule.
WATCHED_JOBS = {"sponsors.sweep_renewals": timedelta(hours=26)}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Unit tests run a task where it is called; tests marked `services` have a real worker.
CELERY_TASK_ALWAYS_EAGER = MODE is Mode.TEST
CELERY_TASK_EAGER_PROPAGATES = True

# API ----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["foundation.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["foundation.api.permissions.ScopedModelPermissions"],
    "DEFAULT_FILTER_BACKENDS": [
        "foundation.api.filters.AskedFilters",
        "foundation.api.filters.StableOrderingFilter",
    ],
    "DEFAULT_PAGINATION_CLASS": "foundation.api.pagination.CursorPages",
    "DEFAULT_PARSER_CLASSES": ["foundation.api.parsers.ShallowJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["foundation.api.renderers.JsonRenderer"],
    "DEFAULT_SCHEMA_CLASS": "foundation.api.schema.BursarSchema",
    "DEFAULT_THROTTLE_CLASSES": ["foundation.api.throttling.TokenThrottle"],
    "EXCEPTION_HANDLER": "foundation.api.errors.handle_exception",
    "DEFAULT_VERSIONING_CLASS": None,
    "DEFAULT_METADATA_CLASS": None,
    "NUM_PROXIES": TRUSTED_PROXIES,
    "COERCE_DECIMAL_TO_STRING": True,
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = api_schema.SETTINGS

# History, kept by database triggers ---------------------------------------------------------

PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_CONTEXT_ID_FIELD = pghistory.ContextUUIDField()
PGHISTORY_APPEND_ONLY = True

# Logs ---------------------------------------------------------------------------------------

LOGGING = logs.configuration(level=environment.log_level, readable=MODE is Mode.DEVELOPMENT)
