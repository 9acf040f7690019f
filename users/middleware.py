"""The language of a request: the cookie (set by the switch), else the person's own, else the browser's."""

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from users.models import User

KEY = "language"


class LanguageMiddleware(LocaleMiddleware):
    """Django's own choice, with the person's setting between cookie and browser.

    Runs before authentication, so that errors of any kind speak the right language. Without a cookie
    the setting is looked up once per session and kept there; changing it sets the cookie.
    """

    def process_request(self, request: HttpRequest) -> None:
        language = ""
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            language = _own_language(request)
        language = language or translation.get_language_from_request(request)
        if language not in dict(settings.LANGUAGES):
            language = settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()


def _own_language(request: HttpRequest) -> str:
    """Return the language of the signed-in person's setting, or nothing."""
    session: SessionBase | None = getattr(request, "session", None)
    if session is None or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return ""
    try:
        person = session.get("_auth_user_id")
        if not person:
            return ""
        if KEY not in session:
            found = User.objects.filter(pk=person).values_list("language", flat=True).first()
            session[KEY] = found or ""
    except (OperationalError, InterfaceError):  # the page itself says that the database is away
        return ""
    return str(session[KEY])
