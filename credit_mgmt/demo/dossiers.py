"""Who the sample customers are: groups, master data, contacts, bank accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from credit_mgmt.demo.chance import chance_of
from credit_mgmt.demo.habits import NEW, PROMPT, Habit, choose_habit
from credit_mgmt.demo.names import BANKS, CompanyName, make_registration, name_company, name_person
from credit_mgmt.demo.people import SELLERS
from customers.models import BankAccount, Contact, Customer, CustomerGroup, PaymentTerm
from customers.names import derive_name_fields
from users.models import User

TERM_CODES = ("NET30", "NET60", "NET45", "NET30", "EOM30", "NET30", "MONTHLY", "NET15", "NET60")
SELLER_OF = {
    "EAST": ("sales", "sales.wang"),
    "SOUTH": ("sales.yang",),
    "NORTH": ("sales.zhao",),
    "CENTRAL": ("sales.hu", "sales.wang"),
    "WEST": ("sales.hu",),
}
PROSPECT_EVERY = 37
GROUP_EVERY = 40
FAILING_STATES = (Customer.State.WATCH, Customer.State.BLOCKED, Customer.State.WATCH)


@dataclass
class Dossier:
    """A sample customer with what the other modules ask about it."""

    position: int
    customer: Customer
    name: CompanyName
    habit: Habit
    term: PaymentTerm
    account: str

    @property
    def trades(self) -> bool:
        return bool(self.customer.state != Customer.State.PROSPECT)

    def rng(self, part: str, seed: int) -> Random:
        """Return this customer's own source of chance for one part of the portfolio."""
        return chance_of(seed, part, self.position)


def make_dossiers(count: int, *, seed: int, as_of: date, people: dict[str, User]) -> list[Dossier]:
    """Write groups, customers, contacts and bank accounts."""
    terms = {term.code: term for term in PaymentTerm.objects.all()}
    groups = _make_groups(count)
    dossiers = [
        _draw(position, count, seed, as_of, terms, groups, people) for position in range(count)
    ]
    failing = [d.customer for d in dossiers if d.habit.is_failing and d.trades]
    for n, customer in enumerate(failing):
        customer.state = FAILING_STATES[n % len(FAILING_STATES)]
        customer.state_reason = "示例 / Sample"
    Customer.objects.bulk_create([d.customer for d in dossiers], batch_size=1000)
    Contact.objects.bulk_create(
        [contact for d in dossiers for contact in _contacts(d, seed)], batch_size=2000
    )
    BankAccount.objects.bulk_create(
        [_bank_account(d, as_of, people) for d in dossiers], batch_size=2000
    )
    return dossiers


def _make_groups(count: int) -> list[CustomerGroup]:
    return CustomerGroup.objects.bulk_create(
        [
            CustomerGroup(
                code=f"G{n:03d}", name_zh=f"示例集团{n:02d}", name_en=f"Sample Group {n:02d}"
            )
            for n in range(1, count // GROUP_EVERY + 2)
        ]
    )


def _draw(
    position: int,
    count: int,
    seed: int,
    as_of: date,
    terms: dict[str, PaymentTerm],
    groups: Sequence[CustomerGroup],
    people: dict[str, User],
) -> Dossier:
    rng = chance_of(seed, "dossier", position)
    name = name_company(position, rng)
    habit = choose_habit(position, count)
    is_prospect = count > PROSPECT_EVERY and position % PROSPECT_EVERY == PROSPECT_EVERY - 1
    term = terms["NET30" if habit is NEW else rng.choice(TERM_CODES)]
    revenue = Decimal(int(name.trade.ticket * rng.uniform(300, 1500) / 1000) * 1000)
    since = (
        as_of - timedelta(days=rng.randint(20, 150))
        if habit is NEW
        else as_of - timedelta(days=rng.randint(800, 5000))
    )
    code = f"C{10001 + position}"
    seller = rng.choice(SELLER_OF[name.place.region])
    customer = Customer(
        code=code,
        name=name.zh,
        name_en=name.en,
        short_name=name.short,
        **derive_name_fields(name.zh),
        kind=Customer.Kind.ENTERPRISE,
        roles=["BUYER"],
        uscc=make_registration(position, name.place),
        group=rng.choice(groups) if position % 12 < 2 else None,
        industry=name.trade.industry,
        employees=int(revenue / 700_000) + rng.randint(8, 60),
        revenue_cny=revenue,
        assets_cny=round(revenue * Decimal("0.9"), -3),
        founded=since - timedelta(days=rng.randint(400, 5000)),
        registered_capital=Decimal(rng.choice((2, 5, 10, 20, 50)) * 1_000_000),
        payment_term=term,
        language="en" if position % 9 == 4 else "zh-hans",
        sales_owner=people.get(seller) or people[SELLERS[0]],
        region=name.place.region,
        relationship_since=since,
        address=f"{name.place.zh}市示例路{rng.randint(1, 400)}号",
        phone=f"0000-{rng.randint(1000000, 9999999)}",
        email=f"ap@{code.lower()}.example.invalid",
        segment=_segment(habit, rng),
        state=Customer.State.PROSPECT if is_prospect else Customer.State.ACTIVE,
        apply_oldest_first=rng.random() < 0.3,
    )
    account = f"62{position:06d}{rng.randint(10**9, 10**10 - 1)}"
    return Dossier(position, customer, name, habit, term, account)


def _segment(habit: Habit, rng: Random) -> str:
    is_core = habit is PROMPT and rng.random() < 0.3
    return Customer.Segment.CORE if is_core else Customer.Segment.ORDINARY


def _contacts(dossier: Dossier, seed: int) -> list[Contact]:
    rng = dossier.rng("contacts", seed)
    customer = dossier.customer
    contacts, names = [], set()
    for role in ("ACCOUNTS_PAYABLE", "FINANCE_HEAD", "DECISION_MAKER")[: rng.randint(2, 3)]:
        zh, en = name_person(rng)
        if zh in names:
            continue
        names.add(zh)
        contacts.append(
            Contact(
                customer=customer,
                name=en if customer.language == "en" else zh,
                role=role,
                phone=f"100-{rng.randint(10000000, 99999999)}",
                email=f"{role.lower().replace('_', '.')}@{customer.code.lower()}.example.invalid",
                preferred_channel=rng.choice(("EMAIL", "EMAIL", "PHONE")),
                language=customer.language,
            )
        )
    return contacts


def _bank_account(dossier: Dossier, as_of: date, people: dict[str, User]) -> BankAccount:
    is_checked = dossier.position % 5 != 3
    return BankAccount(
        customer=dossier.customer,
        account=dossier.account,
        bank_name=BANKS[dossier.position % len(BANKS)],
        holder=dossier.customer.name,
        verified_at=timezone.now() if is_checked else None,
        verified_by=people["manager"] if is_checked else None,
        created_by=people["analyst"],
    )
