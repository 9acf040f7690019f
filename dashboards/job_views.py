"""Pages of background work: the list, one job, its live progress, another try."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.errors import NotFound
from common.events import record_event
from common.models import Job
from common.queue import retry_job
from dashboards.import_tables import JobTable
from dashboards.import_words import JOB_LOOKS, job_target, list_results, name_job, view_job
from users.permissions import may
from users.views_support import needs

FILTERED_STATES = (
    Job.State.WAITING,
    Job.State.RUNNING,
    Job.State.DONE,
    Job.State.PARKED,
)


def list_jobs(user: Any) -> QuerySet[Job]:
    """Return the jobs that `user` may see: all for those who answer for them, else the own ones."""
    jobs: QuerySet[Job] = Job.objects.select_related("created_by")
    if may(user, "job.retry") or may(user, "audit.view"):
        return jobs
    return jobs.filter(created_by=user)


def get_job(pk: int, user: Any) -> Job:
    """Return a job that `user` may see. Raises NotFound."""
    job = list_jobs(user).filter(pk=pk).first()
    if job is None:
        raise NotFound(_("There is no such job."))
    return job


@needs("job.view")
@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """List background work, newest first."""
    jobs = list_jobs(request.user).defer("payload", "result")
    state = request.GET.get("state", "")
    if state in Job.State.values:
        jobs = jobs.filter(state=state)
    table = JobTable(jobs, order_by="-created_at").paginate_for(request)
    context = {
        "table": table,
        "states": _chips(request, state),
        "has_any": bool(state) or table.page.paginator.count > 0,
        "sees_all": may(request.user, "job.retry") or may(request.user, "audit.view"),
    }
    return render(request, "jobs/job_list.html", context)


def _chips(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    chips = []
    for state in FILTERED_STATES:
        query = request.GET.copy()
        query.pop("page", None)
        if state == chosen:
            query.pop("state")
        else:
            query["state"] = state.value
        chips.append({"label": state.label, "url": f"?{query.urlencode()}", "on": state == chosen})
    return chips


@needs("job.view")
@require_GET
def job_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one job: how far, how often tried, what went wrong, what it made."""
    job = get_job(pk, request.user)
    is_stuck = job.state in (Job.State.PARKED, Job.State.FAILED)
    context = {
        "job": job,
        "crumbs": [(_("Jobs"), reverse("jobs"))],
        "here": f"#{pk}",
        "title": name_job(job.kind),
        "look": JOB_LOOKS.get(job.state, job.state),
        "view": view_job(job),
        "progress_url": reverse("job_progress", kwargs={"pk": pk}),
        "target": job_target(job),
        "is_stuck": is_stuck,
        "may_retry": is_stuck and may(request.user, "job.retry"),
        "facts": [
            {"label": _("Number"), "value": job.pk},
            {"label": _("Tries"), "value": f"{job.attempts} / 8"},
            {"label": _("By"), "value": job.created_by or _("System")},
            {"label": _("Key"), "value": job.key},
        ],
        "results": list_results(job.result),
    }
    return render(request, "jobs/job_page.html", context)


@needs("job.view")
@require_GET
def job_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer every two seconds how far a job is; when it is over, send the page to what it made."""
    job = get_job(pk, request.user)
    view = view_job(job)
    if not view.is_live:
        response = HttpResponse(status=200)
        target = job_target(job)
        if target:
            response["HX-Redirect"] = target
        else:
            response["HX-Refresh"] = "true"
        if not getattr(request, "htmx", False):
            return redirect(target or reverse("job", kwargs={"pk": pk}))
        return response
    context = {"job": view, "url": request.path}
    return render(request, "components/job_progress.html", context)


@needs("job.retry")
@require_POST
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a job that was given up be tried again."""
    job = get_job(pk, request.user)
    retry_job(job)
    record_event("common.job.retried", actor=request.user, subject=job, before={"state": job.state})
    messages.success(request, _("The job will be tried again."))
    return redirect("job", pk=pk)
