"""The operator's list of recommended tenants, as pasted or as a file: text in, rows out.

A list is taken whole or not at all; everything that is wrong with it is told row by row.
"""

import csv
import io
from dataclasses import dataclass
from typing import Any

from common import parsing
from common.figures import is_chinese
from common.imports.checking import match_header
from common.imports.fields import (
    Column,
    code,
    column,
    many_of,
    money_column,
    parse_column,
    text,
)
from common.imports.issues import Issue
from common.imports.kinds import Rows
from common.imports.reading import Table, as_rows, read_table
from customers.imports import find_customer_ids
from scoring.domain.markets.market import KNOCK_OUTS
from scoring.domain.markets.tenant import INDICATORS
from scoring.services.admissions import ListedTenant

MAX_ROWS = 5_000
MAX_BYTES = 5 * 1024 * 1024
CURRENCY = "CNY"

_STEPS: dict[str, tuple[str, ...]] = {
    "years_in_market": ("入驻年限",),
    "stall_right": ("铺位权属",),
    "turnover": ("年营业额", "营业额"),
    "margin_trend": ("毛利与趋势", "毛利趋势"),
    "rent_fee_payment": ("租金物业费缴纳", "租金缴纳"),
    "credit_history": ("征信与供应商口碑", "征信"),
    "net_assets": ("家庭净资产", "净资产"),
    "personal": ("经营者品行", "品行"),
    "stability": ("上下游稳定",),
}


def _step(cell: str) -> int:
    return int(parsing.parse_enum(cell, ("1", "2", "3", "4", "5")))


COLUMNS: tuple[Column, ...] = (
    column("code", "商户编号", code(40), "编号", "key", required=True, example="T001"),
    column("name", "商户名称", text(200), "名称", required=True, example="示例五金商行"),
    *(column(name, labels[0], _step, *labels[1:], example="3") for name, labels in _STEPS.items()),
    column("customer_code", "客户编码", code(40), "客户代码"),
    money_column("requested_limit", "申请额度", currency=CURRENCY, example="300000"),
    column("knock_outs", "否决项", many_of(KNOCK_OUTS), blank=()),
)


@dataclass(frozen=True)
class TenantList:
    """The rows of a list, or what is wrong with it; `text` is the list as text, to show again."""

    tenants: tuple[ListedTenant, ...]
    issues: tuple[Issue, ...]
    ignored: tuple[str, ...]
    text: str


def read_tenants(content: bytes, *, actor: Any) -> TenantList:
    """Read a list: CSV with any of three separators, a workbook, or what a spreadsheet copies.

    Customers are found among those that `actor` may see.

    Raises:
        FileRefused: the file as a whole cannot be read; it names the row and the way out.
    """
    table = read_table(content, max_rows=MAX_ROWS)
    header = match_header(table.header, COLUMNS)
    rows = Rows(table, header.mapping)
    for spec in COLUMNS:
        _parse(rows, spec)
    rows.refuse_duplicates(rows["code"], "code")
    ids = _find_customers(rows, actor)
    text = _as_text(table)
    if rows.issues:
        issues = sorted(rows.issues, key=lambda issue: issue.row)
        return TenantList((), tuple(issues), header.ignored, text)
    tenants = tuple(_tenant(rows, n, ids) for n in range(len(rows)))
    return TenantList(tenants, (), header.ignored, text)


def write_template() -> str:
    """Return a list to fill in: the header in the reader's language and one row of examples."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    names = [one.zh if is_chinese() else one.name for one in COLUMNS]
    writer.writerow(
        [f"{name}*" if one.required else name for name, one in zip(names, COLUMNS, strict=True)]
    )
    writer.writerow([one.example for one in COLUMNS])
    return "\ufeff" + stream.getvalue()


def _parse(rows: Rows, spec: Column) -> None:
    if not rows.has(spec.name):
        rows.values[spec.name] = [spec.blank] * len(rows)
        return
    currencies = [CURRENCY] * len(rows) if spec.money_in else None
    values, errors = parse_column(spec, rows.raw(spec.name), currencies)
    rows.values[spec.name] = values
    for position, error in errors.items():
        rows.reject_cell(position, spec.name, error)
    if spec.money_in:
        for position, value in enumerate(values):
            if value is not None and value < 0:
                rows.reject(position, spec.name, "BELOW_ZERO")


def _find_customers(rows: Rows, actor: Any) -> dict[str, int]:
    codes = rows["customer_code"]
    if not any(codes):
        return {}
    ids = find_customer_ids(codes, user=actor)
    for position, one in enumerate(codes):
        if one and one not in ids:
            rows.reject(position, "customer_code", "UNKNOWN_CUSTOMER")
    return ids


def _tenant(rows: Rows, n: int, ids: dict[str, int]) -> ListedTenant:
    customer = rows["customer_code"][n]
    return ListedTenant(
        key=rows["code"][n],
        name=rows["name"][n],
        steps={name: rows[name][n] for name in INDICATORS},
        customer_id=ids.get(customer) if customer else None,
        requested_limit=rows["requested_limit"][n],
        knock_outs=tuple(rows["knock_outs"][n]),
    )


def _as_text(table: Table) -> str:
    """Return the table with tabs between its cells, as a spreadsheet would copy it."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows([" ".join(cell.split()) for cell in row] for row in as_rows(table))
    return stream.getvalue()
