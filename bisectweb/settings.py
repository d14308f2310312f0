"""Settings: working defaults, every knob from the environment, all data under one folder."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from pathlib import Path

from bisectweb.databases import database
from bisectweb.environment import env_bool, env_choice, env_int, env_list, env_path, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

# Database, consoles, images, mail and mirrors: everything written at run time lies below it.
DATA = Path(os.environ.get("BISECTWEB_DATA", BASE_DIR / "var")).resolve()
DATA.mkdir(parents=True, exist_ok=True)

SECRET_KEY = secret_key(DATA / "secret_key")
DEBUG = env_bool("BISECTWEB_DEBUG", False)
ALLOWED_HOSTS = env_list("BISECTWEB_HOSTS", "localhost,127.0.0.1,[::1]")
# Where the pages are seen from outside: links in mails start with it.
SITE_URL = os.environ.get("BISECTWEB_URL", "http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "bisectweb",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_q",
    "axes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bisectweb.security.ContentSecurityPolicy",
    "bisectweb.api.errors.AlwaysJson",
    "bisectweb.security.RequestSize",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "bisectweb.urls"
WSGI_APPLICATION = "bisectweb.wsgi.application"
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
            ],
        },
    }
]

DATABASES = {"default": database(os.environ.get("BISECTWEB_DATABASE", ""), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
"""Everything is in English; to ask for translations of it takes a tenth of a page's time."""
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_RESET_TIMEOUT = 24 * 3600
# Proxies of ours in front of this server: so many entries of X-Forwarded-For are theirs.
PROXIES = env_int("BISECTWEB_PROXIES", 0)
# Who fails so often with one name from one address waits; further attempts do not prolong it.
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "bisectweb.views.accounts.locked_out"
AXES_CLIENT_IP_CALLABLE = "bisectweb.security.client_address"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "bug-list"
LOGOUT_REDIRECT_URL = "bug-list"

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where `serve` collects them, under names that change with their content: browsers keep them.
STATIC_ROOT = env_path("BISECTWEB_STATIC")
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # Who does a run again that could not be written down replaces what was left of it.
        "OPTIONS": {"allow_overwrite": True},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = DATA / "files"

EMAIL_BACKEND = os.environ.get(
    "BISECTWEB_EMAIL_BACKEND", "bisectweb.outbound.mailbox.FolderBackend"
)
EMAIL_HOST = os.environ.get("BISECTWEB_EMAIL_HOST", "localhost")
EMAIL_PORT = env_int("BISECTWEB_EMAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("BISECTWEB_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("BISECTWEB_EMAIL_PASSWORD", "")
EMAIL_SECURITY = env_choice("BISECTWEB_EMAIL_SECURITY", "none", ("none", "starttls", "tls"))
EMAIL_USE_TLS = EMAIL_SECURITY == "starttls"
EMAIL_USE_SSL = EMAIL_SECURITY == "tls"
EMAIL_TIMEOUT = 60
MAIL_DOMAIN = os.environ.get("BISECTWEB_MAIL_DOMAIN", "bisectweb.invalid")
MAIL_FROM = os.environ.get("BISECTWEB_MAIL_FROM", f"bisectweb <bisectweb@{MAIL_DOMAIN}>")
MAIL_FOLDER = DATA / "mail"
# A file of DKIM keys, instead of the DNS: lines of a name, a blank and its record.
DKIM_KEYS = env_path("BISECTWEB_DKIM_KEYS")
# The mailbox that `manage.py fetch_mail` reads.
IMAP_HOST = os.environ.get("BISECTWEB_IMAP_HOST", "")
IMAP_SECURITY = env_choice("BISECTWEB_IMAP_SECURITY", "tls", ("tls", "starttls", "none"))
IMAP_PORT = env_int("BISECTWEB_IMAP_PORT", 993 if IMAP_SECURITY == "tls" else 143)
IMAP_USER = os.environ.get("BISECTWEB_IMAP_USER", "")
IMAP_PASSWORD = os.environ.get("BISECTWEB_IMAP_PASSWORD", "")
IMAP_FOLDER = os.environ.get("BISECTWEB_IMAP_FOLDER", "INBOX")
# Bisections that one person may ask for by mail within a day.
MAIL_QUOTA = env_int("BISECTWEB_MAIL_QUOTA", 5)
# What is over these limits waits; 0 is no limit.
MAILS_PER_HOUR = env_int("BISECTWEB_MAILS_PER_HOUR", 60)
MAILS_PER_RECIPIENT = env_int("BISECTWEB_MAILS_PER_RECIPIENT", 10)

# What the pages call this machine.
WORKER = os.environ.get("BISECTWEB_WORKER", "") or socket.gethostname()
# Changes that the programs of one person may make by the API within a minute.
API_WRITES = env_int("BISECTWEB_API_WRITES", 60)
# Bugs, crashes, notes and logs that one person may add within a day.
ADDED_PER_DAY = env_int("BISECTWEB_ADDED_PER_DAY", 1000)

# How many revisions this machine builds and runs at once; each uses every core while it builds.
SLOTS = env_int("BISECTWEB_SLOTS", 1)
JOBS = env_int("BISECTWEB_JOBS", os.cpu_count() or 1)
VMS = env_int("BISECTWEB_VMS", os.cpu_count() or 1)
# Whether foreign code is shut in while it is built: auto (where bubblewrap works), require, off.
CONFINEMENT = env_choice("BISECTWEB_SANDBOX", "auto", ("auto", "require", "off"))
# What work trees and object folders may take together, in GiB; those unused for longest go first.
# 0 is half of the disk.
WARM_GB = env_int("BISECTWEB_WARM_GB", 0)
# Compilers that are not on PATH: each <name>/bin/gcc or <name>/bin/clang in this folder.
TOOLCHAINS = Path(os.environ.get("BISECTWEB_TOOLCHAINS", DATA / "toolchains")).resolve()
# A file in the form of runner/building/rules.toml, whose rules add to those.
RULES = env_path("BISECTWEB_RULES")
ACCELERATOR = env_choice("BISECTWEB_ACCELERATOR", "auto", ("auto", "kvm", "tcg"))

# Tasks are wake-ups: what they wake holds a lease on its row, so a lost or doubled task is
# harmless (see docs/architecture.md). One worker more than slots keeps mail and decisions moving
# while kernels build. `retry` must exceed `timeout`, which exceeds any one revision's test.
Q_CLUSTER = {
    "name": "bisectweb",
    "orm": "default",
    "workers": SLOTS + 1,
    "poll": 0.2,
    "bulk": 1,
    "queue_limit": 1,
    "timeout": 24 * 3600,
    "retry": 25 * 3600,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": 100,
    "catch_up": False,
    "label": "Queue",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("BISECTWEB_LOG_LEVEL", "INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},
        "django-q": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "mail.log": {"level": "WARNING"},  # each line of each conversation by LMTP
    },
}

SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
IS_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
# Said over https only, which the proxy in front of us tells by X-Forwarded-Proto.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
X_FRAME_OPTIONS = "DENY"
