"""A small portfolio through the services: one customer of `sales` on every page, one of nobody's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from collection.models import DunningNotice, DunningRun, PromiseToPay
from collection.services import approve_run, prepare_dunning_run, record_promise
from common import queue
from common.clock import business_today
from common.models import ImportBatch, Job, OutboxMessage
from credit_control.models import CreditAccount, LimitRequest, OrderCheck
from credit_control.services import (
    check_order,
    decide_request,
    get_or_create_account,
    request_limit,
)
from customers.models import BankAccount, Contact, Customer, PaymentTerm, Task
from customers.services import (
    add_bank_account,
    add_contact,
    create_customer,
    create_group,
    create_task,
    record_fact,
)
from receivables.models import Application, Delivery, Dispute, Invoice, Order, Receipt
from receivables.services import apply_amounts, record_dispute, record_receipt, snapshot_aging
from scoring.models import Rating, Statement
from scoring.services import rate_customers
from tests import cast
from tests.import_samples import bring
from tests.journeys import rooms
from tests.journeys.rooms import Rooms
from tests.receivables.books import invoice, line
from tests.scoring.samples import give_answers, give_statement

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@dataclass
class Portfolio:
    """What the small portfolio is made of, to be named in addresses and bodies."""

    people: cast.People
    today: date
    mine: Customer
    foreign: Customer
    account: CreditAccount
    asked: LimitRequest
    check: OrderCheck
    statement: Statement
    rating: Rating
    invoice: Invoice
    receipt: Receipt
    application: Application
    dispute: Dispute
    promise: PromiseToPay
    run: DunningRun
    notice: DunningNotice
    message: OutboxMessage
    batch: ImportBatch
    job: Job
    contact: Contact
    order: Order
    delivery: Delivery
    task: Task
    bank_account: BankAccount
    rooms: Rooms


def build(people: cast.People) -> Portfolio:
    """Make the portfolio as people would, as of today."""
    today = business_today()
    company = cast.our_company()
    term = PaymentTerm.objects.get(code="NET30")
    group = create_group(actor=people.analyst, as_of=today, code="G1", name_en="Sample Group")
    mine = create_customer(
        actor=people.sales,
        as_of=today - timedelta(days=400),
        code="MINE",
        name="示例自有客户有限公司",
        name_en="Sample Mine Ltd",
        payment_term=term,
        email="mine@example.invalid",
        region="EAST",
    )
    foreign = create_customer(
        actor=people.analyst,
        as_of=today - timedelta(days=400),
        code="FOREIGN",
        name="示例他人客户有限公司",
        name_en="Sample Foreign Ltd",
        payment_term=term,
        email="foreign@example.invalid",
        region="WEST",
    )
    Customer.objects.filter(pk=mine.pk).update(group=group, state="ACTIVE")
    Customer.objects.filter(pk=foreign.pk).update(state="ACTIVE")
    mine.refresh_from_db()
    foreign.refresh_from_db()
    contact = add_contact(
        customer=mine,
        actor=people.analyst,
        as_of=today,
        name="Sample Wang",
        role="ACCOUNTS_PAYABLE",
        email="wang@example.invalid",
    )
    for customer in (mine, foreign):
        give_statement(customer)
        give_answers(customer, people.analyst, people.manager, as_of=today - timedelta(days=20))
        record_fact(
            customer=customer,
            field="PAID_IN_CAPITAL",
            value="5000000",
            about=today - timedelta(days=60),
            source_class="OFFICIAL",
            actor=people.analyst,
            as_of=today,
        )
    rate_customers(as_of=today)
    accounts = {c.code: get_or_create_account(customer=c, company=company) for c in (mine, foreign)}
    granted = request_limit(
        account=accounts["MINE"],
        requested_limit=Decimal(100000),
        reason="Two new production lines.",
        valid_from=today,
        review_by=today + timedelta(days=180),
        as_of=today,
        submitted_at=NOW,
        actor=people.sales,
    )
    decide_request(
        request=granted,
        action="approve",
        version=granted.version,
        as_of=today,
        decided_at=NOW,
        actor=people.manager if granted.route[0]["role"] == "CM" else people.executive,
    )
    order = Order.objects.create(
        order_no="SO-MINE",
        company=company,
        customer=mine,
        order_date=today,
        ship_date=today + timedelta(days=5),
        currency="CNY",
        open_value=Decimal("800.00"),
    )
    delivery = Delivery.objects.create(
        delivery_no="DN-MINE", order=order, shipped_at=NOW, open_value=Decimal("200.00")
    )
    check = check_order(
        customer=mine,
        company=company,
        order_no="SO-MINE",
        amount=Decimal("800.00"),
        currency="CNY",
        ship_date=today + timedelta(days=5),
        payment_term=term,
        as_of=today,
        actor=people.sales,
    )
    old = invoice(
        mine, "MINE-1", "1130.00", day=today - timedelta(days=80), due=today - timedelta(days=50)
    )
    invoice(
        mine, "MINE-2", "2260.00", day=today - timedelta(days=9), due=today + timedelta(days=21)
    )
    invoice(
        mine, "MINE-3", "565.00", day=today - timedelta(days=70), due=today - timedelta(days=35)
    )
    invoice(
        foreign,
        "FOREIGN-1",
        "99.00",
        day=today - timedelta(days=80),
        due=today - timedelta(days=40),
    )
    receipt = record_receipt(
        company=company,
        number="R-1",
        value_date=today - timedelta(days=2),
        currency="CNY",
        amount=Decimal("130.00"),
        as_of=today,
        customer=mine,
        actor=people.finance,
        remittance="MINE-1",
    )
    applied = apply_amounts(
        receipt=receipt,
        parts=[(line("MINE-1").pk, Decimal("100.00"))],
        applied_on=today,
        actor=people.finance,
    )
    record_receipt(
        company=company,
        number="R-UNKNOWN",
        value_date=today - timedelta(days=2),
        currency="CNY",
        amount=Decimal("50.00"),
        as_of=today,
        actor=people.finance,
        payer_name="Nobody knows",
    )
    dispute = record_dispute(
        due_line=line("MINE-3"),
        kind="PRICE",
        amount=Decimal("65.00"),
        text="Price of position 2.",
        as_of=today,
        actor=people.sales,
    )
    snapshot_aging(as_of=today, company=company)
    run = prepare_dunning_run(company=company, as_of=today, actor=people.collector)
    approve_run(run=run, as_of=today, actor=people.manager)
    queue.run_due_jobs()
    promise = record_promise(
        customer=mine,
        lines=[line("MINE-2")],
        amount=Decimal("2260.00"),
        promise_date=today + timedelta(days=9),
        as_of=today,
        actor=people.sales,
    )
    asked = request_limit(
        account=CreditAccount.objects.get(pk=accounts["MINE"].pk),
        requested_limit=Decimal(150000),
        reason="A third production line.",
        valid_from=today,
        review_by=today + timedelta(days=200),
        as_of=today,
        submitted_at=NOW,
        actor=people.sales,
    )
    task = create_task(
        key="sample:1", kind="CONTACT_NEXT_STEP", title="Call back", customer=mine,
        owner=people.sales,
    )  # fmt: skip
    filled = rooms.build(people, mine, foreign, today)
    batch = bring("rates")
    job = Job.objects.order_by("pk").first()
    notice = DunningNotice.objects.filter(customer=mine).latest("pk")
    assert job is not None
    return Portfolio(
        people=people,
        today=today,
        mine=mine,
        foreign=foreign,
        account=CreditAccount.objects.get(pk=accounts["MINE"].pk),
        asked=asked,
        check=check,
        statement=Statement.objects.filter(customer=mine).latest("pk"),
        rating=Rating.objects.filter(customer=mine).latest("pk"),
        invoice=old,
        receipt=receipt,
        application=Application.objects.get(pk=applied[0]),
        dispute=dispute,
        promise=promise,
        run=run,
        notice=notice,
        message=OutboxMessage.objects.latest("pk"),
        batch=batch if isinstance(batch, ImportBatch) else ImportBatch.objects.latest("pk"),
        job=job,
        contact=contact,
        order=order,
        delivery=delivery,
        task=task,
        bank_account=add_bank_account(
            customer=mine,
            actor=people.analyst,
            as_of=today,
            account="6222020200998877",
            holder=mine.name,
        ),
        rooms=filled,
    )
