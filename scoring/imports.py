"""Import of statements: one row per line, or one row per statement with one column per item.

A statement is taken whole or not at all. One that does not add up is refused here: a file can be
corrected, unlike a printed statement, which a person may enter and have accepted as doubtful.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from common import parsing
from common.bulk import copy_rows
from common.events import record_events
from common.imports.fields import Column, code, column, fold_name, number, one_of, text, yes_no
from common.imports.fields import currency as currency_code
from common.imports.fields import date as day
from common.imports.kinds import CREATED, UNCHANGED, UPDATED, Context, ImportKind, Rows, register
from common.money import minor_units
from common.parsing import CellError, CellErrorCode
from customers.imports import customer_code_column, find_customer_ids, reject_unknown_customers
from scoring.domain.identities import Finding, Severity, check_identities, list_sign_doubts
from scoring.domain.items import DERIVED_ITEMS, ITEMS, Item, find_item
from scoring.domain.statements import Statement as Figures
from scoring.models import Statement, StatementLine
from scoring.selectors.statements import to_figures
from scoring.services.statements import describe_finding, digest_statement

OPINIONS = {
    "clean": "UNQUALIFIED",
    "标准无保留": "UNQUALIFIED",
    "标准无保留意见": "UNQUALIFIED",
    "无保留意见": "UNQUALIFIED",
    "带强调事项段的无保留意见": "UNQUALIFIED_EMPHASIS",
    "保留意见": "QUALIFIED",
    "否定意见": "ADVERSE",
    "无法表示意见": "DISCLAIMER",
    "none": "UNAUDITED",
    "未审计": "UNAUDITED",
}
KINDS = {"年报": "ANNUAL", "年度": "ANNUAL", "中期": "INTERIM", "季报": "INTERIM"}
UNITS = {
    "元": "1",
    "千元": "1000",
    "万元": "10000",
    "万": "10000",
    "百万元": "1000000",
    "百万": "1000000",
}
FORMS = {"完整": "FULL", "简表": "CONDENSED", "摘要": "CONDENSED"}

HEADER = (
    customer_code_column(),
    column(
        "period_end", "报告期末", day, "截止日期", "期末日期", required=True, example="2025-12-31"
    ),
    column(
        "months",
        "月数",
        lambda cell: parsing.parse_int(cell, 1, 15),
        "期间月数",
        required=True,
        example="12",
    ),
    column(
        "statement_kind",
        "报表类型",
        one_of(Statement.Kind.values, KINDS),
        "类型",
        required=True,
        example="annual",
    ),
    column("audited", "是否审计", yes_no, "已审计", required=True, example="yes"),
    column("auditor", "审计机构", text(100), "会计师事务所", blank=""),
    column(
        "opinion",
        "审计意见",
        one_of(Statement.Opinion.values, OPINIONS),
        "审计意见类型",
        example="clean",
    ),
    column("consolidated", "是否合并", yes_no, "合并报表", required=True, example="no"),
    column("currency", "币种", currency_code, "货币", required=True, example="CNY"),
    column(
        "unit",
        "金额单位",
        one_of(("1", "1000", "10000", "1000000"), UNITS),
        "单位",
        required=True,
        example="10000",
    ),
    column("form", "报表形式", one_of(Statement.Form.values, FORMS), blank="FULL", example="full"),
    column("complete", "空白为零", yes_no, "是否完整", blank=False, example="no"),
    column("gaap", "会计准则", code(20), blank="CAS"),
    column("received_on", "收到日期", day, "提交日期"),
)
LONG = (
    column(
        "line_code",
        "项目",
        text(80),
        "科目",
        "报表项目",
        "item",
        required=True,
        example="total_assets",
    ),
    column("amount", "金额", number(3), "期末余额", "本期金额", required=True, example="15200.00"),
)
SHARED = tuple(spec.name for spec in HEADER)


@dataclass
class Draft:
    """One statement of the file: the rows it came in, its header and lines, and what it replaces."""

    positions: list[int]
    header: dict[str, Any]
    lines: dict[str, Decimal]
    digest: str = ""
    before: Statement | None = None
    findings: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class StatementPlan:
    """The statements of the file that stand, and the ids of their customers."""

    customers: dict[str, int]
    drafts: list[Draft] = field(default_factory=list)


@register
class StatementKind(ImportKind):
    """Financial statements."""

    name = "statements"
    title = _("Financial statements")
    help = _(
        "One row per line (line_code, amount), or one row per statement with a column per item."
        " Items by machine name, English or Chinese label."
    )
    lock = "statements"
    columns = (*HEADER, *LONG)

    def columns_of(self, header: Sequence[str]) -> tuple[Column, ...]:
        """Rows per line when the file has that column, else one column per item it names."""
        long_names = {fold_name(name) for name in LONG[0].names()}
        if any(fold_name(name) in long_names for name in header):
            return self.columns
        taken = {fold_name(name) for spec in HEADER for name in spec.names()}
        items: dict[str, list[str]] = {}
        for name in header:
            item = None if fold_name(name) in taken else find_item(name)
            if item is not None:
                items.setdefault(item.name, []).append(name)
        if not items:
            return self.columns
        return (*HEADER, *(_item_column(name, labels) for name, labels in items.items()))

    def check(self, rows: Rows, context: Context) -> StatementPlan:
        plan = StatementPlan(find_customer_ids(rows["customer_code"], user=context.actor))
        reject_unknown_customers(rows, plan.customers)
        keys = list(
            zip(
                *(
                    rows[n]
                    for n in ("customer_code", "period_end", "statement_kind", "consolidated")
                ),
                strict=True,
            )
        )
        groups = rows.groups([None if None in key else key for key in keys])
        if "line_code" in rows.values:
            self._check_lines(rows, keys)
            rows.require_same(groups, SHARED)
        else:
            rows.refuse_duplicates([None if None in key else key for key in keys], "period_end")
            groups = {key: positions[:1] for key, positions in groups.items()}
        self._check_dates(rows, context.as_of)
        self._check_decimals(rows)
        rows.reject_whole_groups(groups, "customer_code")
        self._draft(rows, plan, groups)
        return plan

    def _check_lines(self, rows: Rows, keys: list[Any]) -> None:
        """Each line names an item, each item once, derived ones on condensed statements alone."""
        items: list[str | None] = []
        known: dict[str, Item | None] = {}
        for n, name in enumerate(rows["line_code"]):
            if name not in known:
                known[name] = find_item(name) if name else None
            item = known[name]
            items.append(item.name if item else None)
            if item is None:
                if name:
                    rows.reject(n, "line_code", "UNKNOWN_ITEM")
            elif item.name in DERIVED_ITEMS and rows["form"][n] != Statement.Form.CONDENSED:
                rows.reject(n, "line_code", "DERIVED_ITEM_STATED")
        rows.values["item"] = items
        rows.refuse_duplicates(
            [
                None if item is None or None in key else (*key, item)
                for key, item in zip(keys, items, strict=True)
            ],
            "line_code",
        )

    def _check_dates(self, rows: Rows, as_of: date) -> None:
        """A period has ended, and its figures came between its end and today."""
        for n, (end, received) in enumerate(
            zip(rows["period_end"], rows["received_on"], strict=True)
        ):
            if end is not None and end > as_of:
                rows.reject(n, "period_end", "INVALID_DATE")
            elif end is not None and received is not None and not end <= received <= as_of:
                rows.reject(n, "received_on", "INVALID_DATE")

    def _check_decimals(self, rows: Rows) -> None:
        """Amounts in full units have no more decimals than their currency."""
        names = ["amount"] if "amount" in rows.values else _item_names(rows)
        for n in rows.good:
            if rows["unit"][n] != "1":
                continue
            allowed = minor_units(rows["currency"][n])
            for name in names:
                amount = rows[name][n]
                if amount is not None and -amount.as_tuple().exponent > allowed:
                    error = CellError(CellErrorCode.TOO_MANY_DECIMALS, allowed=allowed)
                    rows.reject_cell(n, name, error)

    def _draft(self, rows: Rows, plan: StatementPlan, groups: dict[Any, list[int]]) -> None:
        """Check the identities of each statement, oldest first, each against the year before it."""
        drafts = []
        for positions in groups.values():
            if rows.is_bad(positions[0]):
                continue
            header = _read_header(rows, positions[0])
            lines = _read_lines(rows, positions)
            if not lines:
                rows.reject(positions[0], "customer_code", "REQUIRED")
            elif self._states_derived(rows, positions[0], header, lines):
                continue
            else:
                drafts.append(Draft(positions, header, lines))
        history = _History({plan.customers[d.header["customer_code"]] for d in drafts})
        for draft in sorted(drafts, key=lambda d: d.header["period_end"]):
            self._judge(rows, draft, plan.customers[draft.header["customer_code"]], history)
            if not rows.is_bad(draft.positions[0]):
                plan.drafts.append(draft)

    def _states_derived(
        self, rows: Rows, position: int, header: dict[str, Any], lines: dict[str, Decimal]
    ) -> bool:
        """Reject a full statement in one row that states what is computed; say whether it did."""
        if header["form"] == Statement.Form.CONDENSED:
            return False
        derived = [name for name in lines if name in DERIVED_ITEMS]
        for name in derived:
            rows.reject(position, name, "DERIVED_ITEM_STATED")
        return bool(derived)

    def _judge(self, rows: Rows, draft: Draft, customer: int, history: "_History") -> None:
        header = _stored_header(draft.header)
        draft.digest = digest_statement(header, draft.header["complete"], draft.lines)
        key = (customer, draft.header["period_end"], header["kind"], header["consolidated"])
        draft.before = history.current.get(key)
        if draft.before is not None and draft.before.digest == draft.digest:
            for n in draft.positions:
                rows.outcome[n] = UNCHANGED
            return
        for n in draft.positions:
            rows.outcome[n] = UPDATED if draft.before else CREATED
        figures = to_figures(
            header
            | {"complete": draft.header["complete"], "period_end": draft.header["period_end"]},
            draft.lines,
        )
        findings = check_identities(figures, history.find_prior(customer, draft.header))
        for finding in findings:
            self._report(rows, draft, finding)
        rows.reject_whole_groups({draft.digest: draft.positions}, "customer_code")
        doubts = list_sign_doubts(figures)
        for name in doubts:
            rows.warn(_position_of(rows, draft, name), name, "SIGN_DOUBT", item=name)
        draft.findings = [describe_finding(finding) for finding in findings]
        draft.findings += [{"code": "SIGN", "severity": "WARNING", "item": n} for n in doubts]
        if not rows.is_bad(draft.positions[0]):
            history.add(customer, draft.header, figures)

    def _report(self, rows: Rows, draft: Draft, finding: Finding) -> None:
        """Tell a finding at the row that states its item: an error refuses it, a warning does not."""
        said = {
            "check": finding.code,
            "item": finding.item,
            "stated": _plain(finding.stated),
            "computed": _plain(finding.computed),
        }
        position = _position_of(rows, draft, finding.item)
        if finding.severity == Severity.ERROR:
            name = "amount" if "amount" in rows.values else finding.item
            rows.reject(position, name, "BALANCE_BREAK", **said)
        else:
            rows.warn(position, finding.item, "DOUBTFUL", **said)

    def store(self, rows: Rows, plan: StatementPlan, context: Context) -> dict[str, Any]:
        drafts = [d for d in plan.drafts if rows.outcome[d.positions[0]] != UNCHANGED]
        statements = Statement.objects.bulk_create(
            [self._build(draft, plan, context) for draft in drafts], batch_size=1000
        )
        copy_rows(
            StatementLine._meta.db_table,
            ("statement_id", "item", "amount"),
            (
                (statement.pk, item, amount)
                for statement, draft in zip(statements, drafts, strict=True)
                for item, amount in sorted(draft.lines.items())
            ),
        )
        replaced = []
        for statement, draft in zip(statements, drafts, strict=True):
            if draft.before is not None:
                draft.before.superseded_by = statement
                replaced.append(draft.before)
        Statement.objects.bulk_update(replaced, ["superseded_by"], batch_size=1000)
        record_events(
            [
                {
                    "code": "scoring.statement.superseded"
                    if draft.before
                    else "scoring.statement.received",
                    "actor": context.actor,
                    "subject": statement,
                    "customer_id": statement.customer_id,
                    "as_of": context.as_of,
                    "after": {
                        "period_end": statement.period_end,
                        "version": statement.version,
                        "lines": len(draft.lines),
                    },
                }
                for statement, draft in zip(statements, drafts, strict=True)
            ]
        )
        return {"statements": len(statements)}

    def _build(self, draft: Draft, plan: StatementPlan, context: Context) -> Statement:
        return Statement(
            customer_id=plan.customers[draft.header["customer_code"]],
            period_end=draft.header["period_end"],
            complete=draft.header["complete"],
            received_on=draft.header["received_on"] or context.as_of,
            version=draft.before.version + 1 if draft.before else 1,
            findings=draft.findings,
            digest=draft.digest,
            batch=context.batch,
            entered_by=context.actor,
            **_stored_header(draft.header),
        )


class _History:
    """The current statements of some customers: what a row replaces, and the year before it.

    Two queries; statements of the file are added as they are accepted.
    """

    def __init__(self, customers: set[int]) -> None:
        self.current: dict[tuple[Any, ...], Statement] = {}
        self.figures: dict[tuple[Any, ...], tuple[date, Figures]] = {}
        stored = Statement.objects.filter(customer__in=customers, superseded_by=None)
        lines: dict[int, dict[str, Decimal]] = {}
        for pk, item, amount in StatementLine.objects.filter(statement__in=stored).values_list(
            "statement_id", "item", "amount"
        ):
            lines.setdefault(pk, {})[item] = amount
        for one in stored:
            self.current[one.customer_id, one.period_end, one.kind, one.consolidated] = one
            if one.doubtful or one.months != 12:
                continue
            header = {
                "period_end": one.period_end,
                "months": one.months,
                "statement_kind": one.kind,
                "form": one.form,
                "consolidated": one.consolidated,
                "unit": str(one.unit),
                "currency": one.currency,
            }
            self.add(one.customer_id, header, to_figures(one, lines.get(one.pk, {})))

    def _key(self, customer: int, header: dict[str, Any], year: int) -> tuple[Any, ...]:
        return (
            customer,
            year,
            header["period_end"].month,
            *(
                header[name]
                for name in ("statement_kind", "form", "consolidated", "unit", "currency")
            ),
        )

    def add(self, customer: int, header: dict[str, Any], figures: Figures) -> None:
        if header["months"] == 12:
            key = self._key(customer, header, header["period_end"].year)
            self.figures[key] = header["period_end"], figures

    def find_prior(self, customer: int, header: dict[str, Any]) -> Figures | None:
        """Return last year's statement of the same kind, form, unit and currency."""
        if header["months"] != 12:
            return None
        found = self.figures.get(self._key(customer, header, header["period_end"].year - 1))
        return found[1] if found else None


def _item_column(name: str, labels: list[str]) -> Column:
    """A column of a statement in one row; all headers that mean the item lead here."""
    item = ITEMS.get(name) or DERIVED_ITEMS[name]
    return Column(name, item.label_zh, number(3), aliases=tuple(labels))


def _item_names(rows: Rows) -> list[str]:
    return [name for name in rows.values if name in ITEMS or name in DERIVED_ITEMS]


def _read_header(rows: Rows, position: int) -> dict[str, Any]:
    return {name: rows[name][position] for name in SHARED}


def _read_lines(rows: Rows, positions: list[int]) -> dict[str, Decimal]:
    if "item" in rows.values:
        return {rows["item"][n]: rows["amount"][n] for n in positions}
    row = positions[0]
    return {n: rows[n][row] for n in _item_names(rows) if rows[n][row] is not None}


def _stored_header(header: dict[str, Any]) -> dict[str, Any]:
    """Return the header as it is stored. Only an audited statement has an opinion."""
    opinion = header["opinion"] if header["audited"] else None
    return {
        "months": header["months"],
        "kind": header["statement_kind"],
        "form": header["form"],
        "gaap": header["gaap"],
        "consolidated": header["consolidated"],
        "opinion": opinion or Statement.Opinion.UNAUDITED.value,
        "auditor": header["auditor"],
        "currency": header["currency"],
        "unit": int(header["unit"]),
        "non_comparable": "",
        "source": "CUSTOMER",
    }


def _position_of(rows: Rows, draft: Draft, item: str) -> int:
    """Return the row in which the statement states the item, else its first row."""
    if "item" in rows.values:
        for n in draft.positions:
            if rows["item"][n] == item:
                return n
    return draft.positions[0]


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")
