"""WSGI entry point for gunicorn, which reads it once and then forks (runtime/gunicorn_conf.py)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "credit_mgmt.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402  (needs the settings)

get_resolver().url_patterns  # noqa: B018  reads every view before the first request does
