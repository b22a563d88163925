"""
Django settings for the polls site.

Read from the environment, all of them optional:

POLLS_DATABASE     path of the SQLite file; uploaded pictures go to `media/` beside it.
                   Without it, `db.sqlite3` next to manage.py.
POLLS_SECRET_KEY   signs sessions and CSRF tokens. Without it, a key that anybody can
                   read in this file: good enough on loopback, nowhere else.
POLLS_SESSION_CSRF `1` keeps CSRF tokens in the session, as some sites do, so that they are
                   worth nothing once the secret key has changed.
POLLS_DEBUG        `1` shows Django's debugging pages instead of the site's own 404
                   and 500 pages.
"""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE = Path(os.environ.get("POLLS_DATABASE", BASE_DIR / "db.sqlite3"))

SECRET_KEY = os.environ.get(
    "POLLS_SECRET_KEY", "django-insecure-polls-on-loopback-only-7k2m9x4v1c8n5b3q"
)
CSRF_USE_SESSIONS = os.environ.get("POLLS_SESSION_CSRF") == "1"
DEBUG = os.environ.get("POLLS_DEBUG") == "1"
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "polls.apps.PollsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "mysite.urls"
WSGI_APPLICATION = "mysite.wsgi.application"

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
                "polls.context_processors.permalink",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE,
        # People vote at the same time. With a write-ahead log readers do not wait
        # for writers; a transaction that takes the write lock at its start can
        # wait for it, where one that asks for it half-way fails at once.
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in [
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    ]
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Static files come straight from the apps' folders, so nothing has to be collected.
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 365 * 24 * 60 * 60

MEDIA_URL = "media/"
MEDIA_ROOT = DATABASE.parent / "media"

# Without DEBUG Django mails what went wrong to the admins, and there are none.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["stderr"], "level": "ERROR"}},
}
