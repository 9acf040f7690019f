"""Ratings as lists: those in force, those to look at, and the runs that made them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from common.clock import business_today, now
from common.ui import find_url
from customers.selectors import find_customers
from scoring.domain.grades import LETTERS
from scoring.panels.lists import show_queue, show_run, show_skipped
from scoring.selectors import count_grades, list_current_ratings
from scoring.selectors.queue import list_rating_queue
from scoring.selectors.runs import get_rating_run, list_rating_runs, list_run_ratings
from scoring.services.rate_all import request_rating_run
from scoring.tables.ratings import RatingTable, RunRatingTable
from users.permissions import may
from users.views_support import needs

STATES = ("expired", "watch", "down")
RUNS_SHOWN = 60


@require_GET
@needs("rating.view")
def rating_list(request: HttpRequest) -> HttpResponse:
    """List the ratings in force, with how many there are of each grade."""
    as_of = business_today()
    query, grade = request.GET.get("q", "").strip(), request.GET.get("grade", "")
    state = request.GET.get("state", "")
    ratings = list_current_ratings(
        request.user,
        as_of=as_of,
        grade=grade if grade in LETTERS else "",
        state=state if state in STATES else "",
    )
    grades = count_grades(request.user, as_of=as_of)
    if query:
        found = find_customers(query, user=request.user).order_by().values("pk")
        ratings = ratings.filter(customer__in=found)
    table = RatingTable(ratings, as_of=as_of).paginate_for(request)
    is_filtered = bool(query or grade or state)
    context = {
        "table": table,
        "as_of": as_of,
        "query": query,
        "strip": _grade_strip(request, grades, grade),
        "total": sum(n for _letter, n in grades),
        "chips": _chips(request, state),
        "keep": [(n, request.GET[n]) for n in ("grade", "state") if request.GET.get(n)],
        "is_filtered": is_filtered,
        "clear_url": reverse("ratings") if is_filtered else "",
        "customers_url": find_url("customers"),
        "tabs": _tabs("ratings"),
    }
    return render(request, "scoring/rating_list.html", context)


@require_GET
@needs("rating.view")
def rating_queue(request: HttpRequest) -> HttpResponse:
    """List whose rating this person should look at, and why."""
    as_of = business_today()
    items = show_queue(list_rating_queue(request.user, as_of=as_of))
    context = {"items": items, "as_of": as_of, "tabs": _tabs("rating_queue")}
    return render(request, "scoring/rating_queue.html", context)


@require_GET
@needs("rating.view")
def rating_runs(request: HttpRequest) -> HttpResponse:
    """List the runs of ratings: what they counted, whom they moved, whom they left out."""
    as_of = business_today()
    runs = [show_run(run) for run in list_rating_runs(as_of=as_of)[:RUNS_SHOWN]]
    context = {
        "runs": runs,
        "as_of": as_of,
        "tabs": _tabs("rating_runs"),
        "may_run": may(request.user, "rating.run"),
    }
    return render(request, "scoring/rating_runs.html", context)


@require_GET
@needs("rating.view")
def rating_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one run: its counts, the ratings it stored, and whom it left out and why."""
    run = get_rating_run(pk)
    table = RunRatingTable(list_run_ratings(run, request.user)).paginate_for(request)
    context = {
        "run": show_run(run),
        "table": table,
        "skipped": show_skipped(run, request.user),
        "crumbs": [(_("Ratings"), reverse("ratings")), (_("Runs"), reverse("rating_runs"))],
    }
    return render(request, "scoring/rating_run.html", context)


@require_POST
@needs("rating.run")
def rating_run_start(request: HttpRequest) -> HttpResponse:
    """Rate everybody now, as a job."""
    job = request_rating_run(as_of=business_today(), asked_at=now(), actor=request.user)
    messages.success(request, _("Everybody is being rated; the job shows how far it is."))
    return HttpResponseRedirect(reverse("job", args=[job.pk]))


def _tabs(active: str) -> list[dict[str, Any]]:
    names = (
        ("ratings", _("In force")), ("rating_queue", _("To look at")), ("rating_runs", _("Runs")),
    )  # fmt: skip
    return [
        {"label": label, "url": reverse(name), "active": name == active} for name, label in names
    ]


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


def _chips(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    labels = {
        "expired": _("Expired only"), "watch": _("On the watch list"), "down": _("Fell last time"),
    }  # fmt: skip
    return [
        {
            "label": labels[state],
            "on": state == chosen,
            "url": _with(request, state=None if state == chosen else state, page=None),
        }
        for state in STATES
    ]


def _with(request: HttpRequest, **changes: str | None) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"
