"""Versions of the rating models: the list with the register, one version, drafts, their impact."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.clock import business_today, now
from common.errors import CreditError, NotFound
from common.models import Job, PolicyVersion
from common.tables import is_number
from scoring.domain.rating.policy_layout import complete_body, open_body
from scoring.domain.rating.policy_rules import Problem
from scoring.forms.models import IndustryForm, ReasonForm, VersionForm, copy_benchmarks
from scoring.panels import model_impact as impact_panels
from scoring.panels import model_versions as panels
from scoring.selectors.model_versions import (
    find_base,
    find_in_force,
    get_version,
    list_versions,
)
from scoring.selectors.peers import build_benchmarks, get_peer_quartiles
from scoring.selectors.policy import read_rules
from scoring.services import model_impact as impacts
from scoring.services.model_versions import (
    PolicyRefused,
    digest_draft,
    release_version,
    save_draft,
    withdraw_draft,
)
from scoring.words.policies import tell_problem
from users.permissions import may
from users.views_support import needs

LIVE = (Job.State.WAITING, Job.State.RUNNING)


@require_GET
@needs("policy.view")
def model_list(request: HttpRequest) -> HttpResponse:
    """List the versions, the one in force marked, and every model with what it may be used for."""
    as_of = business_today()
    versions = list(list_versions())
    in_force = find_in_force(as_of=as_of)
    context = {
        "as_of": as_of,
        "rows": panels.list_rows(versions, as_of=as_of),
        "in_force": in_force,
        "register": panels.list_register(in_force) if in_force else [],
        "may_edit": may(request.user, "policy.edit"),
        "drafts": [v for v in versions if v.state == PolicyVersion.State.DRAFT],
    }
    return render(request, "scoring/model_list.html", context)


@require_GET
@needs("policy.view")
def model_version(request: HttpRequest, number: int) -> HttpResponse:
    """Show one version in full and what it changed; a draft with its impact, release, withdrawal."""
    return _render_version(request, get_version(number))


@require_http_methods(["GET", "POST"])
@needs("policy.edit")
def model_new(request: HttpRequest) -> HttpResponse:
    """Start a draft from any version."""
    given = request.GET.get("from", "")
    source = get_version(int(given)) if is_number(given) else find_in_force(as_of=business_today())
    if source is None:
        raise NotFound
    return _edit(request, source, None)


@require_http_methods(["GET", "POST"])
@needs("policy.edit")
def model_edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change the own draft."""
    version = get_version(number)
    is_open = version.state == PolicyVersion.State.DRAFT and version.maker_id == request.user.pk
    if not is_open and request.method == "GET":
        messages.info(request, _("Only one's own draft can be changed. Start a new one from it."))
        return HttpResponseRedirect(reverse("model_version", args=[number]))
    return _edit(request, version, version)


@require_http_methods(["GET", "POST"])
@needs("policy.view")
def model_impact(request: HttpRequest, number: int) -> HttpResponse:
    """Show who would move from which grade to which if this draft held today; nothing is stored."""
    draft = get_version(number)
    if draft.state != PolicyVersion.State.DRAFT:
        raise NotFound
    as_of = business_today()
    asked: dict[str, Any] = {"draft": draft, "actor": request.user, "as_of": as_of}
    url = reverse("model_impact", args=[number])
    if request.method == "POST":
        if impacts.is_for_job(request.user):
            impacts.request_preview(**asked, at=now())
        else:
            impacts.preview_version(**asked, at=now())
        if not getattr(request, "htmx", False):
            return HttpResponseRedirect(url)
    context = _find_impact(request, asked, url) | {
        "version": draft,
        "as_of": as_of,
        "url": url,
        "crumbs": _crumbs(draft),
    }
    name = "scoring/model_impact.html"
    return render(request, f"{name}#impact" if getattr(request, "htmx", False) else name, context)


@require_POST
@needs("policy.release")
def model_release(request: HttpRequest, number: int) -> HttpResponse:
    """Let a draft hold from its day on."""
    draft = get_version(number)
    try:
        row = release_version(
            draft=draft,
            actor=request.user,
            as_of=business_today(),
            seen=request.POST.get("seen", ""),
        )
    except CreditError as error:
        return _render_version(request, get_version(number), refused=error)
    messages.success(
        request,
        _("Version %(number)s is released; it holds from %(day)s.")
        % {"number": row.version, "day": row.valid_from.isoformat()},
    )
    return HttpResponseRedirect(reverse("model_version", args=[number]))


@require_POST
@needs("policy.view")
def model_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Give a draft up, with a reason."""
    draft = get_version(number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _render_version(request, draft, withdrawal=form)
    try:
        withdraw_draft(
            draft=draft,
            actor=request.user,
            as_of=business_today(),
            reason=form.cleaned_data["reason"],
        )
    except CreditError as error:
        return _render_version(request, draft, refused=error)
    messages.success(request, _("The draft is withdrawn; it stays to be read."))
    return HttpResponseRedirect(reverse("model_version", args=[number]))


def _render_version(
    request: HttpRequest,
    version: PolicyVersion,
    *,
    refused: CreditError | None = None,
    withdrawal: ReasonForm | None = None,
) -> HttpResponse:
    as_of = business_today()
    base = find_base(version, as_of=as_of)
    if base is not None and base.pk == version.pk:
        base = None
    sections = panels.show_version(version.body, base.body if base else None)
    is_draft = version.state == PolicyVersion.State.DRAFT
    is_mine = version.maker_id == request.user.pk
    context = {
        "as_of": as_of,
        "version": version,
        "about": panels.describe_version(version, as_of=as_of),
        "base": base,
        "sections": sections,
        "changed": panels.list_changes(sections),
        "is_draft": is_draft,
        "seen": digest_draft(version) if is_draft else "",
        "may_edit": may(request.user, "policy.edit"),
        "may_change": is_draft and is_mine and may(request.user, "policy.edit"),
        "may_release": is_draft and not is_mine and may(request.user, "policy.release"),
        "may_withdraw": is_draft
        and (may(request.user, "policy.edit") or may(request.user, "policy.release")),
        "is_late": is_draft and version.valid_from < as_of,
        "refused": _tell(refused) if refused else "",
        "withdrawal": withdrawal or ReasonForm(),
        "crumbs": [(_("Rating models"), reverse("models"))],
    }
    status = refused.status if refused else 422 if withdrawal is not None else 200
    return render(request, "scoring/model_version.html", context, status=status)


def _edit(request: HttpRequest, source: PolicyVersion, draft: PolicyVersion | None) -> HttpResponse:
    as_of = business_today()
    opened = open_body(complete_body(source.body))
    industry = IndustryForm(request.POST if request.method == "POST" else None)
    copied = ""
    status = 200
    if request.method == "GET":
        initial: dict[str, Any] = {"valid_from": as_of, "note": ""}
        if draft is not None:
            initial = {"valid_from": max(draft.valid_from, as_of), "note": draft.note}
        form = VersionForm(opened=opened, as_of=as_of, initial=initial)
    elif "copy" in request.POST:
        data: Any = request.POST
        if industry.is_valid():
            code = industry.cleaned_data["industry"]
            table = build_benchmarks(code, as_of=as_of, like=read_rules(source.body).benchmarks)
            data, copied = copy_benchmarks(data, table), _tell_copied(code, as_of)
        form = VersionForm(data, opened=opened, as_of=as_of)
        status = 200 if industry.is_valid() else 422
    else:
        form = VersionForm(request.POST, opened=opened, as_of=as_of)
        if form.is_valid() and form.body is not None:
            saved = _save(request, form, draft)
            if saved is not None:
                messages.success(request, _("The draft is saved; it waits for release."))
                return HttpResponseRedirect(reverse("model_version", args=[saved.version]))
        status = 422
    context = {
        "as_of": as_of,
        "form": form,
        "industry": industry,
        "copied": copied,
        "is_quiet": bool(copied),
        "sections": panels.show_form(form),
        "source": source,
        "draft": draft,
        "seen": request.POST.get("seen") or (digest_draft(draft) if draft else ""),
        "cancel_url": reverse("model_version", args=[source.version]),
        "crumbs": _crumbs(source),
    }
    return render(request, "scoring/model_form.html", context, status=status)


def _save(
    request: HttpRequest, form: VersionForm, draft: PolicyVersion | None
) -> PolicyVersion | None:
    """Save what was typed; a refusal becomes an error of the form."""
    try:
        return save_draft(
            body=form.body or {},
            valid_from=form.cleaned_data["valid_from"],
            note=form.cleaned_data["note"],
            actor=request.user,
            as_of=business_today(),
            draft=draft,
            seen=request.POST.get("seen", ""),
        )
    except CreditError as error:
        field = getattr(error, "field", "")
        form.add_error(field if field in form.fields else None, _tell(error))
        return None


def _find_impact(request: HttpRequest, asked: dict[str, Any], url: str) -> dict[str, Any]:
    """Return the answer that is kept, or how far it is; a small portfolio is answered at once."""
    job = impacts.find_job(**asked)
    if job is not None and job.state in LIVE:
        return {"job": job}
    kept = impacts.find_kept_impact(**asked)
    is_stuck = job is not None and job.state in (Job.State.PARKED, Job.State.FAILED)
    if kept is None:
        if impacts.is_for_job(request.user):
            return {"is_for_job": True, "is_stuck": is_stuck}
        kept = impacts.preview_version(**asked, at=now())
    return _show_impact(request, kept, url)


def _show_impact(request: HttpRequest, kept: impacts.KeptImpact, url: str) -> dict[str, Any]:
    before, after = request.GET.get("from", ""), request.GET.get("to", "")
    move = request.GET.get("move", "")
    chosen = impact_panels.choose_movers(kept.impact, before=before, after=after, move=move)
    page, rows = impact_panels.show_page(chosen, request.GET.get("page"), request.user)
    return {
        "kept": kept,
        "impact": kept.impact,
        "kpis": impact_panels.list_totals(kept.impact),
        "matrix": impact_panels.build_matrix(kept.impact, url),
        "chips": impact_panels.list_chips(kept.impact, url, move),
        "page": page,
        "rows": rows,
        "cut": len(kept.impact.movers) if kept.impact.moved > len(kept.impact.movers) else 0,
        "is_filtered": bool(before or after or move),
        "filter_from": before,
        "filter_to": after,
    }


def _tell(error: CreditError) -> str:
    if isinstance(error, PolicyRefused):
        first: Problem = error.problems[0]
        return f"{error} {tell_problem(first)}"
    return str(error)


def _tell_copied(industry: str, as_of: Any) -> str:
    peers = get_peer_quartiles(industry, as_of=as_of)
    if not peers.is_enough:
        return _("Only %(n)s peers have statements: the table keeps its figures.") % {"n": peers.n}
    return _("The quartiles are those of %(n)s of our customers. Look at them, then save.") % {
        "n": peers.n
    }


def _crumbs(version: PolicyVersion) -> list[tuple[str, str]]:
    return [
        (_("Rating models"), reverse("models")),
        (
            _("Version %(number)s") % {"number": version.version},
            reverse("model_version", args=[version.version]),
        ),
    ]
