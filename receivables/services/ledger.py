"""The books themselves: movements of items, and what is left of them on every later day.

What an item can still give or take on a day
is its least open amount from that day on: a booking dated back must not make any day in between
negative.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.bulk import fetch_rows
from common.errors import InvalidInput
from common.locks import lock_rows
from common.money import round_money
from receivables.domain.settlement import check_application
from receivables.models import Application, DueLine, Receipt
from receivables.posting import ApplicationPart, write_applications


@dataclass(frozen=True, slots=True)
class Move:
    """One application to write: `source` is a receipt or the due line of a credit document."""

    due_line: DueLine
    source: Receipt | DueLine
    amount: Decimal
    applied_on: date
    rule: str
    reason: str = ""
    reverses: Application | None = None


def lock_items(
    receipt_ids: Collection[int], line_ids: Collection[int]
) -> tuple[dict[int, Receipt], dict[int, DueLine]]:
    """Lock receipts, then due lines, each ascending; return them by id."""
    receipts = {row.pk: row for row in lock_rows(Receipt, receipt_ids)} if receipt_ids else {}
    lines = {row.pk: row for row in lock_rows(DueLine, line_ids)} if line_ids else {}
    return receipts, lines


def least_open(
    *, receipt_ids: Collection[int], line_ids: Collection[int], as_of: date
) -> dict[tuple[str, int], Decimal]:
    """Return the least open amount of each item from that day on, as a positive figure. One query.

    Keys are ("receipt", id) and ("line", id). An item not yet posted on that day has 0.
    """
    rows = fetch_rows(
        """
        select kind, item, posted_on, sum(sum(amount)) over (
            partition by kind, item order by posted_on) as running
        from (
            select 'line' as kind, due_line_id as item, posted_on, amount
            from receivables_posting where due_line_id = any(%s)
            union all
            select 'receipt', receipt_id, posted_on, amount
            from receivables_posting where receipt_id = any(%s)) moves
        group by kind, item, posted_on order by kind, item, posted_on
        """,
        [list(line_ids), list(receipt_ids)],
    )
    before: dict[tuple[str, int], Decimal] = {}
    later: dict[tuple[str, int], list[Decimal]] = {}
    for kind, item, posted_on, running in rows:
        if posted_on <= as_of:
            before[kind, item] = running
        else:
            later.setdefault((kind, item), []).append(running)
    return {
        key: min(abs(amount) for amount in (opening, *later.get(key, ())))
        for key, opening in before.items()
    }


def check_moves(moves: Iterable[Move], *, as_of: date) -> None:
    """Refuse applications that take more than both sides have, on that day or any later one.

    Raises OverApplied or InvalidInput.
    """
    moves = list(moves)
    receipts = {m.source.pk for m in moves if isinstance(m.source, Receipt)}
    lines = {m.due_line.pk for m in moves}
    lines |= {m.source.pk for m in moves if isinstance(m.source, DueLine)}
    left = least_open(receipt_ids=receipts, line_ids=lines, as_of=as_of)
    for move in moves:
        check_pair(move)
        item, source = ("line", move.due_line.pk), source_key(move)
        check_application(move.amount, left.get(item, Decimal(0)), left.get(source, Decimal(0)))
        left[item] -= move.amount
        left[source] -= move.amount


def source_key(move: Move) -> tuple[str, int]:
    """Return the key of the side that gives."""
    return ("receipt" if isinstance(move.source, Receipt) else "line", move.source.pk)


def check_pair(move: Move) -> None:
    """Refuse what can never pay what: other company, currency, customer; fractions of a cent."""
    line, source = move.due_line, move.source
    if line.customer_id != source.customer_id:
        raise InvalidInput(_("This item belongs to another customer."), field="item")
    if line.currency != source.currency or line.company_id != source.company_id:
        raise InvalidInput(
            _("The item is in %(item)s, the money in %(money)s, or another company's.")
            % {"item": line.currency, "money": source.currency},
            field="item",
            code="CURRENCY_MISMATCH",
        )
    if round_money(move.amount, line.currency) != move.amount:
        raise InvalidInput(
            _("%(currency)s has no such small amounts.") % {"currency": line.currency},
            field="amount",
            value=move.amount,
        )
    if line.amount <= 0:
        raise InvalidInput(_("Money is not applied to a credit note."), field="item")
    if isinstance(source, DueLine) and source.amount >= 0:
        raise InvalidInput(_("Only a credit note can be used like this."), field="item")


def write_moves(moves: Iterable[Move], *, actor: Any) -> list[int]:
    """Write the applications with their postings and caches; return their ids in order."""
    return write_applications(
        [
            ApplicationPart(
                due_line_id=move.due_line.pk,
                amount=move.amount,
                applied_on=move.applied_on,
                receipt_id=move.source.pk if isinstance(move.source, Receipt) else None,
                credit_line_id=move.source.pk if isinstance(move.source, DueLine) else None,
                rule=move.rule,
                reason=move.reason[:300],
                reverses_id=move.reverses.pk if move.reverses else None,
            )
            for move in moves
        ],
        actor=actor,
    )
