"""Every page of the product, who opens it, and where it is found in the sample portfolio."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from collection.models import DunningNotice, DunningRun, PromiseToPay
from common.clock import business_today
from common.models import ImportBatch, Job, OutboxMessage, PolicyVersion
from common.outbox import enqueue_ready_messages
from common.queue import run_due_jobs
from credit_control.models import CreditAccount, LimitRequest, OrderCheck
from customers.models import (
    Customer,
    CustomerGroup,
    Document,
    FactConflict,
    Investigation,
    ListCheck,
    Relation,
    RiskGroup,
    Signal,
)
from receivables.models import DueLine, Receipt
from scoring.models import Admission, Rating, Statement
from scoring.selectors.runs import list_rating_runs
from users.models import User

Find = Callable[[], str]


@dataclass(frozen=True)
class Place:
    """A page: its name, who opens it, its address (looked up when the test runs), its status."""

    name: str
    role: str | None
    find: Find
    status: int = 200
    has_chart: bool = False


def at(name: str, *args: Any, query: str = "") -> Find:
    """Return a function that gives the address of a URL name."""
    return lambda: reverse(name, args=args) + query


def busiest_customer() -> Customer:
    """The customer with most open invoices that also has statements, a rating and a limit."""
    with_all = (
        Customer.objects.filter(
            pk__in=Rating.objects.values("customer"),
        )
        .filter(pk__in=Statement.objects.values("customer"))
        .filter(pk__in=CreditAccount.objects.filter(limits__state="ACTIVE").values("customer"))
    )
    counts = (
        DueLine.objects.filter(open_amount__gt=0, invoice__customer__in=with_all)
        .values("invoice__customer")
        .annotate(n=Count("pk"))
        .order_by("-n", "invoice__customer")
    )
    return Customer.objects.get(pk=counts[0]["invoice__customer"])


def overdue_customer() -> Customer:
    """The customer with the oldest open invoice."""
    line = DueLine.objects.filter(open_amount__gt=0).order_by("due_date", "pk").first()
    assert line is not None
    return line.invoice.customer


def own_customer() -> str:
    """The code of a customer of the demo's account manager."""
    found = Customer.objects.filter(sales_owner__username="sales").order_by("code").first()
    assert found is not None
    return found.code


def of_customer(name: str, query: str = "") -> Find:
    return lambda: reverse(name, args=[busiest_customer().code]) + query


def of_statement(name: str) -> Find:
    """Return a function that gives a page of the newest statement of the busiest customer."""

    def find() -> str:
        customer = busiest_customer()
        newest = Statement.objects.filter(customer=customer, superseded_by=None).first()
        assert newest is not None
        return reverse(name, args=[customer.code, newest.pk])

    return find


def of_row(name: str, rows: Callable[[], Any], query: str = "") -> Find:
    """Return a function that gives the page of the first of `rows`."""

    def find() -> str:
        row = rows().first()
        assert row is not None, f"the sample has no row for {name}"
        return reverse(name, args=[row.pk]) + query

    return find


def open_invoice() -> str:
    line = (
        DueLine.objects.filter(open_amount__gt=0, invoice__customer=overdue_customer())
        .order_by("due_date", "pk")
        .first()
    )
    assert line is not None
    return reverse("invoice", args=[line.invoice.number])


def expanded_aging() -> str:
    return reverse("aging") + f"?open={quote(overdue_customer().code)}"


def waiting_requests() -> Any:
    return LimitRequest.objects.filter(state="IN_APPROVAL").order_by("pk")


def of_part(name: str, rows: Callable[[], Any]) -> Find:
    """Return a function that gives a page of the first of `rows`, under its customer's code."""

    def find() -> str:
        row = rows().first()
        assert row is not None, f"the sample has no row for {name}"
        return reverse(name, args=[row.customer.code, row.pk])

    return find


def of_code(name: str, rows: Callable[[], Any], query: str = "") -> Find:
    """Return a function that gives the page of the first of `rows`, which is named by its code."""

    def find() -> str:
        row = rows().first()
        assert row is not None, f"the sample has no row for {name}"
        return reverse(name, args=[row.code]) + query

    return find


def of_customers_code(name: str, rows: Callable[[], Any], query: str = "") -> Find:
    """Return a function that gives a page of the customer of the first of `rows`."""

    def find() -> str:
        row = rows().first()
        assert row is not None, f"the sample has no row for {name}"
        return reverse(name, args=[row.customer.code]) + query

    return find


def documents(state: str) -> Callable[[], Any]:
    return lambda: Document.objects.filter(state=state).select_related("customer").order_by("pk")


def open_signals() -> Any:
    return Signal.objects.filter(state="ASSIGNED").order_by("pk")


def drafts(**wanted: Any) -> Callable[[], Any]:
    return lambda: Investigation.objects.filter(**wanted).order_by("pk")


def related_customers() -> Any:
    """The customers of the sample's ring of guarantees."""
    return Customer.objects.filter(
        pk__in=Relation.objects.filter(kind="GUARANTEES").values("source")
    ).order_by("pk")


def doubted_customers() -> Any:
    """The customers of whom a list holds a namesake."""
    return Customer.objects.filter(
        pk__in=ListCheck.objects.filter(match="NAME_ONLY").values("customer")
    ).order_by("pk")


def past_dossier() -> str:
    past = business_today() - timedelta(days=60)
    return reverse("customer", args=[busiest_customer().code]) + f"?tab=dossier&as_of={past}"


def of_draft_of_models(name: str) -> Find:
    """Return a function that gives a page of the draft of the rating models."""

    def find() -> str:
        draft = PolicyVersion.objects.get(kind="RATING", state="DRAFT")
        return reverse(name, args=[draft.version])

    return find


def admission() -> str:
    row = Admission.objects.select_related("market").latest("pk")
    return reverse("market_admission", args=[row.market.code, row.pk])


TABS = ("dossier", "financials", "rating", "limits", "orders", "invoices", "activity")

ALWAYS: tuple[Place, ...] = (
    Place("login", None, at("account_login")),
    Place("overview", "manager", at("overview"), has_chart=True),
    Place("inbox_approvals", "manager", at("inbox")),
    Place("inbox_tasks", "analyst", at("inbox", query="?tab=tasks")),
    Place("customers", "analyst", at("customers")),
    Place("customers_own", "sales", at("customers")),
    Place("customer_new", "analyst", at("customer_create")),
    Place("ratings", "analyst", at("ratings")),
    Place("rating_queue", "analyst", at("rating_queue")),
    Place("rating_runs", "manager", at("rating_runs")),
    Place("signals", "analyst", at("signals")),
    Place("signals_all", "manager", at("signals", query="?tab=all")),
    Place("signal_new", "sales", at("signal_new")),
    Place("watch_list", "analyst", at("watch_list")),
    Place("risk_groups", "analyst", at("risk_groups")),
    Place("risk_group_new", "analyst", at("risk_group_new")),
    Place("segments", "manager", at("segments")),
    Place("models", "manager", at("models")),
    Place("model", "executive", at("model_version", 1)),
    Place("model_new", "manager", at("model_new")),
    Place("markets", "analyst", at("markets")),
    Place("market_new", "analyst", at("market_new")),
    Place("limits", "analyst", at("limits")),
    Place("limit_requests", "analyst", at("limit_requests")),
    Place("limit_request_customer", "sales", at("limit_request_new")),
    Place("order_checks", "analyst", at("order_checks")),
    Place("order_check_customer", "analyst", at("order_check_new")),
    Place("aging", "finance", at("aging")),
    Place("receipts", "finance", at("receipts")),
    Place("dunning", "collector", at("dunning")),
    Place("promises", "collector", at("promises")),
    Place("outbox", "collector", at("outbox")),
    Place("imports", "finance", at("imports")),
    Place("import_new", "finance", at("import_new")),
    Place("jobs", "finance", at("jobs")),
    Place("preferences", "finance", at("preferences")),
    Place("search", "analyst", at("palette", query="?q=C1")),
    Place("gallery", "admin", at("ui"), has_chart=True),
    Place("forbidden", "sales", at("ratings"), status=403),
    Place("missing", "analyst", lambda: "/customers/NOBODY/", status=404),
)

SAMPLE: tuple[Place, ...] = (
    Place("customer", "analyst", of_customer("customer"), has_chart=True),
    *(Place(f"customer_{tab}", "analyst", of_customer("customer", f"?tab={tab}"),
            has_chart=tab in ("financials", "rating")) for tab in TABS),
    Place("dossier_past", "auditor", past_dossier),
    Place("customer_edit", "analyst", of_customer("customer_edit")),
    Place("document_new", "sales", lambda: reverse("document_create", args=[own_customer()])),
    Place("document_waiting", "manager", of_part("document", documents("SUBMITTED"))),
    Place("document_verified", "analyst", of_part("document", documents("VERIFIED"))),
    Place("fact_new", "analyst", of_customer("fact_create")),
    Place("fact_conflict", "analyst", of_part("fact_conflict", lambda: FactConflict.objects
          .filter(decided_on=None).select_related("customer").order_by("pk"))),
    Place("investigation_begun", "analyst", of_customers_code("investigation", drafts(
          state="DRAFT", proposal={}))),
    Place("investigation_complete", "manager", of_customers_code("investigation",
          lambda: Investigation.objects.filter(state="DRAFT").exclude(proposal={}).order_by("pk"))),
    Place("investigation_confirmed", "analyst", of_customers_code("investigation", drafts(
          state="CONFIRMED"))),
    Place("dossier_investigated", "manager", of_customers_code("customer", drafts(
          state="CONFIRMED"), "?tab=dossier")),
    Place("checks", "analyst", of_customer("customer_checks")),
    Place("checks_candidate", "analyst", of_code("customer_checks", doubted_customers)),
    Place("signal", "analyst", of_row("signal", open_signals)),
    Place("relations", "analyst", of_code("customer_relations", related_customers)),
    Place("relations_none", "auditor", of_customer("customer_relations")),
    Place("group", "analyst", of_code("customer_group", lambda: CustomerGroup.objects.filter(
          members__isnull=False).order_by("code"))),
    Place("risk_group", "analyst", of_code("risk_group", lambda: RiskGroup.objects.order_by("pk"))),
    Place("segment", "manager", of_customer("customer_segment")),
    Place("model_draft", "executive", of_draft_of_models("model_version")),
    Place("model_edit", "manager", of_draft_of_models("model_edit")),
    Place("model_impact", "executive", of_draft_of_models("model_impact")),
    Place("market", "analyst", at("market", "M001")),
    Place("market_unsurveyed", "sales", at("market", "M002"), status=403),
    Place("market_first_survey", "analyst", at("market", "M002")),
    Place("market_edit", "analyst", at("market_edit", "M001")),
    Place("admission_new", "analyst", at("market_admission_new", "M001")),
    Place("admission", "manager", admission),
    Place("contact_new", "analyst", of_customer("contact_create")),
    Place("bank_account_new", "analyst", of_customer("bank_account_create")),
    Place("statements", "analyst", of_customer("customer_statements")),
    Place("statement_new", "analyst", of_customer("statement_new")),
    Place("statement_restate", "analyst", of_statement("statement_restate")),
    Place("statement_versions", "analyst", of_statement("statement_versions")),
    Place("financials", "analyst", of_customer("customer_financials")),
    Place("financials_dupont", "analyst", of_customer("customer_financials", "?view=dupont")),
    Place("financials_shares", "analyst", of_customer("customer_financials", "?view=shares")),
    Place("financials_trend", "analyst", of_customer("customer_financials", "?view=trend")),
    Place("rating", "analyst", of_customer("customer_rating"), has_chart=True),
    Place("answers", "sales", lambda: reverse("customer_answers", args=[own_customer()])),
    Place("rating_run", "manager", of_row("rating_run", lambda: list_rating_runs(
        as_of=business_today()))),
    Place("limit_request_new", "analyst", lambda: reverse("limit_request_new")
          + f"?customer={busiest_customer().code}"),
    Place("limit_request", "manager", of_row("limit_request", waiting_requests)),
    Place("limit_account", "manager", of_row("limit_account",
          lambda: CreditAccount.objects.filter(customer=busiest_customer()))),
    Place("order_check_new", "analyst", lambda: reverse("order_check_new")
          + f"?customer={busiest_customer().code}"),
    Place("order_check", "analyst", of_row("order_check",
          lambda: OrderCheck.objects.exclude(decision="RELEASED").order_by("-pk"))),
    Place("aging_expanded", "finance", expanded_aging),
    Place("aging_by_sales", "finance", at("aging", query="?by=sales")),
    Place("aging_filtered_empty", "finance", at("aging", query="?q=nobody+at+all")),
    Place("invoice", "finance", open_invoice),
    Place("receipt_unknown", "finance", of_row("receipt",
          lambda: Receipt.objects.filter(state="UNIDENTIFIED").order_by("pk"))),
    Place("receipt_known", "finance", of_row("receipt",
          lambda: Receipt.objects.filter(state__in=("IDENTIFIED", "PARTLY_APPLIED")).order_by("pk"))),
    Place("receipt_applied", "finance", of_row("receipt",
          lambda: Receipt.objects.filter(state="APPLIED").order_by("-pk"))),
    Place("dunning_run", "manager", of_row("dunning_run",
          lambda: DunningRun.objects.order_by("-as_of", "-pk"))),
    Place("dunning_notice", "manager", of_row("dunning_notice",
          lambda: DunningNotice.objects.filter(state="SENT").order_by("-pk"))),
    Place("promise", "collector", of_row("promise", lambda: PromiseToPay.objects.order_by("-pk"))),
    Place("promise_new", "collector", lambda: reverse("promise_new")
          + f"?customer={overdue_customer().code}"),
    Place("outbox_message", "collector", of_row("outbox_message",
          lambda: OutboxMessage.objects.order_by("-pk"))),
    Place("import_report", "finance", of_row("import", lambda: ImportBatch.objects.order_by("-pk"))),
    Place("job", "finance", of_row("job", lambda: Job.objects.order_by("-pk"))),
)  # fmt: skip

FULL = ALWAYS + SAMPLE


def add_traces() -> None:
    """Add what a house in use has besides the portfolio: an import with a wrong row, sent mail."""
    client = Client()
    client.force_login(User.objects.get(username="finance"))
    rows = "customer_code,name,kind,country\r\nX900,示例新客户有限公司,企业,CN\r\nX901,,企业,CN\r\n"
    answer = client.post(
        reverse("import_new"),
        {
            "kind": "customers",
            "file": SimpleUploadedFile("customers.csv", rows.encode()),
            "dry_run": "on",
        },
    )
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    for _round in range(3):
        run_due_jobs()
        enqueue_ready_messages()
    assert not Job.objects.exclude(state="DONE").exclude(last_error="").exists(), list(
        Job.objects.exclude(last_error="").values("kind", "last_error")
    )
