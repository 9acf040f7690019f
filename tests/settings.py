"""The real settings, with the few differences that a test run needs."""

import os

os.environ.setdefault("SECRET_KEY", "a-key-for-tests-only-" + "x" * 32)

from credit_mgmt.settings import *  # noqa: F403
from credit_mgmt.settings import STORAGES

# Files are served as they lie: the manifest belongs to collectstatic.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
CELERY_TASK_ALWAYS_EAGER = False
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
WHITENOISE_AUTOREFRESH = True
