"""Open orders of the sample customers: some checked by the real rules, some released before."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from common.money import round_half_up
from credit_control.services import check_order
from credit_mgmt.demo.books import VAT, Document
from credit_mgmt.demo.dossiers import Dossier
from customers.models import Company
from receivables.models import Order, OrderLine
from users.models import User

CHECKED_SHARE = {"PROMPT": 0.5, "NEW": 0.4, "USUAL": 0.35, "FAILING": 0.3}
OTHERS_CHECKED = 0.15
MOST_CHECKS = 120


@dataclass
class _Draft:
    order: Order
    line: OrderLine
    is_checked: bool


def make_orders(
    dossiers: list[Dossier],
    documents: dict[str, list[Document]],
    *,
    company: Company,
    seed: int,
    as_of: date,
) -> list[Order]:
    """Write the open orders; return those that wait for their check."""
    drafts = [
        draft
        for d in dossiers
        if d.trades
        for draft in _draw(d, documents.get(d.customer.code, []), company, seed, as_of)
    ]
    Order.objects.bulk_create([draft.order for draft in drafts], batch_size=2000)
    OrderLine.objects.bulk_create([draft.line for draft in drafts], batch_size=2000)
    waiting = [draft.order for draft in drafts if draft.is_checked]
    return waiting[:MOST_CHECKS]


def _draw(
    dossier: Dossier, documents: list[Document], company: Company, seed: int, as_of: date
) -> list[_Draft]:
    rng = dossier.rng("orders", seed)
    lately = [d for d in documents if (as_of - d.doc_date).days <= 180 and d.corrects is None]
    count = min(4, _round_by_chance(len(lately) / 6 * 0.5, rng))
    return [_order(dossier, n, company, rng, as_of) for n in range(1, count + 1)]


def _round_by_chance(number: float, rng: Random) -> int:
    return int(number) + (rng.random() < number % 1)


def _order(dossier: Dossier, n: int, company: Company, rng: Random, as_of: date) -> _Draft:
    quantity = Decimal(rng.randint(10, 400))
    price = round_half_up(Decimal(dossier.name.trade.ticket * rng.uniform(0.4, 2.2)) / quantity, 2)
    value = round_half_up(quantity * price * (1 + VAT), 2)
    is_checked = rng.random() < CHECKED_SHARE.get(dossier.habit.code, OTHERS_CHECKED)
    ordered = as_of - timedelta(days=rng.randint(0, 3) if is_checked else rng.randint(2, 20))
    order = Order(
        order_no=f"SO-{as_of:%y%m}-{dossier.position + 1:05d}-{n}",
        company=company,
        customer=dossier.customer,
        order_date=ordered,
        ship_date=as_of + timedelta(days=rng.randint(1, 35)),
        payment_term=dossier.term,
        currency="CNY",
        open_value=value,
        credit_status=(
            Order.CreditStatus.NOT_CHECKED if is_checked else Order.CreditStatus.RELEASED
        ),
    )
    line = OrderLine(
        order=order, line_no=1, quantity=quantity, unit_price_net=price, tax_pct=Decimal(13)
    )
    return _Draft(order, line, is_checked)


def check_orders(
    orders: list[Order], *, company: Company, as_of: date, people: dict[str, User]
) -> dict[str, int]:
    """Let the order check decide on each; return how often it said what."""
    answers: dict[str, int] = {}
    for order in orders:
        check = check_order(
            customer=order.customer,
            company=company,
            order_no=order.order_no,
            order_version=order.version,
            amount=order.open_value,
            currency=order.currency,
            ship_date=order.ship_date,
            payment_term=order.payment_term,
            as_of=as_of,
            actor=people["analyst"],
        )
        answers[check.decision] = answers.get(check.decision, 0) + 1
    return answers
