"""The standing cast: people of every role and customers of every habit.

Customers are made through the models here, only for what a test does not look at; a test of a
service calls the service.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from customers.models import Company, Customer
from users.models import User

TODAY = date(2026, 11, 24)


@dataclass
class People:
    sales: User
    analyst: User
    manager: User
    finance: User
    collector: User
    executive: User
    auditor: User
    admin: User
    outsider: User


ROLES = {
    "sales": ("SALES", "OWN"),
    "analyst": ("ANALYST", "ALL"),
    "manager": ("CREDIT_MANAGER", "ALL"),
    "finance": ("FINANCE", "ALL"),
    "collector": ("COLLECTOR", "ALL"),
    "executive": ("EXECUTIVE", "ALL"),
    "auditor": ("AUDITOR", "ALL"),
    "admin": ("ADMIN", "ALL"),
    "outsider": ("SALES", "OWN"),
}


def make_user(username: str, role: str, scope: str, **fields: Any) -> User:
    return User.objects.create_user(
        username=username,
        password="correct horse battery",
        role=role,
        data_scope=scope,
        is_staff=role == "ADMIN",
        is_superuser=role == "ADMIN",
        **fields,
    )


def make_people() -> People:
    return People(**{name: make_user(name, *rest) for name, rest in ROLES.items()})


def make_customer(code: str = "C001", **fields: Any) -> Customer:
    """A customer in good standing; override what the test is about."""
    name = fields.pop("name", f"示例{code}有限公司")
    values: dict[str, Any] = {
        "name": name,
        "name_en": f"Sample {code} Ltd",
        "normalised_name": name,
        "pinyin": f"shi li {code}".lower(),
        "pinyin_initials": f"sl{code}".lower(),
        "roles": ["BUYER"],
        "state": Customer.State.ACTIVE,
        "email": f"{code.lower()}@example.invalid",
        "relationship_since": date(2020, 1, 1),
        "region": "EAST",
    }
    return Customer.objects.create(code=code, **(values | fields))


def our_company() -> Company:
    return Company.objects.get(code="HY")


def money(text: str) -> Decimal:
    return Decimal(text)
