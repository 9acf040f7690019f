"""The night's early-warning signals that need the limit: S02 made red, S20.

S15 and S27 wait for insurance and security: what they warn of is not kept here yet.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from common.money import round_half_up
from credit_control.domain.warnings import is_bust_out, weigh_enforcement
from credit_control.selectors import LimitUse, list_limit_use
from credit_control.selectors.rates import rates_for
from credit_control.selectors.warnings import list_order_intake
from customers.domain.signal_policy import SignalPolicy
from customers.domain.signals import NewSignal, signal_key
from customers.selectors import get_signal_policy, list_public_hits
from customers.services import raise_signals
from receivables.domain.warnings import quarter_of


def raise_limit_signals(*, as_of: date) -> int:
    """Raise S20, and S02 where a case weighs red against the limit; return how many are new."""
    policy = get_signal_policy(as_of=as_of)
    uses = list_limit_use(as_of=as_of)
    found = [*_bust_outs(uses, policy, as_of), *_enforcements(uses, policy, as_of)]
    return raise_signals(found, as_of=as_of)


def _bust_outs(uses: list[LimitUse], policy: SignalPolicy, as_of: date) -> Iterator[NewSignal]:
    full = {
        (use.account.customer_id, use.account.company_id): use
        for use in uses
        if use.gross > 0 and (use.use_ratio is None or use.use_ratio > policy.intake_use)
    }
    customers = {customer for customer, _company in full}
    for row in list_order_intake(customer_ids=customers, as_of=as_of) if full else ():
        use = full.get((row.customer_id, row.company_id))
        if use is None:
            continue
        if is_bust_out(
            row.recent,
            row.monthly_average,
            use.use_ratio,
            factor=policy.intake_factor,
            use=policy.intake_use,
        ):
            about = f"{row.company_id}:{row.currency}:{quarter_of(as_of)}"
            yield NewSignal(
                row.customer_id,
                "S20",
                "AMBER",
                signal_key("S20", row.customer_id, about),
                {
                    "intake": round_half_up(row.recent, 2),
                    "average": round_half_up(row.monthly_average, 2),
                    "currency": row.currency,
                    "used": round_half_up(use.gross, 2),
                    "limit": round_half_up(use.limit, 2),
                    "limit_currency": use.currency,
                },
            )


def _enforcements(uses: list[LimitUse], policy: SignalPolicy, as_of: date) -> Iterator[NewSignal]:
    hits = [hit for hit in list_public_hits(as_of=as_of) if hit.flag == "enforced_debtor"]
    if not hits:
        return
    rates = rates_for({use.currency for use in uses} | {"CNY"}, "CNY", as_of=as_of)
    limits: dict[int, Decimal] = {}
    for use in uses:
        value = rates.convert(use.limit, use.currency, "CNY")
        if value is not None:
            customer = use.account.customer_id
            limits[customer] = limits.get(customer, Decimal(0)) + value
    for hit in hits:
        limit = limits.get(hit.customer_id, Decimal(0))
        weight = weigh_enforcement(
            hit.amount, limit, amber=policy.enforced_amber, red=policy.enforced_red
        )
        if weight == "RED":
            about = f"ENFORCED_DEBTOR:{hit.since}:RED"
            yield NewSignal(
                hit.customer_id,
                "S02",
                "RED",
                signal_key("S02", hit.customer_id, about),
                {
                    "list": hit.kind,
                    "check": hit.check_id,
                    "amount": hit.amount,
                    "limit": round_half_up(limit, 2),
                    "currency": "CNY",
                    "listed_on": hit.since,
                },
            )
