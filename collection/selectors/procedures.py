"""Dunning procedures as the rule wants them, and their smallest amounts in each currency."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from collection.domain.dunning import Channel, DunningLevel, DunningProcedure
from collection.models import DunningProcedure as ProcedureRow
from common.bulk import fetch_rows
from common.errors import Conflict
from common.money import CURRENCIES, round_money
from common.policies import PolicyMissing, get_policy

STANDARD = "STD"


class NoProcedure(Conflict):
    """There is no active standard procedure; nobody can be dunned."""

    code = "NO_PROCEDURE"


@dataclass(frozen=True, slots=True)
class Procedure:
    """One stored procedure with its rule; `reminder_offsets` are days before the due date."""

    pk: int
    rule: DunningProcedure
    reminder_offsets: tuple[int, ...]


def list_procedures() -> dict[str, Procedure]:
    """Return the active procedures by code. Two queries. Raises NoProcedure, InvalidProcedure."""
    found = {}
    for row in ProcedureRow.objects.filter(is_active=True).prefetch_related("levels"):
        levels = tuple(
            DunningLevel(
                level=level.level,
                min_days_overdue=level.min_days_overdue,
                channel=Channel(level.channel),
                fee=level.fee,
                has_interest=level.with_interest,
                is_final=level.is_final,
                deadline_days=level.deadline_days,
            )
            for level in row.levels.all()
        )
        rule = DunningProcedure(
            row.code, levels, row.min_days_between, row.min_item_amount, row.min_customer_total
        )
        found[row.code] = Procedure(row.pk, rule, tuple(int(n) for n in row.reminder_offsets))
    if STANDARD not in found:
        raise NoProcedure(STANDARD)
    return found


def get_rates(*, base: str, as_of: date) -> dict[str, Decimal]:
    """Return units of the base currency for one unit of each currency with a dated rate. One query.

    Stored rates are in CNY; another base is reached through them.
    """
    rows = fetch_rows(
        """
        select distinct on (code) code, value from common_rate
        where kind = 'fx' and valid_from <= %s order by code, valid_from desc
        """,
        [as_of],
    )
    in_cny = {"CNY": Decimal(1)} | dict(rows)
    if base not in in_cny:
        return {base: Decimal(1)}
    return {code: value / in_cny[base] for code, value in in_cny.items()} | {base: Decimal(1)}


def scale_procedure(
    rule: DunningProcedure, currency: str, rates: Mapping[str, Decimal]
) -> DunningProcedure:
    """Return the procedure with its smallest amounts in `currency`.

    They are stated in the company's base currency; without a rate the figures stay as they are.
    """
    rate = rates.get(currency)
    if not rate or rate == 1 or currency not in CURRENCIES:
        return rule
    return replace(
        rule,
        min_item_amount=round_money(rule.min_item_amount / rate, currency),
        min_customer_total=round_money(rule.min_customer_total / rate, currency),
    )


def get_class_procedures(*, as_of: date) -> dict[str, str]:
    """Return the procedure that the policy gives each risk class, by class. One query."""
    try:
        body = get_policy("RISK_CLASSES", as_of=as_of).body
    except PolicyMissing:
        return {}
    return {risk_class: rules.get("procedure", STANDARD) for risk_class, rules in body.items()}
