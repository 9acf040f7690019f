"""Ratings: the list, a customer's rating, its 5C answers."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.clock import business_today
from common.errors import InvalidInput, NotFound
from common.figures import format_day
from common.ui import find_url
from customers.models import Customer
from customers.selectors import find_customers, get_customer
from scoring.domain.grades import LETTERS
from scoring.forms.answers import AnswersForm
from scoring.models import FiveCAssessment, Rating
from scoring.panels.ratings import build_result, compare_ratings, describe_trend, list_used_items
from scoring.selectors import (
    count_grades,
    explain_rating,
    get_latest_assessment,
    list_current_ratings,
    list_ratings,
    list_z_trend,
)
from scoring.services import (
    confirm_assessment,
    preview_rating,
    rate_customers,
    save_assessment,
)
from scoring.services.ratings import is_same_facts
from scoring.tables import RatingTable
from scoring.texts import tell_reason
from scoring.views.shared import crumbs, name_statement_unit
from users.permissions import may
from users.views_support import needs


@require_GET
@needs("rating.view")
def rating_list(request: HttpRequest) -> HttpResponse:
    """List the ratings in force, with how many there are of each grade."""
    as_of = business_today()
    query, grade = request.GET.get("q", "").strip(), request.GET.get("grade", "")
    ratings = list_current_ratings(request.user, as_of=as_of)
    grades = count_grades(request.user, as_of=as_of)
    if grade in LETTERS:
        ratings = ratings.filter(grade=grade)
    if request.GET.get("state") == "expired":
        ratings = ratings.filter(valid_to__lte=as_of)
    if query:
        ratings = ratings.filter(customer__in=_find_customers(query, request.user))
    table = RatingTable(ratings, as_of=as_of).paginate_for(request)
    context = {
        "table": table,
        "as_of": as_of,
        "query": query,
        "strip": _grade_strip(request, grades, grade),
        "total": sum(n for _letter, n in grades),
        "chips": [_expired_chip(request)],
        "keep": [(n, request.GET[n]) for n in ("grade", "state") if request.GET.get(n)],
        "is_filtered": bool(query or grade or request.GET.get("state")),
        "clear_url": reverse("ratings") if query or grade or request.GET.get("state") else "",
        "customers_url": find_url("customers"),
    }
    return render(request, "scoring/rating_list.html", context)


@require_GET
@needs("rating.view")
def rating_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show why a customer has its grade, what would change it, and what a new rating would be."""
    customer = get_customer(code, user=request.user)
    return _render_rating(request, customer, wants_proposal="proposal" in request.GET)


@require_POST
@needs("rating.view")
def rating_preview(request: HttpRequest, code: str) -> HttpResponse:
    """Answer with the result that these 5C answers would give; nothing is stored."""
    customer = get_customer(code, user=request.user)
    form = AnswersForm(request.POST)
    form.is_valid()
    answers = form.to_answers()
    preview = preview_rating(
        customer=customer, as_of=business_today(), actor=request.user, answers=answers
    )
    context: dict[str, Any] = {"customer": customer, "is_what_if": True}
    if preview.rating is not None:
        context["result"] = build_result(preview.rating, explain_rating(preview.rating))
    else:
        context["why_not"] = _tell_skipped(preview.skipped)
    return render(request, "scoring/rating_page.html#result", context)


@require_POST
@needs("rating.propose")
def rating_store(request: HttpRequest, code: str) -> HttpResponse:
    """Store the rating that was proposed, unless the facts changed meanwhile."""
    customer = get_customer(code, user=request.user)
    counts = rate_customers(
        as_of=business_today(),
        customer_ids=[customer.pk],
        actor=request.user,
        expected_digest=request.POST.get("digest", ""),
    )
    if counts.created:
        messages.success(request, _("The rating is stored."))
    elif counts.skipped:
        messages.warning(request, _tell_skipped(counts.skipped[0]))
    else:
        messages.info(request, _("Nothing has changed: the rating in force stays."))
    return HttpResponseRedirect(reverse("customer_rating", args=[customer.code]))


@require_POST
@needs("assessment.draft")
def answers_save(request: HttpRequest, code: str) -> HttpResponse:
    """Store the 5C answers as a draft; another person confirms them."""
    customer = get_customer(code, user=request.user)
    form = AnswersForm(request.POST)
    if form.is_valid():
        try:
            save_assessment(
                customer=customer, as_of=business_today(), actor=request.user, **form.to_answers()
            )
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The answers are saved as a draft."))
            name = "customer_rating" if may(request.user, "rating.view") else "customer"
            return HttpResponseRedirect(reverse(name, args=[customer.code]))
    if not may(request.user, "rating.view"):  # the page behind the form shows every score
        raise InvalidInput(_tell_errors(form))
    return _render_rating(request, customer, form=form, status=422)


@require_POST
@needs("assessment.confirm")
def answers_confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Let another person's draft of answers count."""
    customer = get_customer(code, user=request.user)
    drafts = FiveCAssessment.objects.filter(customer=customer, pk=_number(request.POST.get("id")))
    draft = drafts.first()
    if draft is None:
        raise NotFound
    confirm_assessment(assessment=draft, as_of=business_today(), actor=request.user)
    messages.success(request, _("The answers are confirmed. Propose a rating to use them."))
    return HttpResponseRedirect(reverse("customer_rating", args=[customer.code]) + "?proposal=1")


def _render_rating(
    request: HttpRequest,
    customer: Customer,
    *,
    form: AnswersForm | None = None,
    wants_proposal: bool = False,
    status: int = 200,
) -> HttpResponse:
    as_of = business_today()
    history = list(list_ratings(customer, as_of=as_of)[:6])
    current = history[0] if history else None
    preview = preview_rating(customer=customer, as_of=as_of, actor=request.user)
    proposal = preview.rating if _is_news(preview.rating, current, as_of=as_of) else None
    assessment = get_latest_assessment(customer, as_of=as_of)
    shown = proposal if proposal is not None and (wants_proposal or current is None) else current
    previous = current if shown is proposal else (history[1] if len(history) > 1 else None)
    trend = list_z_trend(customer, as_of=as_of)
    lines = (
        dict(shown.statement.lines.values_list("item", "amount"))
        if (shown is not None and shown.statement is not None)
        else {}
    )
    context = {
        "customer": customer,
        "crumbs": crumbs(customer),
        "as_of": as_of,
        "current": current,
        "proposal": proposal,
        "is_proposal": shown is proposal and proposal is not None,
        "is_expired": current is not None and current.valid_to <= as_of,
        "result": build_result(shown, explain_rating(shown)) if shown else None,
        "why_not": _tell_skipped(preview.skipped),
        "comparison": compare_ratings(shown, previous) if shown and previous else [],
        "history": history,
        "statement": shown.statement if shown else None,
        "items": list_used_items(shown, lines),
        "assessment": assessment,
        "form": form or AnswersForm(assessment=assessment),
        "trend": describe_trend(trend),
        "trend_points": trend,
        "statements_url": reverse("customer_statements", args=[customer.code]),
        "statement_note": name_statement_unit(shown.statement) if shown and shown.statement else "",
        "answers_note": _tell_answers(assessment),
        "store_url": reverse("rating_store", args=[customer.code]),
        "confirm_text": _("%(customer)s gets the grade %(grade)s from today on.")
        % {"customer": customer.display_name, "grade": f"{shown.grade}{shown.modifier}"}
        if shown
        else "",
        "confirm_fields": [("digest", proposal.facts_digest)] if proposal else [],
        "may_propose": may(request.user, "rating.propose"),
        "may_answer": may(request.user, "assessment.draft"),
        "may_confirm": may(request.user, "assessment.confirm")
        and assessment is not None
        and assessment.state == FiveCAssessment.State.DRAFT
        and assessment.drafted_by_id != request.user.pk,
    }
    return render(request, "scoring/rating_page.html", context, status=status)


def _is_news(new: Rating | None, current: Rating | None, *, as_of: date) -> bool:
    """Tell whether a rating made now would differ in its facts, or replace an expired one."""
    if new is None or current is None:
        return new is not None
    return current.valid_to <= as_of or not is_same_facts(new.facts_digest, current.facts_digest)


def _tell_errors(form: AnswersForm) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def _tell_skipped(skipped: Any) -> str:
    if skipped is None:
        return ""
    return tell_reason({"code": skipped.reason, "params": skipped.params})


def _tell_answers(assessment: FiveCAssessment | None) -> str:
    if assessment is None:
        return _("none yet")
    values = {"day": format_day(assessment.as_of), "name": assessment.drafted_by or "–"}
    if assessment.state == FiveCAssessment.State.DRAFT:
        return _("draft of %(day)s by %(name)s, not confirmed") % values
    return _("of %(day)s, confirmed") % values


def _grade_strip(
    request: HttpRequest, grades: list[tuple[str, int]], chosen: str
) -> list[dict[str, Any]]:
    total = sum(n for _letter, n in grades) or 1
    return [
        {
            "grade": letter,
            "count": n,
            "share": n / total,
            "active": letter == chosen,
            "url": _with(request, grade=None if letter == chosen else letter, page=None),
        }
        for letter, n in grades
    ]


def _expired_chip(request: HttpRequest) -> dict[str, Any]:
    is_on = request.GET.get("state") == "expired"
    return {
        "label": _("Expired only"),
        "on": is_on,
        "url": _with(request, state=None if is_on else "expired", page=None),
    }


def _with(request: HttpRequest, **changes: str | None) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"


def _find_customers(query: str, user: Any) -> Any:
    return find_customers(query, user=user).order_by().values("pk")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else 0
