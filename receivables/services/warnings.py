"""The night's early-warning signals of the ledger: S17, S18, S22, S23, S24, S33."""

from collections.abc import Iterator
from datetime import date, timedelta

from customers.domain.signal_policy import SignalPolicy
from customers.domain.signals import NewSignal, signal_key
from customers.selectors import get_signal_policy
from customers.services import raise_signals
from receivables.domain.warnings import (
    is_disputing,
    is_dormant,
    is_first_delay,
    is_slower,
    is_unrelated_payer,
    quarter_of,
)
from receivables.selectors.warnings import (
    list_disputed,
    list_first_late_items,
    list_last_turnover,
    list_payment_paces,
    list_returned_receipts,
    list_round_payments,
    list_strange_payers,
)


def raise_ledger_signals(*, as_of: date) -> int:
    """Raise what the ledger of `as_of` warns of, and return how many signals are new.

    Seven statements for the facts, however many customers. Safe to repeat: each has its key.
    """
    policy = get_signal_policy(as_of=as_of)
    found = [
        *_first_delays(policy, as_of),
        *_slower_payers(policy, as_of),
        *_strange_payers(policy, as_of),
        *_round_payers(policy, as_of),
        *_returned(policy, as_of),
        *_disputing(policy, as_of),
        *_dormant(policy, as_of),
    ]
    return raise_signals(found, as_of=as_of)


def _first_delays(policy: SignalPolicy, as_of: date) -> Iterator[NewSignal]:
    rows = list_first_late_items(as_of=as_of, days=policy.late_days, least=policy.late_amount)
    for row in rows:
        if is_first_delay(row.history, clean_months=policy.clean_months):
            yield NewSignal(
                row.customer_id,
                "S17",
                "AMBER",
                signal_key("S17", row.customer_id, row.history.late_from),
                {
                    "invoice": row.item,
                    "amount": row.amount,
                    "currency": row.currency,
                    "due_date": row.due_date,
                    "days": (as_of - row.due_date).days,
                    "months": policy.clean_months,
                },
            )


def _slower_payers(policy: SignalPolicy, as_of: date) -> Iterator[NewSignal]:
    rows = list_payment_paces(
        as_of=as_of, recent_months=policy.recent_months, prior_months=policy.prior_months
    )
    for row in rows:
        if is_slower(row.recent, row.prior, days=policy.slower_days):
            yield NewSignal(
                row.customer_id,
                "S18",
                "AMBER",
                signal_key("S18", row.customer_id, f"{row.currency}:{quarter_of(as_of)}"),
                {
                    "now_days": row.recent.average_days,
                    "before_days": row.prior.average_days,
                    "paid": row.recent.paid,
                    "currency": row.currency,
                    "recent_months": policy.recent_months,
                    "prior_months": policy.prior_months,
                },
            )


def _strange_payers(policy: SignalPolicy, as_of: date) -> Iterator[NewSignal]:
    since = as_of - timedelta(days=policy.look_back_days)
    for row in list_strange_payers(as_of=as_of, since=since):
        if is_unrelated_payer(row.payer, row.names, row.related_names):
            yield NewSignal(
                row.customer_id,
                "S22",
                "AMBER",
                signal_key("S22", row.customer_id, f"PAYER:{row.receipt_id}"),
                {
                    "payer": row.payer,
                    "receipt": row.number,
                    "receipt_id": row.receipt_id,
                    "amount": row.amount,
                    "currency": row.currency,
                    "value_date": row.value_date,
                },
            )


def _round_payers(policy: SignalPolicy, as_of: date) -> Iterator[NewSignal]:
    rows = list_round_payments(
        as_of=as_of,
        since=as_of - timedelta(days=policy.round_days),
        round_to=policy.round_to,
        least=policy.round_count,
    )
    for row in rows:
        yield NewSignal(
            row.customer_id,
            "S22",
            "AMBER",
            signal_key("S22", row.customer_id, f"ROUND:{row.currency}:{quarter_of(as_of)}"),
            {
                "count": row.count,
                "amount": row.amount,
                "currency": row.currency,
                "days": policy.round_days,
                "last_on": row.last_on,
            },
        )


def _returned(policy: SignalPolicy, as_of: date) -> Iterator[NewSignal]:
    since = as_of - timedelta(days=policy.look_back_days)
    for row in list_returned_receipts(as_of=as_of, since=since):
        yield NewSignal(
            row.customer_id,
            "S23",
            "RED",
            signal_key("S23", row.customer_id, row.receipt_id),
            {
                "receipt": row.number,
                "receipt_id": row.receipt_id,
                "method": row.method,
                "amount": row.amount,
                "currency": row.currency,
                "returned_on": row.returned_on,
            },
            raised_on=row.returned_on,
        )


def _disputing(policy: SignalPolicy, as_of: date) -> Iterator[NewSignal]:
    since = as_of - timedelta(days=policy.disputed_days)
    for row in list_disputed(as_of=as_of, since=since):
        if is_disputing(row.disputed, row.invoiced, share=policy.disputed_share):
            yield NewSignal(
                row.customer_id,
                "S24",
                "AMBER",
                signal_key("S24", row.customer_id, f"{row.currency}:{quarter_of(as_of)}"),
                {
                    "disputed": row.disputed,
                    "invoiced": row.invoiced,
                    "count": row.count,
                    "currency": row.currency,
                    "days": policy.disputed_days,
                },
            )


def _dormant(policy: SignalPolicy, as_of: date) -> Iterator[NewSignal]:
    for customer_id, day in list_last_turnover(as_of=as_of):
        if is_dormant(day, as_of=as_of, months=policy.dormant_months):
            yield NewSignal(
                customer_id,
                "S33",
                "INFO",
                signal_key("S33", customer_id, day),
                {"last_on": day, "months": policy.dormant_months},
            )
