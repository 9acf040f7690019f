"""Import of payments: whose they are, what they pay, and the rest on account.

Money is never lost: a payment whose payer is unknown is stored apart (UNIDENTIFIED). The rules that
apply it are `receivables.domain.matching`, asked in the order of value dates over open items that
are read once for all payments.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.bulk import fetch_dicts, fetch_rows
from common.identifiers import normalise_code
from common.imports.fields import code, column, currency, money_column, one_of, text
from common.imports.fields import date as day
from common.imports.kinds import CREATED, Context, ImportKind, Rows, register
from common.parsing import CellError, CellErrorCode
from common.policies import get_policy
from customers.domain.duplicates import normalise_name
from customers.imports import find_customer_ids
from customers.models import BankAccount, Company, Customer
from receivables.domain.matching import MatchingPolicy, read_matching_policy
from receivables.imports.ledger import (
    LOCK,
    compare_with_posted,
    digest_columns,
    find_posted,
    get_company,
    name_differences,
)
from receivables.imports.matching import Ledger, Planned
from receivables.models import Invoice, Receipt
from receivables.posting import ReceiptRow, post_receipts, write_applications
from receivables.services.documents import post_difference

METHODS = {
    "银行转账": "TRANSFER",
    "转账": "TRANSFER",
    "电汇": "TRANSFER",
    "承兑汇票": "BILL",
    "汇票": "BILL",
    "现金": "CASH",
    "银行卡": "CARD",
    "抵销": "SET_OFF",
    "抵账": "SET_OFF",
    "其他": "OTHER",
}
DIGESTED = (
    "value_date",
    "posting_date",
    "currency",
    "amount",
    "payer_name",
    "payer_account",
    "customer_code",
    "bank_account",
    "bank_ref",
    "remittance",
    "structured_ref",
    "method",
    "bill_no",
)


@dataclass
class PaymentPlan:
    """What the check found: our company, digests, and the payer of each row."""

    company: Company
    digests: list[str]
    payers: list[int | None] = field(default_factory=list)


@register
class PaymentKind(ImportKind):
    """Money that came in."""

    name = "payments"
    title = _("Payments")
    help = _("Receipts. They are applied by the references they carry; the rest stays on account.")
    lock = LOCK
    columns = (
        column(
            "receipt_no", "收款编号", code(40), "收款单号", required=True, example="RC-2026-0001"
        ),
        column(
            "value_date", "起息日", day, "到账日期", "收款日期", required=True, example="2026-07-30"
        ),
        column("posting_date", "过账日期", day, "记账日期", required=True, example="2026-07-30"),
        column("currency", "币种", currency, "货币", required=True, example="CNY"),
        money_column("amount", "金额", "收款金额", required=True, example="1130.00"),
        column(
            "payer_name",
            "付款人",
            text(200),
            "付款方名称",
            blank="",
            example="示例晨光贸易有限公司",
        ),
        column("payer_account", "付款账号", code(40), "付款人账号", blank=""),
        column("customer_code", "客户编码", code(32), "客户代码", "客户编号", example="C0001"),
        column(
            "bank_account",
            "收款账号",
            code(40),
            "本方账号",
            required=True,
            example="SAMPLE-6222-0000-0001",
        ),
        column("bank_ref", "银行流水号", text(60), "流水号", blank="", example="20260730-000017"),
        column("remittance", "附言", text(500), "摘要", "用途", blank="", example="INV-2026-0001"),
        column("structured_ref", "结构化参考号", code(35), "参考号", blank=""),
        column(
            "method",
            "付款方式",
            one_of(Receipt.Method.values, METHODS),
            "结算方式",
            required=True,
            example="transfer",
        ),
        column("bill_no", "票据号码", code(40), "汇票号码", blank=""),
    )

    def check(self, rows: Rows, context: Context) -> PaymentPlan:
        rows.refuse_duplicates(rows["receipt_no"], "receipt_no")
        bank_keys = [
            (account, ref) if account and ref else None
            for account, ref in zip(rows["bank_account"], rows["bank_ref"], strict=True)
        ]
        rows.refuse_duplicates(bank_keys, "bank_ref")
        for n, amount in enumerate(rows["amount"]):
            if amount is not None and amount <= 0:
                rows.reject_cell(n, "amount", CellError(CellErrorCode.SIGN))
        plan = PaymentPlan(
            company=get_company(context),
            digests=digest_columns([rows[name] for name in DIGESTED]),
        )
        self._check_posted(rows, plan)
        self._check_movements(rows, plan)
        self._identify(rows, plan, context)
        return plan

    def _check_posted(self, rows: Rows, plan: PaymentPlan) -> None:
        numbers = [one for one in rows["receipt_no"] if one]
        posted = find_posted("receivables_receipt", numbers, plan.company)

        def describe(positions: list[int]) -> dict[int, str]:
            names = ("value_date", "posting_date", "currency", "amount", "bank_ref", "remittance")
            found = Receipt.objects.filter(
                company=plan.company, number__in=[rows["receipt_no"][n] for n in positions]
            )
            stored = {
                one["number"]: {name: one[name] for name in names}
                for one in found.values("number", *names)
            }
            return name_differences(rows, positions, stored, "receipt_no")

        compare_with_posted(
            rows, column="receipt_no", digests=plan.digests, posted=posted, describe=describe
        )

    def _check_movements(self, rows: Rows, plan: PaymentPlan) -> None:
        """One movement of our account is one receipt, whatever number it comes under."""
        new = [n for n in rows.good if rows.outcome[n] == CREATED and rows["bank_ref"][n]]
        if not new:
            return
        found = fetch_rows(
            """
            select r.bank_account, r.bank_ref, r.number
            from unnest(%s::text[], %s::text[]) w(account, ref)
            join receivables_receipt r on r.bank_account = w.account and r.bank_ref = w.ref
            where r.bank_ref <> ''
            """,
            [[rows["bank_account"][n] for n in new], [rows["bank_ref"][n] for n in new]],
        )
        numbers = {(account, ref): number for account, ref, number in found}
        for n in new:
            number = numbers.get((rows["bank_account"][n], rows["bank_ref"][n]))
            if number is not None:
                rows.reject(
                    n, "bank_ref", "POSTED_DOCUMENT_DIFFERS", changed=f"receipt_no ({number})"
                )

    def _identify(self, rows: Rows, plan: PaymentPlan, context: Context) -> None:
        """Find each payer: the code given, the account, the reference, the exact name; or nobody."""
        by_code = find_customer_ids(rows["customer_code"], user=context.actor)
        codes = rows["customer_code"]
        plan.payers = [by_code.get(one) if one else None for one in codes]
        open_questions = [
            n for n in rows.good if plan.payers[n] is None and rows.outcome[n] == CREATED
        ]
        if open_questions:
            guesses = _Payers(rows, open_questions, plan.company)
            for n in open_questions:
                # A code that is given and unknown is not overruled by a likeness.
                plan.payers[n] = None if codes[n] else guesses.find(n)
                if plan.payers[n] is None:
                    rows.warn(n, "customer_code" if codes[n] else "payer_name", "PARKED")

    def store(self, rows: Rows, plan: PaymentPlan, context: Context) -> dict[str, Any]:
        new = [n for n in rows.good if rows.outcome[n] == CREATED]
        if not new:
            return {}
        receipts = [self._build(rows, n, plan) for n in new]
        planned = _plan_applications(receipts, plan.company, as_of=context.as_of)
        for receipt, decided in zip(receipts, planned, strict=True):
            if decided is not None:
                receipt.match_rule = decided.rule
                receipt.match_detail |= decided.detail
        ids = post_receipts(receipts, company=plan.company, batch=context.batch).ids
        parts = []
        for pk, decided in zip(ids, planned, strict=True):
            for part in decided.parts if decided else ():
                if part.credit_line_id is None:
                    part.receipt_id = pk
                parts.append(part)
        write_applications(parts, actor=context.actor)
        self._post_differences(ids, planned, context)
        return {
            "applied": sum(1 for decided in planned if decided and decided.parts),
            "unidentified": sum(1 for receipt in receipts if receipt.customer_id is None),
        }

    def _build(self, rows: Rows, position: int, plan: PaymentPlan) -> ReceiptRow:
        detail = {
            name: rows[name][position]
            for name in ("bill_no", "customer_code")
            if rows[name][position] and (name == "bill_no" or plan.payers[position] is None)
        }
        return ReceiptRow(
            number=rows["receipt_no"][position],
            customer_id=plan.payers[position],
            digest=plan.digests[position],
            match_detail=detail,
            **{
                name: rows[name][position]
                for name in (
                    "value_date",
                    "posting_date",
                    "currency",
                    "amount",
                    "payer_name",
                    "payer_account",
                    "bank_account",
                    "bank_ref",
                    "remittance",
                    "structured_ref",
                    "method",
                )
            },
        )

    def _post_differences(
        self, ids: Sequence[int], planned: Sequence[Planned | None], context: Context
    ) -> None:
        """Post away the small rests that the rules allow to be forgotten."""
        for pk, decided in zip(ids, planned, strict=True):
            for line_id, amount, on in decided.differences if decided else ():
                post_difference(
                    due_line_id=line_id,
                    receipt=Receipt.objects.get(pk=pk),
                    amount=amount,
                    as_of=on,
                    rule=decided.rule if decided else "",
                    actor=context.actor,
                )


class _Payers:
    """Looks payers up for rows that do not name them; four queries for any number of rows."""

    def __init__(self, rows: Rows, positions: Sequence[int], company: Company) -> None:
        self.rows = rows
        accounts = {normalise_code(rows["payer_account"][n]) for n in positions} - {""}
        names = {normalise_name(rows["payer_name"][n]) for n in positions} - {""}
        references = {normalise_code(rows["structured_ref"][n]) for n in positions} - {""}
        self.by_account = _only(
            (normalise_code(account), customer)
            for account, customer in BankAccount.objects.exclude(verified_at=None)
            .filter(account__in=accounts | {rows["payer_account"][n] for n in positions})
            .values_list("account", "customer_id")
        )
        self.by_name = _only(
            Customer.objects.order_by()
            .filter(normalised_name__in=names)
            .values_list("normalised_name", "pk")
        )
        invoices = Invoice.objects.filter(company=company)
        self.by_reference = _only(
            (reference, customer)
            for found in (
                invoices.filter(structured_ref__in=references).values_list(
                    "structured_ref", "customer_id"
                ),
                invoices.filter(number__in=references).values_list("number", "customer_id"),
            )
            for reference, customer in found
        )

    def find(self, position: int) -> int | None:
        rows = self.rows
        account = normalise_code(rows["payer_account"][position])
        reference = normalise_code(rows["structured_ref"][position])
        name = normalise_name(rows["payer_name"][position])
        return (
            self.by_account.get(account)
            or self.by_reference.get(reference)
            or self.by_name.get(name)
        )


def _only(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Keep what points at one customer alone: two candidates are none."""
    found: dict[str, set[int]] = {}
    for key, customer in pairs:
        found.setdefault(key, set()).add(customer)
    return {key: min(ids) for key, ids in found.items() if len(ids) == 1 and key}


def _plan_applications(
    receipts: Sequence[ReceiptRow], company: Company, *, as_of: date
) -> list[Planned | None]:
    """Decide over every receipt with a known payer, in the order of value dates.

    Three queries: the policy, who may be paid oldest first, and the open items, which are locked.
    """
    customers = {one.customer_id for one in receipts if one.customer_id is not None}
    planned: list[Planned | None] = [None] * len(receipts)
    if not customers:
        return planned
    body = get_policy("CASH_APPLICATION", as_of=as_of).body
    oldest_first = set(
        Customer.objects.filter(pk__in=customers, apply_oldest_first=True).values_list(
            "pk", flat=True
        )
    )
    policies: dict[bool, MatchingPolicy] = {
        may: read_matching_policy(body, may_apply_oldest_first=may) for may in (False, True)
    }
    ledgers = read_ledgers(customers, company)
    order = sorted(range(len(receipts)), key=lambda n: (receipts[n].value_date, receipts[n].number))
    for n in order:
        receipt = receipts[n]
        if receipt.customer_id is None:
            continue
        ledger = ledgers.setdefault((receipt.customer_id, receipt.currency), Ledger())
        planned[n] = ledger.decide(receipt, policies[receipt.customer_id in oldest_first])
    return planned


def read_ledgers(customers: Collection[int], company: Company) -> dict[tuple[int, str], Ledger]:
    """Lock and read the open items of these customers, one ledger per customer and currency.

    `free_from` is the first day on which an item may be paid without making an earlier day wrong:
    its posting, or the last time that a payment of it was undone.
    """
    found = fetch_dicts(
        """
        with locked as (
            select id, invoice_id, line_no, customer_id, currency, due_date, open_amount
            from receivables_dueline
            where customer_id = any(%(customers)s) and company_id = %(company)s
                and open_amount <> 0
            order by id for no key update
        )
        select l.id, i.number, l.line_no, l.invoice_id, l.customer_id, l.currency, l.due_date,
            i.doc_date, l.open_amount, i.structured_ref, i.posting_date as free_from
        from locked l join receivables_invoice i on i.id = l.invoice_id
        order by l.due_date nulls last, i.number, l.line_no
        """,
        {"customers": list(customers), "company": company.pk},
    )
    undone = _last_undone([row["id"] for row in found])
    rows: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in found:
        row["free_from"] = max(row["free_from"], undone.get(row["id"], row["free_from"]))
        rows.setdefault((row["customer_id"], row["currency"]), []).append(row)
    return {key: Ledger(items) for key, items in rows.items()}


def _last_undone(line_ids: list[int]) -> dict[int, date]:
    """Return, for the lines of which a payment was undone, the last day of that. One query."""
    return dict(
        fetch_rows(
            """
            select line, max(applied_on) from (
                select due_line_id as line, applied_on from receivables_application
                where amount < 0 and due_line_id = any(%(ids)s)
                union all
                select credit_line_id, applied_on from receivables_application
                where amount < 0 and credit_line_id = any(%(ids)s)) undone
            group by line
            """,
            {"ids": line_ids},
        )
    )
