"""The people of the sample house: the eight logins of the demo, and colleagues without a password."""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from users.models import User

SAID = re.compile(r"password[^:\n]*:\s*(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    """Somebody of the demo; `logs_in` means one of the eight demo logins."""

    username: str
    role: str
    scope: str
    first: str
    last: str
    name_zh: str
    team: str = ""
    region: str = ""
    logs_in: bool = True


PEOPLE = (
    Person("sales", "SALES", "OWN", "Na", "Li", "李娜", team="EAST", region="EAST"),
    Person("analyst", "ANALYST", "ALL", "Lei", "Sun", "孙磊"),
    Person("manager", "CREDIT_MANAGER", "ALL", "Ting", "Zhou", "周婷"),
    Person("finance", "FINANCE", "ALL", "Jing", "Chen", "陈静"),
    Person("collector", "COLLECTOR", "ALL", "Yong", "Wu", "吴勇"),
    Person("executive", "EXECUTIVE", "ALL", "Guohua", "Zhang", "张国华"),
    Person("auditor", "AUDITOR", "ALL", "Min", "Xu", "徐敏"),
    Person("admin", "ADMIN", "ALL", "Tao", "Huang", "黄涛"),
    Person("analyst.lin", "ANALYST", "ALL", "Fang", "Lin", "林芳", logs_in=False),
    Person("sales.wang", "SALES", "OWN", "Wei", "Wang", "王伟", "EAST", "EAST", logs_in=False),
    Person("sales.yang", "SALES", "OWN", "Jie", "Yang", "杨杰", "SOUTH", "SOUTH", logs_in=False),
    Person("sales.zhao", "SALES", "OWN", "Yan", "Zhao", "赵艳", "NORTH", "NORTH", logs_in=False),
    Person("sales.hu", "SALES", "OWN", "Gang", "Hu", "胡刚", "WEST", "WEST", logs_in=False),
)
LOGINS = tuple(person for person in PEOPLE if person.logs_in)
SELLERS = tuple(person.username for person in PEOPLE if person.role == "SALES")


def ensure_people() -> dict[str, User]:
    """Make the people that are missing, without a password; return all by user name."""
    known = {user.username: user for user in User.objects.filter(username__in=_usernames())}
    for person in PEOPLE:
        if person.username not in known:
            known[person.username] = User.objects.create_user(
                username=person.username,
                email=f"{person.username}@hengyuan.example.invalid",
                password=None,
                role=person.role,
                data_scope=person.scope,
                team=person.team,
                region=person.region,
                first_name=person.first,
                last_name=person.last,
                name_zh=person.name_zh,
                is_staff=person.role == "ADMIN",
                is_superuser=person.role == "ADMIN",
            )
    return known


def give_passwords(password: str) -> list[User]:
    """Give the demo logins this password, in the order of the list; return them."""
    people = ensure_people()
    logins = [people[person.username] for person in LOGINS]
    for user in logins:
        user.set_password(password)
        user.save(update_fields=["password"])
    return logins


def find_password(data_dir: Path | None = None) -> str:
    """Return the password that was printed before (kept beside the data), or a new random one."""
    path = (data_dir or settings.DATA_DIR) / "demo_password"
    if path.exists():
        text = path.read_text(encoding="utf-8")
        said = SAID.search(text)
        if said:
            return said.group(1)
        if len(text.split()) == 1:
            return text.strip()
    return secrets.token_urlsafe(12)


def _usernames() -> list[str]:
    return [person.username for person in PEOPLE]
