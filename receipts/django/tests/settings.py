"""The polls site with receipts."""

import tempfile
from pathlib import Path

from mysite.settings import *  # noqa: F403
from mysite.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [*INSTALLED_APPS, "holdfast_receipts.apps.ReceiptsConfig"]
CSRF = MIDDLEWARE.index("django.middleware.csrf.CsrfViewMiddleware")
MIDDLEWARE = [
    *MIDDLEWARE[:CSRF],
    "holdfast_receipts.middleware.IdempotencyKeyMiddleware",
    *MIDDLEWARE[CSRF:],
]
# A file, as two who vote at the same time have it.
FOLDER = tempfile.TemporaryDirectory()
DATABASES["default"]["TEST"] = {"NAME": Path(FOLDER.name) / "test.sqlite3"}
