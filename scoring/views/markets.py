"""Markets: the list, one market with its scorecard, and the batch admission of its tenants."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.clock import business_today
from common.errors import InvalidInput
from common.imports.issues import FileRefused
from scoring.domain.markets.scorecard import CardResult
from scoring.domain.markets.tenant import INDICATORS
from scoring.forms.markets import MarketForm, SurveyForm, TenantListForm
from scoring.imports.tenants import COLUMNS, TenantList, read_tenants, write_template
from scoring.models import Market, MarketSurvey
from scoring.panels.markets import build_card, build_plan, describe_card
from scoring.selectors.markets import (
    get_market,
    list_admissions,
    list_knock_outs,
    list_markets,
    list_surveys,
)
from scoring.services.admissions import plan_admission, run_admission
from scoring.services.markets import save_market, save_survey, score_survey
from scoring.tables.markets import MarketTable
from scoring.words.market import DECISIONS
from users.permissions import may
from users.views_support import needs

SHOWN_SURVEYS = 6
SHOWN_ADMISSIONS = 10


@require_GET
@needs("rating.view")
def market_list(request: HttpRequest) -> HttpResponse:
    """List the markets with their newest score and decision."""
    query, decision = request.GET.get("q", "").strip(), request.GET.get("decision", "")
    decision = decision if decision in DECISIONS else ""
    markets = list_markets(request.user, query=query, decision=decision)
    table = MarketTable(markets).paginate_for(request)
    context = {
        "table": table,
        "as_of": business_today(),
        "query": query,
        "chips": _decision_chips(request, decision),
        "keep": [("decision", decision)] if decision else [],
        "clear_url": reverse("markets") if query or decision else "",
        "is_empty": not (query or decision or table.page.paginator.count),
        "may_propose": may(request.user, "rating.propose"),
        "new_url": reverse("market_new") if may(request.user, "rating.propose") else "",
    }
    return render(request, "scoring/market_list.html", context)


@require_http_methods(["GET", "POST"])
@needs("rating.propose")
def market_new(request: HttpRequest) -> HttpResponse:
    """Ask for a market's master data and create it."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@needs("rating.propose")
def market_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change what is known of a market."""
    return _edit(request, get_market(code, user=request.user))


@require_GET
@needs("rating.view")
def market_page(request: HttpRequest, code: str) -> HttpResponse:
    """Show a market: its scorecard, the decision, and its admissions."""
    return _render_market(request, get_market(code, user=request.user))


@require_POST
@needs("rating.view")
def survey_preview(request: HttpRequest, code: str) -> HttpResponse:
    """Answer with the score that these steps would give; nothing is stored."""
    market = get_market(code, user=request.user)
    form = SurveyForm(request.POST)
    form.is_valid()
    card = build_card(_score(market, form))
    return render(request, "scoring/market_page.html#result", {"card": card, "is_what_if": True})


@require_POST
@needs("rating.propose")
def survey_save(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the scorecard as two people filled it in."""
    market = get_market(code, user=request.user)
    form = SurveyForm(request.POST)
    if form.is_valid():
        try:
            survey = save_survey(
                market=market,
                steps=form.to_steps(),
                second_surveyor=form.cleaned_data["second_surveyor"],
                has_removal_notice=form.cleaned_data["has_removal_notice"],
                knock_outs=form.cleaned_data["knock_outs"],
                note=form.cleaned_data["note"],
                as_of=business_today(),
                actor=request.user,
            )
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(
                request,
                _("The survey is kept: %(decision)s.") % {"decision": DECISIONS[survey.decision]},
            )
            return HttpResponseRedirect(reverse("market", args=[market.code]))
    return _render_market(request, market, form=form, status=422)


@require_http_methods(["GET", "POST"])
@needs("rating.propose")
def admission_new(request: HttpRequest, code: str) -> HttpResponse:
    """Take the operator's list: check it and show who would be admitted, or decide."""
    market = get_market(code, user=request.user)
    form, listed, plan = TenantListForm(), None, None
    if request.method == "POST":
        form = TenantListForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                listed = read_tenants(form.content, actor=request.user)
                terms = {name: form.cleaned_data[name] for name in ("share", "base")}
                terms |= {"market": market, "rows": listed.tenants, "actor": request.user}
                if listed.issues:
                    form.add_error(None, _("Rows of the list are wrong; nothing was decided."))
                elif "decide" in request.POST:
                    admission = run_admission(as_of=business_today(), **terms)
                    messages.success(request, _("The admission is decided and kept."))
                    url = reverse("market_admission", args=[market.code, admission.pk])
                    return HttpResponseRedirect(url)
                else:
                    plan = plan_admission(as_of=business_today(), **terms)
            except FileRefused as error:
                form.add_error("file" if form.cleaned_data["file"] else "text", _tell(error))
            except InvalidInput as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
    return _render_list(request, market, form, listed, plan)


@require_GET
@needs("rating.propose")
def tenant_template(request: HttpRequest) -> HttpResponse:
    """Give an empty list to fill in, in the reader's language."""
    response = HttpResponse(write_template(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tenants.csv"'
    return response


def _edit(request: HttpRequest, market: Market | None) -> HttpResponse:
    form = MarketForm(user=request.user, market=market)
    if request.method == "POST":
        form = MarketForm(request.POST, user=request.user, market=market)
        if form.is_valid():
            try:
                saved = save_market(
                    market=market, actor=request.user, as_of=business_today(), **form.cleaned_data
                )
            except InvalidInput as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, _("The market is saved."))
                return HttpResponseRedirect(reverse("market", args=[saved.code]))
    here = reverse("market", args=[market.code]) if market else reverse("markets")
    context = {
        "form": form,
        "market": market,
        "crumbs": _crumbs(market),
        "cancel_url": here,
        "action": request.path,
    }
    return render(request, "scoring/market_form.html", context, status=422 if form.errors else 200)


def _render_market(
    request: HttpRequest, market: Market, *, form: SurveyForm | None = None, status: int = 200
) -> HttpResponse:
    as_of = business_today()
    surveys = list(list_surveys(market, as_of=as_of)[:SHOWN_SURVEYS])
    current = surveys[0] if surveys else None
    card = _score(market, form) if form is not None else _score_stored(market, current)
    can_admit = current is not None and current.decision != "REJECT"
    context = {
        "market": market,
        "crumbs": _crumbs(None),
        "as_of": as_of,
        "current": current,
        "decision": DECISIONS.get(current.decision, "") if current else "",
        "card": build_card(card),
        "is_what_if": form is not None,
        "form": form or SurveyForm(survey=current),
        "surveys": [(one, DECISIONS.get(one.decision, "")) for one in surveys],
        "admissions": list(list_admissions(market)[:SHOWN_ADMISSIONS]),
        "can_admit": can_admit,
        "may_propose": may(request.user, "rating.propose"),
        "operator_rating": _rated_knock_outs(market),
    }
    return render(request, "scoring/market_page.html", context, status=status)


def _render_list(
    request: HttpRequest, market: Market, form: TenantListForm, listed: TenantList | None, plan: Any
) -> HttpResponse:
    if listed is not None and form.cleaned_data.get("file") is not None:
        # What was in the file now stands in the text box, so that deciding needs no second upload.
        data: Any = form.data.copy()  # type: ignore[attr-defined]
        data["text"] = listed.text
        form.data = data
    context = {
        "market": market,
        "form": form,
        "crumbs": [*_crumbs(market)],
        "issues": listed.issues[:200] if listed else (),
        "issue_count": len(listed.issues) if listed else 0,
        "ignored": listed.ignored if listed else (),
        "plan": build_plan(plan) if plan is not None else None,
        "columns": [(c.name, c.zh, c.required) for c in COLUMNS if c.name not in INDICATORS],
        "card": describe_card({c.name: c.zh for c in COLUMNS}),
        "knows_tenants": market.active_tenants is not None,
    }
    status = 422 if form.errors else 200
    return render(request, "scoring/admission_new.html", context, status=status)


def _score(market: Market, form: SurveyForm) -> CardResult:
    """Score what a form holds, its mistakes left out."""
    cleaned = getattr(form, "cleaned_data", {})
    hits = {*cleaned.get("knock_outs", ()), *_rated_knock_outs(market)}
    return score_survey(
        form.to_steps(),
        has_removal_notice=bool(cleaned.get("has_removal_notice")),
        knock_outs=sorted(hits),
    )


def _score_stored(market: Market, survey: MarketSurvey | None) -> CardResult:
    if survey is None:
        return score_survey({}, knock_outs=_rated_knock_outs(market))
    return score_survey(
        survey.steps,
        has_removal_notice=bool(survey.notices.get("has_removal_notice")),
        knock_outs=survey.notices.get("knock_outs", ()),
    )


def _rated_knock_outs(market: Market) -> tuple[str, ...]:
    if market.operator_id is None:
        return ()
    found = list_knock_outs([market.operator_id], as_of=business_today())
    return found.get(market.operator_id, ())


def _crumbs(market: Market | None) -> list[tuple[str, str]]:
    crumbs = [(_("Markets"), reverse("markets"))]
    if market is not None:
        crumbs.append((market.display_name, reverse("market", args=[market.code])))
    return crumbs


def _decision_chips(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    chips = []
    for code, label in DECISIONS.items():
        query = request.GET.copy()
        query.pop("page", None)
        query.pop("decision", None)
        if code != chosen:
            query["decision"] = code
        chips.append({"label": label, "on": code == chosen, "url": f"?{query.urlencode()}"})
    return chips


def _tell(error: FileRefused) -> str:
    if not error.row:
        return str(error)
    return _("Row %(row)s: %(message)s") % {"row": error.row, "message": error}
