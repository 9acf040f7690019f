"""Pages of imports: the list, a new file, its report, and the files to fill in."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.clock import business_today
from common.errors import Conflict, CreditError, NotFound
from common.imports.issues import read_issues
from common.imports.jobs import plan_import, request_import
from common.imports.kinds import get_kind, list_kinds
from common.imports.mappings import digest_mapping, list_sources, list_unknown, save_mapping
from common.imports.service import SHOWN_ISSUES, forget_upload
from common.models import ImportBatch, Job
from dashboards.customer_links import link
from dashboards.import_forms import ImportForm, MappingForm
from dashboards.import_tables import ImportTable
from dashboards.import_templates import template_csv, template_xlsx
from dashboards.import_words import BATCH_LOOKS, list_counts, name_kind, view_job
from users.permissions import may
from users.views_support import needs

ISSUES_PER_PAGE = 50
LIVE = (Job.State.WAITING, Job.State.RUNNING)


class CannotImport(Conflict):
    """The file is imported already, or it was refused as a whole."""

    code = "CANNOT_IMPORT"


@needs("import.view")
@require_GET
def import_list(request: HttpRequest) -> HttpResponse:
    """List what was brought in, newest first, by kind and state."""
    batches = list_batches()
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    if kind:
        batches = batches.filter(kind=kind)
    if state in ImportBatch.State.values:
        batches = batches.filter(state=state)
    table = ImportTable(batches, order_by="-created_at").paginate_for(request)
    context = {
        "table": table,
        "states": _chips(request, state),
        "kind": kind,
        "kinds": list(list_kinds()),
        "has_any": bool(kind or state) or table.page.paginator.count > 0,
        "may_run": may(request.user, "import.run"),
    }
    return render(request, "imports/import_list.html", context)


def list_batches() -> QuerySet[ImportBatch]:
    """Return the batches without the bytes of their files."""
    batches: QuerySet[ImportBatch] = ImportBatch.objects.select_related("imported_by")
    return batches.defer("content", "rejects", "issues")


def _chips(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    chips = []
    for value, label in ImportBatch.State.choices:
        query = request.GET.copy()
        query.pop("page", None)
        if value == chosen:
            query.pop("state")
        else:
            query["state"] = value
        chips.append({"label": label, "url": f"?{query.urlencode()}", "on": value == chosen})
    return chips


@needs("import.run")
@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Take a file; a job checks or imports it, and its report is the next page."""
    form = ImportForm(
        initial={"kind": request.GET.get("kind", ""), "source": request.GET.get("source", "")}
    )
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            data = form.cleaned_data
            batch, _job = request_import(
                kind=data["kind"],
                content=data["file"].read(),
                file_name=data["file"].name,
                as_of=business_today(),
                actor=request.user,
                dry_run=data["dry_run"],
                good_rows_only=data["good_rows_only"],
                language=get_language() or "en",
                source=data["source"].strip(),
            )
            return redirect("import", pk=batch.pk)
    context = {
        "form": form,
        "kinds": list(list_kinds()),
        "sources": list_sources(),
        "statement_template": link("statement_template", "xlsx"),
        "statement_template_csv": link("statement_template", "csv"),
        "crumbs": [(_("Imports"), reverse("imports"))],
        "here": _("New import"),
    }
    return render(request, "imports/import_new.html", context, status=422 if form.errors else 200)


@needs("import.view")
@require_GET
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Report on a file: how far it is, the counts, every problem, and what can be done now."""
    return _render_batch(request, get_batch(pk))


def _render_batch(
    request: HttpRequest, batch: ImportBatch, form: MappingForm | None = None, status: int = 200
) -> HttpResponse:
    job = find_job(batch)
    issues = Paginator(read_issues(batch.issues), ISSUES_PER_PAGE)
    may_run = may(request.user, "import.run")
    is_live = job is not None and job.state in LIVE
    is_open = batch.state in (ImportBatch.State.CHECKED, ImportBatch.State.REFUSED)
    has_good = batch.rows > batch.rejected and (batch.created + batch.updated + batch.unchanged) > 0
    context = {
        "batch": batch,
        "crumbs": [(_("Imports"), reverse("imports"))],
        "here": f"#{batch.pk}",
        "look": BATCH_LOOKS[batch.state],
        "kind": name_kind(batch.kind),
        "counts": list_counts(batch),
        "facts": _list_facts(batch),
        "issues": issues.get_page(request.GET.get("page")),
        "cut": len(batch.issues) >= SHOWN_ISSUES,
        "job": view_job(job) if job else None,
        "job_state": job.state if job else "",
        "progress_url": reverse("job_progress", kwargs={"pk": job.pk}) if job else "",
        "job_url": reverse("job", kwargs={"pk": job.pk}) if job else "",
        "is_live": is_live,
        "may_import_all": may_run and is_open and not is_live and has_good and not batch.rejected,
        "may_import_good": may_run and is_open and not is_live and has_good and batch.rejected,
        "may_discard": may_run and not is_live and batch.state != ImportBatch.State.IMPORTED,
    }
    if may_run and not is_live and batch.state != ImportBatch.State.IMPORTED:
        unknown = list_unknown(batch)
        if form is not None or unknown:
            context["mapping_form"] = form or _mapping_form(batch, unknown)
            context["sources"] = list_sources(batch.kind)
    return render(request, "imports/import_page.html", context, status=status)


def _mapping_form(batch: ImportBatch, labels: list[str], data: Any = None) -> MappingForm:
    is_chinese = (get_language() or "en").startswith("zh")
    targets = [
        (name, zh if is_chinese else en.capitalize())
        for name, zh, en in get_kind(batch.kind).targets()
    ]
    return MappingForm(data, labels=labels, targets=targets, initial={"source": batch.source})


@needs("import.run")
@require_POST
def import_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Remember what the names of a file mean, and check the file again with it."""
    batch = get_batch(pk)
    job = find_job(batch)
    if batch.state == ImportBatch.State.IMPORTED or (job is not None and job.state in LIVE):
        raise CannotImport(_("There is nothing to explain in this file any more."))
    form = _mapping_form(batch, list_unknown(batch), request.POST)
    if not form.is_valid():
        return _render_batch(request, batch, form, status=422)
    saved = save_mapping(
        kind=batch.kind,
        source=form.cleaned_data["source"],
        mapping=form.to_mapping(),
        actor=request.user,
    )
    ImportBatch.objects.filter(pk=batch.pk).update(source=saved.source)
    plan_import(
        batch,
        actor=request.user,
        dry_run=True,
        good_rows_only=batch.good_rows_only,
        language=get_language() or "en",
        again=digest_mapping(saved.mapping),
    )
    return redirect("import", pk=pk)


def get_batch(pk: int) -> ImportBatch:
    """Return a batch without the bytes of its file. Raises NotFound."""
    batch = (
        ImportBatch.objects.select_related("imported_by")
        .defer("content", "rejects")
        .filter(pk=pk)
        .first()
    )
    if batch is None:
        raise NotFound(_("There is no such import."))
    return batch


def find_job(batch: ImportBatch) -> Job | None:
    """Return the last job that works, or worked, on a batch."""
    return Job.objects.filter(key__startswith=f"import:{batch.pk}:").order_by("-pk").first()


def _list_facts(batch: ImportBatch) -> list[dict[str, Any]]:
    delimiters = {",": _("comma"), ";": _("semicolon"), "\t": _("tab")}
    facts = [
        {"label": _("Rows"), "value": f"{batch.rows:,}"},
        {"label": _("Size"), "value": f"{batch.size / 1024:,.0f} KB"},
        {"label": _("Encoding"), "value": batch.encoding},
    ]
    if batch.source:
        facts.append({"label": _("Source"), "value": batch.source})
    if batch.delimiter:
        facts.append({"label": _("Separator"), "value": delimiters.get(batch.delimiter, "")})
    if batch.mapping:
        facts.append(
            {
                "label": _("Columns read"),
                "value": ", ".join(sorted(batch.mapping, key=batch.mapping.get)),
            }
        )
    if batch.ignored_columns:
        facts.append(
            {
                "label": _("Columns ignored"),
                "value": ", ".join(batch.ignored_columns),
                "tone": "warn",
            }
        )
    facts.append({"label": "SHA-256", "value": batch.sha256[:16] + "…"})
    return facts


@needs("import.run")
@require_POST
def import_commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Import a file that was checked: all of it, or its good rows."""
    batch = get_batch(pk)
    good_rows_only = request.POST.get("good_rows_only") == "1"
    if batch.state == ImportBatch.State.IMPORTED or not batch.rows:
        raise CannotImport(_("There is nothing to import in this file any more."))
    if batch.rejected and not good_rows_only:
        raise CannotImport(_("Rows are wrong. Import the good rows only, or correct the file."))
    plan_import(
        batch,
        actor=request.user,
        dry_run=False,
        good_rows_only=good_rows_only,
        language=get_language() or "en",
    )
    return redirect("import", pk=pk)


@needs("import.run")
@require_POST
def import_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw away a file that was never imported."""
    batch = get_batch(pk)
    job = find_job(batch)
    if job is not None and job.state == Job.State.RUNNING:
        raise CannotImport(_("The file is being read. Wait until that is done."))
    forget_upload(batch)
    messages.success(request, _("%(file)s was discarded.") % {"file": batch.file_name})
    return redirect("imports")


@needs("import.view")
@require_GET
def import_rejects(request: HttpRequest, pk: int) -> HttpResponse:
    """Give back the rejected rows with their reasons, safe to open in a spreadsheet."""
    batch = ImportBatch.objects.only("rejects", "file_name").filter(pk=pk).first()
    if batch is None or not batch.rejects:
        raise NotFound(_("Nothing was rejected."))
    response = HttpResponse(bytes(batch.rejects), "text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{pk}.rejects.csv"'
    return response


@needs("import.view")
@require_GET
def import_template(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Give an empty file of a kind, in the language asked for (`lang`) or the reader's."""
    try:
        chosen = get_kind(kind)
    except CreditError as error:
        raise NotFound(str(error)) from error
    chinese = request.GET.get("lang", get_language() or "en").startswith("zh")
    if form == "csv":
        return template_csv(chosen, chinese=chinese)
    if form == "xlsx":
        return template_xlsx(chosen, chinese=chinese)
    raise NotFound(_("There is no such file."))
