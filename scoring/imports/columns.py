"""The columns of a file of statements: the header values, and the two shapes of its lines."""

from collections.abc import Sequence

from common import parsing
from common.imports.fields import Column, code, column, fold_name, number, one_of, text, yes_no
from common.imports.fields import currency as currency_code
from common.imports.fields import date as day
from customers.imports import customer_code_column
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS, Section, find_item
from scoring.domain.statements.statements import NON_COMPARABLE_REASONS
from scoring.models import Statement

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
    column(
        "non_comparable",
        "不可比原因",
        one_of(NON_COMPARABLE_REASONS),
        blank="",
    ),
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
    column("opening_amount", "年初余额", number(3), "年初数", "期初余额", "上年年末余额"),
)
SHARED = tuple(spec.name for spec in HEADER)

_TAKEN = {fold_name(name) for spec in HEADER for name in spec.names()}
_LONG_NAMES = {fold_name(name) for name in LONG[0].names()}
OPENING = "opening_"
_OPENING_WORDS = (OPENING, "opening ", "年初", "期初")


def choose_columns(header: Sequence[str]) -> tuple[Column, ...]:
    """Rows per line when the file has that column, else one column per item it names."""
    if is_long(header):
        return (*HEADER, *LONG)
    items: dict[str, list[str]] = {}
    for name in header:
        found = find_column(name)
        if found:
            items.setdefault(found, []).append(name)
    if not items:
        return (*HEADER, *LONG)
    return (*HEADER, *(_item_column(name, labels) for name, labels in items.items()))


def is_long(header: Sequence[str]) -> bool:
    """Tell whether a file has one row per line."""
    return any(fold_name(name) in _LONG_NAMES for name in header)


def is_header_name(name: str) -> bool:
    """Tell whether a name is that of a header value (customer, period, unit …)."""
    return fold_name(name) in _TAKEN


def find_column(name: str) -> str:
    """Return the item that a column holds, `opening_` before it for opening balances; else nothing."""
    if is_header_name(name):
        return ""
    item = find_item(name)
    if item is not None:
        return item.name
    for word in _OPENING_WORDS:
        if name.lower().startswith(word):
            item = find_item(name[len(word) :].strip(" :：_"))
            if item is not None and item.section is Section.BALANCE_SHEET:
                return OPENING + item.name
    return ""


def _item_column(name: str, labels: list[str]) -> Column:
    """A column of a statement in one row; all headers that mean the item lead here."""
    plain = name.removeprefix(OPENING)
    item = ITEMS.get(plain) or DERIVED_ITEMS[plain]
    zh = item.label_zh if plain == name else f"年初{item.label_zh}"
    return Column(name, zh, number(3), aliases=tuple(labels))


def list_item_names(values: Sequence[str]) -> list[str]:
    """Return which of these column names are items."""
    return [name for name in values if name in ITEMS or name in DERIVED_ITEMS]


def list_opening_names(values: Sequence[str]) -> list[str]:
    """Return which of these column names are opening balances."""
    return [name for name in values if name.startswith(OPENING) and name != "opening_amount"]
