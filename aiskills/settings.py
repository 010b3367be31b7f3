"""Settings, all of them, from the environment (docs/operating.md lists the variables)."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from aiskills import environment
from aiskills.logging_settings import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = environment.flag("AISKILLS_DEBUG")
SECRET_KEY = environment.secret_key(debug=DEBUG)
ALLOWED_HOSTS = environment.allowed_hosts(debug=DEBUG)
DATABASES = {"default": environment.database(default=BASE_DIR / "db.sqlite3")}

INSTALLED_APPS = [
    "aiskills",
    "reports",
    "assessments",
    "roles",
    "aiskills.console.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "aiskills.recording.RecordingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "aiskills.seeing.SeeAsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "aiskills.urls"
WSGI_APPLICATION = "aiskills.wsgi.application"
# On SQLite an index covers less; that is known and harmless.
SILENCED_SYSTEM_CHECKS = ["models.W040"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Sign-in. Accounts are made by the administrator, so nobody signs up.
AUTH_USER_MODEL = "roles.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "aiskills.accounts.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = None

# Guessing: ten wrong passwords for one name from one address close that door for a quarter of an hour.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# Behind a trusted proxy who it says is there, not the proxy: else one guesser would close a name for everybody.
AXES_CLIENT_IP_CALLABLE = "aiskills.accounts.address_of"
AXES_USERNAME_CALLABLE = "aiskills.accounts.name_typed"
# Counted in each process's memory, allauth's own limit would only hide guesses from axes.
ACCOUNT_RATE_LIMITS = {"login_failed": None}
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_VERBOSE = False
AXES_CLIENT_STR_CALLABLE = "aiskills.logs.guesser"

# DRF allows any caller by default and steps around LoginRequiredMiddleware.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "reports.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "reports.api.permissions.WithinTheScopesOfTheToken",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["reports.api.throttling.UserThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["reports.api.parsing.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "reports.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["reports.api.filtering.FilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "reports.api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "reports.api.problems.answer",
    # `format` is a parameter of the exports.
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
KNOX_TOKEN_MODEL = "roles.ApiToken"  # noqa: S105  (the name of a model)
# They make a table for the tokens that ours take the place of.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_PREFIX": "aiskills_", "TOKEN_TTL": None}
SPECTACULAR_SETTINGS = {
    "TITLE": "aiskills",
    "DESCRIPTION": "Who lacks which AI-security competency, team by team, on any day.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    # What `fields` leaves out is not there.
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "ENUM_NAME_OVERRIDES": {
        "Dimension": "roles.models.Dimension.values",
        "EvidencePolicy": "roles.models.EvidencePolicy.values",
        "ImportState": "assessments.models.ImportState.values",
        "LifecycleStage": "roles.models.LifecycleStage.values",
        "Method": "assessments.models.Method.values",
        "Origin": "roles.models.Origin.values",
        "State": "reports.api.figures.STATES",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reports.api.schema.with_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False, "validatorUrl": None},
}
# For each user and minute, whichever process answers; and the most that a body or a list may hold.
API_REQUESTS_A_MINUTE = environment.whole_number("AISKILLS_API_REQUESTS_A_MINUTE", default=600, least=1)
API_BODY_BYTES = 16 * 1024**2
API_RESULTS_AT_ONCE = 10_000

# What the files of one import may hold together, unpacked, and how long they are kept if nobody imports them.
IMPORT_BYTES = environment.whole_number("AISKILLS_IMPORT_MEGABYTES", default=512, least=1) * 1024**2
IMPORT_KEPT = timedelta(days=7)

# A field for each cell of a matrix of 100 roles by 100 competencies is sent at once.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_500

# Work in the background, with this database as the queue. What a killed worker was at is taken up again within a
# minute (roles/working.py), and so not delivered again by the queue, which could not know of work that takes long.
Q_CLUSTER = {
    "name": "aiskills",
    "orm": "default",
    "broker_class": "roles.queueing.PatientQueue",
    "workers": 2,
    "queue_limit": 4,
    "timeout": 24 * 60 * 60,
    "retry": 25 * 60 * 60,
    "max_attempts": 1,
    "ack_failures": True,
    "poll": 1,
    "save_limit": -1,
    "scheduler": False,
    "log_level": "WARNING",
}

LOGGING = logging_settings()

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
FORMAT_MODULE_PATH = "aiskills.formats"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# An average of fewer people than this is shown to nobody who may not see those people.
MIN_GROUP = environment.whole_number("AISKILLS_MIN_GROUP", default=5, least=1)

# Teams in whose scope so many stays of people are known are counted (docs/decisions/counters.md); 0: none is.
COUNTERS_FROM = environment.whole_number("AISKILLS_COUNTERS_FROM", default=50, least=0)

# What is asked all day is prepared by PostgreSQL, unless connections come from a pooler that would mix that up.
PREPARED_STATEMENTS = not environment.flag("AISKILLS_UNPREPARED")

# After so many months `pseudonymise_results` takes words out of results; 0: only after those that it is told.
RETENTION_MONTHS = environment.whole_number("AISKILLS_RETENTION_MONTHS", default=0, least=1)

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_HTTPONLY = True
if not DEBUG:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/(worker/)?$"]  # a probe speaks plain HTTP from inside
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
TRUST_PROXY = environment.flag("AISKILLS_TRUST_PROXY")
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
