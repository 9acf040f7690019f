"""What the aging page shows around its figures: heads, chips, links that keep the question."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from common.badges import GRADES
from common.models import ImportBatch
from customers.models import Company, Customer
from dashboards.aging_forms import BASES, GROUPS, UNRATED, AgingForm, AgingQuestion
from receivables.domain.aging import Bucket
from receivables.pages import customer_url
from receivables.selectors import (
    AgingReport,
    AgingRow,
    OpenItem,
    list_open_items,
    list_open_receipts,
)
from receivables.words import GROUP_WORDS, label_bucket
from scoring.selectors import get_current_ratings
from users.models import User

LATE_AFTER = timedelta(hours=36)
OPEN_ROWS_MAX = 20
FILTER_NAMES = ("q", "owner", "region", "company", "grade", "overdue", "bucket", "currency")


@dataclass(frozen=True, slots=True)
class Head:
    """One sortable column: its words, link, and whether it decides the order now."""

    label: str
    url: str
    state: str
    css: str = "num"


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter with its choices; `value` is what is chosen, in words."""

    label: str
    value: str
    clear_url: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChildRow:
    """One open item below its customer: amounts under the range it falls into."""

    label: str
    url: str
    note: str
    state: str
    amount: Decimal
    cells: tuple[Decimal | None, ...]
    unapplied: Decimal | None
    disputed: Decimal | None
    days: int | None


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of the report with its rating, its link, and its items when it is open."""

    row: AgingRow
    grade: str
    url: str
    amounts: tuple[Decimal, ...]
    children: tuple[ChildRow, ...] | None = None

    @property
    def mix(self) -> list[dict[str, Any]]:
        """The amounts for the small bar that stands for the columns on a phone."""
        return [{"label": "", "amount": amount} for amount in self.amounts]


class Links:
    """Links to this page with some parts of the question changed."""

    def __init__(self, request: HttpRequest) -> None:
        self.query = request.GET

    def to(self, **changes: str | None) -> str:
        query = self.query.copy()
        for name in ("page", "export", "open"):
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None)
            if value:
                query[name] = value
        text = query.urlencode()
        return f"?{text}" if text else "?"


def build_context(
    request: HttpRequest, question: AgingQuestion, form: AgingForm, report: AgingReport
) -> dict[str, Any]:
    """Return everything the page's template needs."""
    links = Links(request)
    companies = list(Company.objects.order_by("code"))
    rows = _show_rows(request, question, report, links)
    return {
        "question": question,
        "form": form,
        "report": report,
        "rows": rows,
        "total": ShownRow(report.totals, "", "", report.amounts_of(report.totals)),
        "heads": _heads(question, report, links),
        "structure": _structure(question, report, links),
        "overdue_share": report.structure.overdue_ratio,
        "segments": [
            {"label": label, "url": links.to(by=code, sort=None), "active": code == question.by}
            for code, label in GROUPS
            if code != "currency"
            and (code != "company" or question.by == code or len(companies) > 1)
        ],
        "bases": [
            {
                "label": label,
                "url": links.to(basis=code, bucket=None, sort=None),
                "active": code == question.basis,
            }
            for code, label in BASES
        ],
        "chips": _chips(request, question, report, links, companies),
        "clear_url": links.to(**dict.fromkeys(FILTER_NAMES)),
        "is_filtered": any(request.GET.get(name) for name in FILTER_NAMES),
        "overdue_url": links.to(overdue=None if question.filters.is_overdue else "1"),
        "kept": _kept(request),
        "notes": _notes(report),
        "late": find_late_import(),
        "page": _page(question, report),
        "exports": [(kind, links.to(export=kind)) for kind in ("csv", "xlsx")],
        "basis_words": dict(BASES)[question.basis],
        "group_word": GROUP_WORDS[question.by],
        "rates": [{"code": code, "rate": rate} for code, rate in report.rates.items()],
        "has_credits": has_credits(report),
    }


def has_credits(report: AgingReport) -> bool:
    """Whether the column of money on account has anything to show."""
    return bool(report.totals.unapplied) or any(row.unapplied for row in report.rows)


def _page(question: AgingQuestion, report: AgingReport) -> Page[Any]:
    """Return a page object for the pager; the rows themselves were cut by the database."""
    paginator = Paginator(range(report.count), question.page_size)
    return paginator.get_page(question.page)


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    names = ["by", "basis", "sort", "page_size", "known_at", "overdue", "bucket", "owner"]
    names += ["region", "company", "grade", "currency"]
    return [(name, request.GET[name]) for name in names if request.GET.get(name)]


def _show_rows(
    request: HttpRequest, question: AgingQuestion, report: AgingReport, links: Links
) -> list[ShownRow]:
    by_customer = question.by == "customer"
    ids = [row.customer_id for row in report.rows if row.customer_id]
    ratings = get_current_ratings(customer_ids=ids, as_of=question.as_of) if ids else {}
    opened = set(request.GET.get("open", "").split(",")[:OPEN_ROWS_MAX]) - {""}
    return [
        ShownRow(
            row=row,
            grade=ratings[row.customer_id].shown_grade if row.customer_id in ratings else "",
            url=(
                customer_url(row.key)
                if by_customer
                else links.to(**{question.by.replace("sales", "owner"): row.key}, by=None)
            ),
            amounts=report.amounts_of(row),
            children=(
                list_children(request, row.customer_id, question, report)
                if by_customer and row.key in opened and row.customer_id
                else None
            ),
        )
        for row in report.rows
    ]


def list_children(
    request: HttpRequest, customer_id: int, question: AgingQuestion, report: AgingReport
) -> tuple[ChildRow, ...]:
    """Return the open items and the money on account of one customer: they add up to its row."""
    company_id = None
    if question.filters.company:
        company = Company.objects.filter(code=question.filters.company).first()
        company_id = company.pk if company else -1
    shared: dict[str, Any] = {
        "as_of": question.as_of,
        "known_at": question.known_at,
        "company_id": company_id,
    }
    items = list_open_items(
        customer_ids=[customer_id], user=request.user, currency=question.currency, **shared
    )
    receipts = list_open_receipts(customer_ids=[customer_id], **shared)
    ranges = report.ranges
    bucket = question.filters.bucket
    rows = [
        _child(item, question, ranges)
        for item in items
        if bucket is None or _position(item, question, ranges) == bucket
    ]
    if bucket is not None:
        return tuple(rows)
    return tuple(rows) + tuple(
        ChildRow(
            label=receipt.number,
            url=reverse("receipt", args=[receipt.receipt_id]),
            note=receipt.currency,
            state="UNAPPLIED",
            amount=-receipt.open_amount,
            cells=(None,) * len(ranges),
            unapplied=-receipt.open_amount,
            disputed=None,
            days=None,
        )
        for receipt in receipts
        if not question.currency or receipt.currency == question.currency
    )


def _position(item: OpenItem, question: AgingQuestion, ranges: tuple[Bucket, ...]) -> int | None:
    if item.due_date is None:
        return None
    start = item.due_date if question.basis == "due" else item.doc_date
    days = (question.as_of - start).days
    for position, bucket in enumerate(ranges):
        if (bucket.first is None or days >= bucket.first) and (
            bucket.last is None or days <= bucket.last
        ):
            return position
    return None


def _child(item: OpenItem, question: AgingQuestion, ranges: tuple[Bucket, ...]) -> ChildRow:
    position = _position(item, question, ranges)
    is_credit = item.due_date is None
    due = _("due %(day)s") % {"day": item.due_date} if item.due_date else _("credit note")
    state = "OPEN"
    if item.disputed_amount:
        state = "DISPUTED"
    elif item.state == "PARTLY_PAID":
        state = "PARTLY_PAID"
    return ChildRow(
        label=item.number if item.line_no == 1 else f"{item.number} / {item.line_no}",
        url=reverse("invoice", args=[item.number]),
        note=" · ".join(filter(None, (item.order_no, due))),
        state=state,
        amount=item.open_amount,
        cells=tuple(item.open_amount if n == position else None for n in range(len(ranges))),
        unapplied=item.open_amount if is_credit else None,
        disputed=item.disputed_amount or None,
        days=None if is_credit else item.days,
    )


def _heads(question: AgingQuestion, report: AgingReport, links: Links) -> list[Head]:
    columns: list[tuple[str, str, str]] = [
        ("name", str(GROUP_WORDS[question.by]), "stick"),
        *([("", _("Rating"), "")] if question.by == "customer" else []),
        ("total", _("Total"), "num"),
        *(
            (f"b{n}", label_bucket(bucket, short=True), "num bucket")
            for n, bucket in enumerate(report.ranges)
        ),
        *([("unapplied", _("On account"), "num")] if has_credits(report) else []),
        ("overdue_ratio", _("Overdue %"), "num"),
    ]
    return [
        Head(label, _sort_url(name, question, links), _sort_state(name, question), css)
        for name, label, css in columns
    ]


def _sort_url(name: str, question: AgingQuestion, links: Links) -> str:
    if not name:
        return ""
    first = name if name == "name" else f"-{name}"
    other = name if first.startswith("-") else f"-{name}"
    return links.to(sort=other if question.sort == first else first)


def _sort_state(name: str, question: AgingQuestion) -> str:
    if not name or question.sort.removeprefix("-") != name:
        return ""
    return "descending" if question.sort.startswith("-") else "ascending"


def _structure(question: AgingQuestion, report: AgingReport, links: Links) -> list[dict[str, Any]]:
    """Return the ranges for the bar: each leads to the rows that have something there."""
    amounts = report.amounts_of(report.structure)
    chosen = question.filters.bucket
    return [
        {
            "label": label_bucket(bucket),
            "amount": amount,
            "active": n == chosen,
            "url": links.to(bucket=None if n == chosen else str(n)),
        }
        for n, (bucket, amount) in enumerate(zip(report.ranges, amounts, strict=True))
    ]


def _chips(
    request: HttpRequest,
    question: AgingQuestion,
    report: AgingReport,
    links: Links,
    companies: list[Company],
) -> list[Chip]:
    filters = question.filters
    chips = []
    if filters.bucket is not None and filters.bucket < len(report.ranges):
        label = label_bucket(report.ranges[filters.bucket])
        chips.append(Chip(_("Age"), label, links.to(bucket=None)))
    grades = [(grade, grade) for grade in GRADES] + [(UNRATED, _("Unrated"))]
    chips.append(
        Chip(
            _("Rating"),
            ", ".join(dict(grades).get(g, g) for g in question.grades),
            links.to(grade=None),
            tuple((label, links.to(grade=code)) for code, label in grades),
        )
    )
    customers = Customer.objects.for_user(request.user)
    owners = User.objects.filter(
        pk__in=customers.order_by().values("sales_owner").distinct()
    ).order_by("username")
    chips.append(
        Chip(
            _("Salesperson"),
            next((o.display_name for o in owners if o.username == filters.owner), filters.owner),
            links.to(owner=None),
            tuple((o.display_name, links.to(owner=o.username)) for o in owners),
        )
    )
    regions = customers.exclude(region="").order_by("region").values_list("region", flat=True)
    chips.append(
        Chip(
            _("Region"),
            filters.region,
            links.to(region=None),
            tuple((region, links.to(region=region)) for region in regions.distinct()),
        )
    )
    if len(companies) > 1 or filters.company:
        names = {company.code: company.display_name for company in companies}
        chips.append(
            Chip(
                _("Company"),
                names.get(filters.company, filters.company),
                links.to(company=None),
                tuple((name, links.to(company=code)) for code, name in names.items()),
            )
        )
    codes = sorted({*report.rates, *report.unconverted} | ({report.currency} - {None}))
    if len(codes) > 1 or question.currency:
        chips.append(
            Chip(
                _("Currency"),
                question.currency,
                links.to(currency=None),
                tuple((code, links.to(currency=code)) for code in codes),
            )
        )
    return [chip for chip in chips if chip.value or len(chip.choices) > 1]


def _notes(report: AgingReport) -> list[dict[str, Any]]:
    """Return what a reader must know beside the figures: nothing is dropped in silence."""
    return [
        *(
            {"kind": "unconverted", "currency": code, "amount": amount}
            for code, amount in report.unconverted.items()
        ),
        *(
            {"kind": "unidentified", "currency": code, "amount": amount}
            for code, amount in report.unidentified.items()
        ),
    ]


def find_late_import() -> datetime | None:
    """Return when documents or payments were last imported, if that is long ago; else None."""
    last = (
        ImportBatch.objects.filter(
            kind__in=["invoices", "payments", "bank"], state=ImportBatch.State.IMPORTED
        )
        .order_by("-created_at")
        .values_list("created_at", flat=True)
        .first()
    )
    return last if last and timezone.now() - last > LATE_AFTER else None
