"""The frame of every page: who sees which room in the side navigation, and the words of states.

Navigation is data. A room whose URL does not exist yet is left out, so a room appears in the menu
on the day it is built.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SALES, ANALYST, MANAGER, FINANCE, COLLECTOR, EXECUTIVE, AUDITOR, ADMIN = (
    "SALES",
    "ANALYST",
    "CREDIT_MANAGER",
    "FINANCE",
    "COLLECTOR",
    "EXECUTIVE",
    "AUDITOR",
    "ADMIN",
)
STAFF = frozenset({SALES, ANALYST, MANAGER, FINANCE, COLLECTOR, EXECUTIVE, AUDITOR})


@dataclass(frozen=True)
class Room:
    """One entry of the side navigation; `jump` is the letter of its G shortcut."""

    key: str
    label: str | Promise
    icon: str
    url_name: str
    roles: frozenset[str]
    jump: str = ""


@dataclass(frozen=True)
class Wing:
    """A titled group of rooms."""

    label: str | Promise
    rooms: tuple[Room, ...]


@dataclass(frozen=True)
class NavItem:
    """A room as this user sees it on this page."""

    key: str
    label: str | Promise
    icon: str
    url: str
    jump: str = ""
    active: bool = False
    count: int = 0


@dataclass(frozen=True)
class NavGroup:
    """A wing with only those rooms that this user may enter; `label` may be empty."""

    label: str | Promise
    items: tuple[NavItem, ...] = field(default_factory=tuple)


HOUSE: tuple[Wing, ...] = (
    Wing(
        "",
        (
            Room(
                "overview",
                _("Overview"),
                icon="layout-dashboard",
                url_name="overview",
                roles=frozenset({MANAGER, EXECUTIVE, AUDITOR, FINANCE, ANALYST}),
                jump="h",
            ),
            Room("inbox", _("My inbox"), icon="inbox", url_name="inbox", roles=STAFF, jump="i"),
        ),
    ),
    Wing(
        _("Before the sale"),
        (
            Room(
                "customers",
                _("Customers"),
                icon="building",
                url_name="customers",
                roles=STAFF,
                jump="c",
            ),
            Room(
                "ratings",
                _("Ratings"),
                icon="gauge",
                url_name="ratings",
                roles=STAFF - {SALES, COLLECTOR},
                jump="r",
            ),
            Room(
                "segments",
                _("Segments"),
                icon="chart-pie",
                url_name="segments",
                roles=STAFF - {SALES, COLLECTOR},
                jump="v",
            ),
            Room(
                "limits", _("Credit limits"), icon="scale", url_name="limits", roles=STAFF, jump="l"
            ),
            Room(
                "signals",
                _("Early warning"),
                icon="alert-triangle",
                url_name="signals",
                roles=STAFF,
                jump="y",
            ),
            Room(
                "markets",
                _("Markets"),
                icon="building-store",
                url_name="markets",
                roles=STAFF - {SALES, COLLECTOR},
                jump="k",
            ),
        ),
    ),
    Wing(
        _("During the sale"),
        (
            Room(
                "order_checks",
                _("Order checks"),
                icon="shopping-cart-check",
                url_name="order_checks",
                roles=STAFF - {COLLECTOR},
                jump="o",
            ),
            Room(
                "risk_transfer",
                _("Risk transfer"),
                icon="shield-half",
                url_name="risk_transfer",
                roles=STAFF - {SALES},
                jump="t",
            ),
        ),
    ),
    Wing(
        _("After the sale"),
        (
            Room(
                "aging",
                _("Receivables aging"),
                icon="chart-bar",
                url_name="aging",
                roles=STAFF,
                jump="a",
            ),
            Room(
                "worklist",
                _("Collections"),
                icon="phone-call",
                url_name="worklist",
                roles=STAFF - {SALES, ANALYST},
                jump="w",
            ),
            Room(
                "dunning",
                _("Dunning"),
                icon="mail-forward",
                url_name="dunning",
                roles=STAFF - {SALES},
                jump="d",
            ),
            Room(
                "outbox",
                _("Outbox"),
                icon="send",
                url_name="outbox",
                roles=frozenset({FINANCE, MANAGER, COLLECTOR, AUDITOR, ADMIN}),
                jump="b",
            ),
            Room(
                "receipts",
                _("Cash application"),
                icon="cash",
                url_name="receipts",
                roles=STAFF - {SALES},
                jump="m",
            ),
            Room(
                "disputes",
                _("Disputes"),
                icon="message-circle",
                url_name="disputes",
                roles=STAFF,
                jump="q",
            ),
        ),
    ),
    Wing(
        _("Insight"),
        (
            Room(
                "reports",
                _("Reports"),
                icon="report-money",
                url_name="reports",
                roles=frozenset({FINANCE, MANAGER, EXECUTIVE, AUDITOR, ANALYST}),
                jump="p",
            ),
            Room(
                "imports",
                _("Imports"),
                icon="file-import",
                url_name="imports",
                roles=frozenset({FINANCE, ANALYST, AUDITOR, ADMIN}),
                jump="u",
            ),
            Room(
                "jobs",
                _("Jobs"),
                icon="progress-check",
                url_name="jobs",
                roles=STAFF | {ADMIN},
                jump="j",
            ),
            Room(
                "audit_log",
                _("Audit log"),
                icon="history",
                url_name="audit_log",
                roles=frozenset({AUDITOR, MANAGER, EXECUTIVE}),
                jump="e",
            ),
            Room(
                "models",
                _("Rating models"),
                icon="adjustments-horizontal",
                url_name="models",
                roles=frozenset({MANAGER, EXECUTIVE, AUDITOR, ANALYST, FINANCE}),
                jump="n",
            ),
            Room(
                "policy",
                _("Policy & setup"),
                icon="settings",
                url_name="policy",
                roles=frozenset({ADMIN, MANAGER, EXECUTIVE, AUDITOR, ANALYST, FINANCE}),
                jump="s",
            ),
        ),
    ),
)


def find_url(name: str) -> str:
    """Return the address of a URL name, or nothing where that room does not exist yet."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def build_navigation(
    role: str, path: str, counts: Mapping[str, int] | None = None
) -> list[NavGroup]:
    """Return the groups of the side navigation for `role`, the room at `path` marked active.

    The active room is the one whose address is the longest prefix of `path`; "/" only matches
    itself. Groups that end up empty are left out.
    """
    counts = counts or {}
    groups = [
        (wing, [(room, find_url(room.url_name)) for room in wing.rooms if role in room.roles])
        for wing in HOUSE
    ]
    addresses = [url for _wing, rooms in groups for _room, url in rooms if url]
    matching = [url for url in addresses if path == url or (url != "/" and path.startswith(url))]
    active = max(matching, key=len, default="")
    built = [
        NavGroup(
            wing.label,
            tuple(
                NavItem(
                    key=room.key,
                    label=room.label,
                    icon=room.icon,
                    url=url,
                    jump=room.jump,
                    active=url == active,
                    count=counts.get(room.key, 0),
                )
                for room, url in rooms
                if url
            ),
        )
        for wing, rooms in groups
    ]
    return [group for group in built if group.items]


def read_counts(request: HttpRequest) -> Mapping[str, int]:
    """Return what waits for this user, per room: set by the app that knows, as dict or function."""
    counts: Mapping[str, int] | Callable[[], Mapping[str, int]] | None
    counts = getattr(request, "nav_counts", None)
    return (counts() if callable(counts) else counts) or {}


def navigation_for(request: HttpRequest) -> list[NavGroup]:
    """Return the side navigation of a request; nobody signed in sees none."""
    user: Any = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    return build_navigation(getattr(user, "role", ""), request.path, read_counts(request))
