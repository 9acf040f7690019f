"""Import of statements: one row per line, one row per statement, or lines down and periods across.

A statement is taken whole or not at all. One that does not add up is refused here: a file can be
corrected, unlike a printed statement, which a person may enter and have accepted as doubtful.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.events import record_events
from common.imports.fields import Column
from common.imports.kinds import CREATED, UNCHANGED, UPDATED, Context, ImportKind, Rows, register
from common.imports.reading import Table
from common.money import minor_units
from common.parsing import CellError, CellErrorCode
from customers.imports import find_customer_ids, reject_unknown_customers
from scoring.domain.statements.checks import Finding, Severity
from scoring.domain.statements.identities import check_identities, list_sign_doubts
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS, Item, find_item
from scoring.domain.statements.statements import RESTATED
from scoring.imports.columns import HEADER, LONG, choose_columns, list_item_names
from scoring.imports.drafts import (
    SHARED,
    Draft,
    History,
    StatementPlan,
    plain,
    position_of,
    read_header,
    read_lines,
    read_openings,
    stored_header,
)
from scoring.imports.shapes import rename, turn
from scoring.models import Statement
from scoring.selectors.statements import to_figures, vat_rate_of
from scoring.services.statements import describe_findings, digest_statement, write_lines


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
        return choose_columns(header)

    def prepare(self, table: Table, mapping: Mapping[str, str]) -> Table:
        """Turn a file with lines down and periods across; then call names as the source was told."""
        return rename(turn(table), mapping)

    def targets(self) -> list[tuple[str, str, str]]:
        """What a name of a file may mean: every header value and every line."""
        items = (*ITEMS.values(), *DERIVED_ITEMS.values())
        return [
            *super().targets(),
            *((item.name, item.label_zh, item.label_en) for item in items),
        ]

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
        names = ["amount"] if "amount" in rows.values else list_item_names(list(rows.values))
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
            header = read_header(rows, positions[0])
            lines = read_lines(rows, positions)
            if not lines:
                rows.reject(positions[0], "customer_code", "REQUIRED")
            elif self._states_derived(rows, positions[0], header, lines):
                continue
            else:
                drafts.append(Draft(positions, header, lines, read_openings(rows, positions)))
        history = History({plan.customers[d.header["customer_code"]] for d in drafts})
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

    def _judge(self, rows: Rows, draft: Draft, customer: int, history: History) -> None:
        header = stored_header(draft.header)
        draft.digest = digest_statement(
            header, draft.header["complete"], draft.lines, draft.openings
        )
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
            opening=draft.openings,
        )
        findings = check_identities(
            figures,
            history.find_prior(customer, draft.header),
            vat_rate=vat_rate_of(header["gaap"]),
        )
        for finding in findings:
            self._report(rows, draft, finding)
        rows.reject_whole_groups({draft.digest: draft.positions}, "customer_code")
        doubts = list_sign_doubts(figures)
        for name in doubts:
            rows.warn(position_of(rows, draft, name), name, "SIGN_DOUBT", item=name)
        draft.findings = describe_findings(findings, doubts)
        if not header["non_comparable"] and any(finding.code == "YY-01" for finding in findings):
            draft.header["non_comparable"] = RESTATED
        if not rows.is_bad(draft.positions[0]):
            history.add(customer, draft.header, figures)

    def _report(self, rows: Rows, draft: Draft, finding: Finding) -> None:
        """Tell a finding at the row that states its item: an error refuses it, a warning does not."""
        said = {
            "check": finding.code,
            "item": finding.item,
            "stated": plain(finding.stated),
            "computed": plain(finding.computed),
        }
        position = position_of(rows, draft, finding.item)
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
        pairs = list(zip(statements, drafts, strict=True))
        write_lines(
            {statement.pk: draft.lines for statement, draft in pairs},
            {statement.pk: draft.openings for statement, draft in pairs},
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
            **stored_header(draft.header),
        )
