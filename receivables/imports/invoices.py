"""Imports of documents: invoices, debit and credit notes, advances, and open items at the start.

Built for hundreds of thousands of rows: whatever repeats (a term on a date, a customer) is worked
out once, the rest column by column, and stored by `receivables.posting` through COPY.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from common.bulk import fetch_dicts
from common.calendars import get_calendar
from common.imports.columns import Same
from common.imports.fields import (
    Column,
    code,
    column,
    creditor_reference,
    currency,
    money_column,
    number,
    one_of,
    whole,
)
from common.imports.fields import date as day
from common.imports.kinds import CREATED, Context, ImportKind, Rows, register
from common.parsing import CellError
from common.workdays import Calendar
from customers.imports import customer_code_column, find_customer_ids, reject_unknown_customers
from customers.models import Company, Customer, PaymentTerm
from receivables.domain import terms
from receivables.domain.documents import (
    CREDITS,
    DocType,
    check_sign,
    check_sum,
    check_tax_invoice_no,
)
from receivables.imports.ledger import (
    LOCK,
    compare_with_posted,
    digest_columns,
    find_posted,
    get_company,
    name_differences,
)
from receivables.models import Delivery, DueLine, Invoice
from receivables.posting import (
    ApplicationPart,
    InvoiceColumns,
    InvoiceRow,
    PostingResult,
    post_invoice_columns,
    post_invoices,
    write_applications,
)

CREDIT_NOTE = "CREDIT_NOTE"
SETTLED_BEFORE = "SETTLED_BEFORE"
DOC_TYPES = {
    "发票": "INV",
    "应收单": "INV",
    "借项通知单": "DN",
    "贷项通知单": "CN",
    "红字发票": "CN",
    "利息": "INT",
    "逾期利息": "INT",
    "费用": "FEE",
    "预收款": "ADV",
    "预收": "ADV",
    "质保金": "RET",
}
CREDIT_CODES = frozenset(kind.value for kind in CREDITS)
DIGESTED = (
    "doc_type",
    "customer_code",
    "doc_date",
    "posting_date",
    "base_date",
    "payment_term",
    "due_date",
    "currency",
    "net",
    "tax",
    "gross",
    "fx_rate",
    "tax_invoice_no",
    "order_no",
    "delivery_no",
    "contract_no",
    "reference_invoice",
    "rf",
)
TEXTS = {
    "tax_invoice_no": "tax_invoice_no",
    "order_no": "order_no",
    "delivery_no": "delivery_no",
    "contract_no": "contract_no",
    "reference_invoice": "reference_no",
    "rf": "structured_ref",
}


@dataclass
class InvoicePlan:
    """What the check found: ids, digests, and the term under which each row falls due."""

    company: Company
    customers: dict[str, int]
    digests: list[str]
    term_ids: list[int | None] = field(default_factory=list)
    term_rules: dict[int, terms.PaymentTerm] = field(default_factory=dict)
    calendar: Calendar | None = None


@register
class InvoiceKind(ImportKind):
    """Invoices and the other documents of the receivables ledger."""

    name = "invoices"
    title = _("Invoices")
    help = _(
        "Invoices, debit notes, credit notes and advances. Posted documents are never changed."
    )
    lock = LOCK
    columns: ClassVar[tuple[Column, ...]] = (
        column(
            "invoice_no",
            "发票编号",
            code(40),
            "单据编号",
            "应收单号",
            "invoice number",
            required=True,
            example="INV-2026-0001",
        ),
        column(
            "doc_type",
            "单据类型",
            one_of([kind.value for kind in DocType], DOC_TYPES),
            "类型",
            required=True,
            example="INV",
        ),
        customer_code_column(),
        column("doc_date", "单据日期", day, "开票日期", required=True, example="2026-07-01"),
        column("posting_date", "过账日期", day, "记账日期", required=True, example="2026-07-01"),
        column("base_date", "起算日期", day, "账期起算日"),
        column("payment_term", "付款条件", code(32), "账期", "付款条款", example="NET30"),
        column("due_date", "到期日期", day, "到期日"),
        column("currency", "币种", currency, "货币", required=True, example="CNY"),
        money_column("net", "不含税金额", "净额", required=True, example="1000.00"),
        money_column("tax", "税额", required=True, example="130.00"),
        money_column("gross", "价税合计", "含税金额", "总额", required=True, example="1130.00"),
        column("fx_rate", "汇率", number(8, 0)),
        column("tax_invoice_no", "税务发票号码", code(20), "发票号码", blank=""),
        column("order_no", "订单编号", code(40), "订单号", blank="", example="SO-1001"),
        column("delivery_no", "发货单号", code(40), "送货单号", blank=""),
        column("contract_no", "合同编号", code(40), "合同号", blank=""),
        column("reference_invoice", "原发票编号", code(40), "关联发票", blank=""),
        column("rf", "结构化参考号", creditor_reference, "RF", blank=""),
    )

    def check(self, rows: Rows, context: Context) -> InvoicePlan:
        rows.refuse_duplicates(rows["invoice_no"], "invoice_no")
        customers = find_customer_ids(rows["customer_code"], user=context.actor)
        reject_unknown_customers(rows, customers)
        company = get_company(context)
        digests = digest_columns([rows[name] for name in self.digested])
        plan = InvoicePlan(company, customers, digests)
        self._check_posted(rows, plan)
        self._check_amounts(rows)
        self._find_terms(rows, plan)
        self._check_tax_numbers(rows, plan)
        self._check_references(rows, plan)
        return plan

    digested: Sequence[str] = DIGESTED

    def _check_posted(self, rows: Rows, plan: InvoicePlan) -> None:
        numbers = [one for one in rows["invoice_no"] if one]
        posted = find_posted("receivables_invoice", numbers, plan.company)
        compare_with_posted(
            rows,
            column="invoice_no",
            digests=plan.digests,
            posted=posted,
            describe=lambda differing: self._describe(rows, differing, plan.company),
        )

    def _describe(self, rows: Rows, positions: list[int], company: Company) -> dict[int, str]:
        numbers = [rows["invoice_no"][n] for n in positions]
        names = ("doc_type", "doc_date", "posting_date", "currency", "net", "tax", "gross")
        found = Invoice.objects.filter(company=company, number__in=numbers)
        stored = {
            one["number"]: {
                "customer_code": one["customer__code"],
                **{name: one[name] for name in names},
            }
            for one in found.values("number", "customer__code", *names)
        }
        return name_differences(rows, positions, stored, "invoice_no")

    def _check_amounts(self, rows: Rows) -> None:
        """The sign fits the kind of document, and gross is net + tax."""
        kinds = {kind.value: kind for kind in DocType}
        columns = (rows[name] for name in ("doc_type", "net", "tax", "gross"))
        for n, (kind, net, tax, gross) in enumerate(zip(*columns, strict=True)):
            if kind is None or gross is None:
                continue
            try:
                check_sign(kinds[kind], gross)
            except CellError as error:
                rows.reject_cell(n, "gross", error)
            if net is None or tax is None or net + tax == gross:
                continue
            try:
                check_sum(net, tax, gross)
            except CellError as error:
                rows.reject_cell(n, "gross", error)

    def _find_terms(self, rows: Rows, plan: InvoicePlan) -> None:
        """Each document has a due date, a term of its own, or that of its customer."""
        found = list(PaymentTerm.objects.all())
        by_code = {term.code: term.pk for term in found}
        plan.term_rules = {term.pk: terms.read_term(term.kind, term.params) for term in found}
        plan.calendar = get_calendar(plan.company.calendar)
        usual = self._usual_terms(rows, plan) if None in rows["payment_term"] else {}
        plan.term_ids = [None] * len(rows)
        allowed = ", ".join(sorted(by_code))
        columns = (rows[n] for n in ("payment_term", "due_date", "doc_type", "customer_code"))
        for n, (term, due, kind, customer) in enumerate(zip(*columns, strict=True)):
            if term is not None:
                plan.term_ids[n] = by_code.get(term)
                if term not in by_code:
                    rows.reject(n, "payment_term", "UNKNOWN_CODE", allowed=allowed)
            elif due is None and kind not in CREDIT_CODES:
                plan.term_ids[n] = usual.get(customer)
                if plan.term_ids[n] is None and not rows.is_bad(n):
                    rows.reject(n, "payment_term", "REQUIRED")

    def _usual_terms(self, rows: Rows, plan: InvoicePlan) -> dict[str, int]:
        ids = {
            plan.customers.get(one)
            for one, term, due in zip(
                rows["customer_code"], rows["payment_term"], rows["due_date"], strict=True
            )
            if term is None and due is None
        }
        found = Customer.objects.filter(pk__in=[pk for pk in ids if pk]).exclude(payment_term=None)
        return dict(found.values_list("code", "payment_term_id"))

    def _check_tax_numbers(self, rows: Rows, plan: InvoicePlan) -> None:
        """Tax invoice numbers of Chinese customers have 8 or 20 digits."""
        if not any(rows["tax_invoice_no"]):
            return
        chinese = set(
            Customer.objects.filter(pk__in=plan.customers.values(), country="CN").values_list(
                "code", flat=True
            )
        )
        for n, tax_number in enumerate(rows["tax_invoice_no"]):
            if tax_number and rows["customer_code"][n] in chinese:
                try:
                    check_tax_invoice_no(tax_number)
                except CellError as error:
                    rows.reject_cell(n, "tax_invoice_no", error)

    def _check_references(self, rows: Rows, plan: InvoicePlan) -> None:
        """What a credit note refers to is a document of the same customer in the same currency."""
        named = [n for n in rows.good if rows["reference_invoice"][n]]
        if not named:
            return
        wanted = {rows["reference_invoice"][n] for n in named}
        known = {
            number: (customer, code)
            for number, customer, code in Invoice.objects.filter(
                company=plan.company, number__in=wanted
            ).values_list("number", "customer__code", "currency")
        }
        known |= {
            rows["invoice_no"][n]: (rows["customer_code"][n], rows["currency"][n])
            for n in rows.good
            if rows["invoice_no"][n] in wanted
        }
        for n in named:
            found = known.get(rows["reference_invoice"][n])
            if found != (rows["customer_code"][n], rows["currency"][n]):
                rows.reject(n, "reference_invoice", "UNKNOWN_DOCUMENT")

    def store(self, rows: Rows, plan: InvoicePlan, context: Context) -> dict[str, Any]:
        new = rows.good
        if rows.outcome.count(CREATED) < len(rows) or not isinstance(new, range):
            new = [n for n in rows.good if rows.outcome[n] == CREATED]
        if not new:
            return {}
        columns = self._build(rows, new, plan)
        result = post_invoice_columns(columns, company=plan.company, batch=context.batch)
        self._after_posting(rows, new, columns, result, plan, context)
        used = self._use_credit_notes(rows, new, columns, result, plan)
        self._note_invoiced(rows, new, plan)
        return {"credit_notes_applied": used}

    def _build(self, rows: Rows, new: Sequence[int], plan: InvoicePlan) -> InvoiceColumns:
        ids = plan.customers
        doc_dates = rows.pick("doc_date", new)
        bases = rows.pick("base_date", new)
        if None in bases:
            bases = [base or day for base, day in zip(bases, doc_dates, strict=True)]
        columns = InvoiceColumns(
            number=rows.pick("invoice_no", new),
            customer_id=[ids[one] for one in rows.pick("customer_code", new)],
            doc_type=rows.pick("doc_type", new),
            doc_date=doc_dates,
            posting_date=rows.pick("posting_date", new),
            base_date=bases,
            payment_term_id=[plan.term_ids[n] for n in new],
            currency=rows.pick("currency", new),
            net=rows.pick("net", new),
            tax=rows.pick("tax", new),
            gross=rows.pick("gross", new),
            digest=[plan.digests[n] for n in new],
            other={
                target: self._or_same(rows.pick(name, new), "") for name, target in TEXTS.items()
            }
            | {"fx_rate": self._or_same(rows.pick("fx_rate", new), None)},
            line_of=(),
            line_no=(),
            line_amount=(),
            line_nominal=(),
            line_due=(),
        )
        self._fill_lines(columns, rows.pick("due_date", new), plan)
        return columns

    def _after_posting(
        self,
        rows: Rows,
        new: Sequence[int],
        columns: InvoiceColumns,
        result: PostingResult,
        plan: InvoicePlan,
        context: Context,
    ) -> None:
        """Do what a special kind of document needs besides; an ordinary one needs nothing."""

    def _or_same(self, values: list[Any], blank: Any) -> Sequence[Any]:
        return Same(blank) if not any(values) else values

    def _fill_lines(
        self, columns: InvoiceColumns, stated: Sequence[date | None], plan: InvoicePlan
    ) -> None:
        """Give every document its due lines; a term on a base date is worked out once."""
        assert plan.calendar is not None
        split = {pk for pk, t in plan.term_rules.items() if t.kind is terms.TermKind.INSTALMENTS}
        known: dict[tuple[int, date], tuple[date, date]] = {}
        of: list[int] = []
        numbers: list[int] = []
        amounts: list[Decimal] = []
        nominals: list[date | None] = []
        dues: list[date | None] = []
        lines: tuple[tuple[int, Decimal, date | None, date | None], ...]
        rows = zip(
            columns.doc_type,
            columns.gross,
            columns.currency,
            columns.base_date,
            columns.payment_term_id,
            stated,
            strict=True,
        )
        for n, (kind, gross, money, base, term_id, due) in enumerate(rows):
            if kind in CREDIT_CODES:
                lines = ((1, gross, None, None),)
            elif due is not None or term_id is None:
                # A date that the document states is a promise of its own: nothing moves it.
                lines = ((1, gross, due, due),)
            elif term_id in split:
                found = terms.due_lines(
                    plan.term_rules[term_id], gross, money, base, calendar=plan.calendar
                )
                lines = tuple((p.number, p.amount, p.nominal, p.effective) for p in found)
            else:
                dates = known.get((term_id, base))
                if dates is None:
                    rule = plan.term_rules[term_id]
                    dates = known[term_id, base] = (
                        terms.nominal_due_date(rule, base),
                        terms.effective_due_date(rule, base, calendar=plan.calendar),
                    )
                lines = ((1, gross, *dates),)
            for line_no, amount, nominal, effective in lines:
                of.append(n)
                numbers.append(line_no)
                amounts.append(amount)
                nominals.append(nominal)
                dues.append(effective)
        columns.line_of, columns.line_no, columns.line_amount = of, numbers, amounts
        columns.line_nominal, columns.line_due = nominals, dues

    def _use_credit_notes(
        self,
        rows: Rows,
        new: Sequence[int],
        columns: InvoiceColumns,
        result: PostingResult,
        plan: InvoicePlan,
    ) -> int:
        """Apply each linked credit note at once to its document; what is left stays on account."""
        references = rows.pick("reference_invoice", new)
        linked = [
            at
            for at, reference in enumerate(references)
            if reference and columns.doc_type[at] in CREDIT_CODES
        ]
        if not linked:
            return 0
        line_of = dict(zip(columns.line_of, result.line_ids, strict=True))
        rest = dict(
            DueLine.objects.filter(pk__in=[line_of[at] for at in linked]).values_list(
                "pk", "open_amount"
            )
        )
        targets = self._lock_lines({references[at] for at in linked}, plan.company)
        parts: list[ApplicationPart] = []
        for at in sorted(linked, key=lambda at: (columns.posting_date[at], columns.number[at])):
            left = -rest[line_of[at]]
            for target in targets.get(references[at], ()):
                amount = min(left, target["open_amount"])
                if amount <= 0:
                    continue
                parts.append(
                    ApplicationPart(
                        due_line_id=target["id"],
                        amount=amount,
                        applied_on=max(columns.posting_date[at], target["posting_date"]),
                        credit_line_id=line_of[at],
                        rule=CREDIT_NOTE,
                    )
                )
                target["open_amount"] -= amount
                left -= amount
        write_applications(parts)
        return len(parts)

    def _lock_lines(self, numbers: set[str], company: Company) -> dict[str, list[dict[str, Any]]]:
        """Lock the open lines of these documents; return them oldest due first, by number."""
        ids = sorted(
            DueLine.objects.filter(
                invoice__company=company, invoice__number__in=numbers, open_amount__gt=0
            ).values_list("pk", flat=True)
        )
        found = fetch_dicts(
            """
            with locked as (
                select * from receivables_dueline where id = any(%s) order by id
                for no key update)
            select l.id, i.number, l.open_amount, i.posting_date, greatest(i.posting_date, (
                select max(applied_on) from receivables_application a
                where a.due_line_id = l.id and a.amount < 0)) as free_from
            from locked l join receivables_invoice i on i.id = l.invoice_id
            where l.open_amount > 0 order by l.due_date nulls last, l.line_no
            """,
            [ids],
        )
        lines: dict[str, list[dict[str, Any]]] = {}
        for row in found:
            row["posting_date"] = row.pop("free_from")
            lines.setdefault(row["number"], []).append(row)
        return lines

    def _note_invoiced(self, rows: Rows, new: Sequence[int], plan: InvoicePlan) -> None:
        """A delivery that is invoiced is no longer "delivered, not invoiced"."""
        invoiced = {
            (rows["delivery_no"][n], plan.customers[rows["customer_code"][n]])
            for n in new
            if rows["delivery_no"][n] and rows["doc_type"][n] == DocType.INV
        }
        if not invoiced:
            return
        deliveries = Delivery.objects.filter(
            delivery_no__in={number for number, _customer in invoiced},
            order__company=plan.company,
        ).exclude(state__in=[Delivery.State.INVOICED, Delivery.State.REFUSED])
        ids = [
            pk
            for pk, number, customer in deliveries.values_list(
                "pk", "delivery_no", "order__customer_id"
            )
            if (number, customer) in invoiced
        ]
        Delivery.objects.filter(pk__in=ids).update(state=Delivery.State.INVOICED, open_value=0)


@register
class OpeningItemKind(InvoiceKind):
    """What was open when the books were taken over: documents with their open rest."""

    name = "opening_items"
    title = _("Opening items")
    help = _("Open items on the day this system takes over, before anything else is posted.")
    columns = (
        *InvoiceKind.columns,
        money_column("open_amount", "未清金额", "余额", required=True, example="1130.00"),
        column("dunning_level", "催款级别", whole(0, 9), blank=0, example="0"),
        column("last_dunned", "最近催款日期", day, "上次催款日"),
    )
    digested = (*DIGESTED, "open_amount", "dunning_level", "last_dunned")

    def check(self, rows: Rows, context: Context) -> InvoicePlan:
        plan = super().check(rows, context)
        for n in rows.good:
            amount, left = rows["gross"][n], rows["open_amount"][n]
            if left == 0 or (left > 0) != (amount > 0) or abs(left) > abs(amount):
                rows.reject(n, "open_amount", "MORE_THAN_AMOUNT")
        rows.require_same({"file": list(rows.good)} if rows.good else {}, ["posting_date"])
        is_live = (
            Invoice.objects.filter(company=plan.company).exclude(batch__kind=self.name).exists()
        )
        if is_live:
            for n in [n for n in rows.good if rows.outcome[n] == CREATED]:
                rows.reject(n, "invoice_no", "ALREADY_LIVE")
        return plan

    def _build(self, rows: Rows, new: Sequence[int], plan: InvoicePlan) -> InvoiceColumns:
        columns = super()._build(rows, new, plan)
        levels, dunned = rows.pick("dunning_level", new), rows.pick("last_dunned", new)
        columns.line_other = {
            "dunning_level": [levels[n] for n in columns.line_of],
            "last_dunned_on": [dunned[n] for n in columns.line_of],
        }
        return columns

    def _after_posting(
        self,
        rows: Rows,
        new: Sequence[int],
        columns: InvoiceColumns,
        result: PostingResult,
        plan: InvoicePlan,
        context: Context,
    ) -> None:
        """Post what was settled before the take-over as one counter-document each, and apply it.

        So a document keeps its amount, its lines add up to it, and what is open is what was open.
        """
        rest = rows.pick("open_amount", new)
        settled = [n for n, gross in enumerate(columns.gross) if gross != rest[n]]
        before = post_invoices(
            [self._counter_document(columns, n, rest[n]) for n in settled],
            company=plan.company,
            batch=context.batch,
        )
        lines: dict[int, list[int]] = {}
        for at, n in enumerate(columns.line_of):
            lines.setdefault(n, []).append(at)
        parts: list[ApplicationPart] = []
        for n, counter_line in zip(settled, before.line_ids, strict=True):
            left = abs(columns.gross[n] - rest[n])
            for at in lines[n]:
                amount = min(left, abs(columns.line_amount[at]))
                if amount <= 0:
                    continue
                line, is_debt = result.line_ids[at], columns.gross[n] > 0
                parts.append(
                    ApplicationPart(
                        due_line_id=line if is_debt else counter_line,
                        credit_line_id=counter_line if is_debt else line,
                        amount=amount,
                        applied_on=columns.posting_date[n],
                        rule=SETTLED_BEFORE,
                    )
                )
                left -= amount
        write_applications(parts)

    def _counter_document(self, columns: InvoiceColumns, n: int, rest: Decimal) -> InvoiceRow:
        amount = rest - columns.gross[n]
        day = columns.posting_date[n]
        return InvoiceRow(
            number=f"PRE-{columns.number[n][-36:]}",
            customer_id=columns.customer_id[n],
            doc_type=DocType.ADV.value if amount < 0 else DocType.DN.value,
            doc_date=day,
            due_date=None if amount < 0 else day,
            currency=columns.currency[n],
            net=amount,
            tax=Decimal(0),
            gross=amount,
            reference_no=columns.number[n],
        )
