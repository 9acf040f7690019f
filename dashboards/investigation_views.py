"""The report of an investigation as PDF, and its confirmation, which freezes what the house knew."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.clock import business_today
from common.errors import CreditError, NotFound, StaleVersion
from customers.models import Investigation
from customers.selectors import find_draft, get_customer, get_investigation
from customers.services import confirm_investigation
from dashboards.investigation_facts import conceal_strangers, gather_report
from dashboards.investigation_report import LANGUAGES, render_report
from users.views_support import needs


@needs("rating.view")
@require_GET
def investigation_report(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Hand out the report in the reader's language, or in the one that `lang` names."""
    customer = get_customer(code, user=request.user)
    row = get_investigation(customer, pk, user=request.user)
    language = request.GET.get("lang", "") or (get_language() or "en")
    language = language if language in LANGUAGES else "en"
    confirmed = None
    if row.state == Investigation.State.CONFIRMED:
        facts = row.snapshot
        confirmed = {
            "by": str(row.confirmed_by or ""),
            "on": row.confirmed_on.isoformat() if row.confirmed_on else "",
            "is_baseline": row.is_baseline,
        }
    else:
        today = business_today()
        facts = gather_report(customer, row, user=request.user, as_of=today, today=today)
    facts = conceal_strangers(facts, customer, user=request.user)
    content = render_report(facts, language=language, confirmed=confirmed)
    response = HttpResponse(content, content_type="application/pdf")
    name = f"investigation-{customer.pk}-{facts['as_of']}-{language}.pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@needs("investigation.confirm")
@require_POST
def investigation_confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Confirm the draft that this person has read, and freeze it with the facts of this moment."""
    customer = get_customer(code, user=request.user)
    draft = find_draft(customer)
    if draft is None:
        raise NotFound
    today = business_today()
    try:
        if request.POST.get("version") != str(draft.version):
            raise StaleVersion(_("The draft was changed since you read it. Read it again."))
        facts = gather_report(customer, draft, user=request.user, as_of=today, today=today)
        confirm_investigation(investigation=draft, snapshot=facts, actor=request.user, as_of=today)
    except CreditError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The investigation is confirmed and frozen."))
    return redirect("investigation", code=customer.code)
