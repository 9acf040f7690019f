"""A person's own settings."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.clock import business_today
from users.forms import PreferencesForm
from users.middleware import KEY
from users.models import User
from users.services import set_preferences


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """Show and change one's own language and unit; everybody may, for himself only."""
    user = User.objects.get(pk=int(request.user.pk or 0))
    form = PreferencesForm(request.POST if request.method == "POST" else None, instance=user)
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        set_preferences(
            user=request.user,  # type: ignore[arg-type]
            language=language,
            unit=form.cleaned_data["unit"],
            as_of=business_today(),
        )
        with translation.override(language or translation.get_language()):
            messages.success(request, _("Saved."))
        request.session[KEY] = language
        response = redirect("preferences")
        if language:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                language,
                max_age=365 * 24 * 3600,
                samesite="Lax",
                secure=request.is_secure(),
            )
        else:
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return response
    status = 422 if request.method == "POST" else 200
    return render(request, "users/preferences.html", {"form": form}, status=status)
