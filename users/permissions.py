"""Who may do what: one table of roles and permissions, the same for page, API, task and shell.

Everything that is not listed is denied, for the administrator too. The rows follow the permission
matrix of the domain guide (docs/domain/roles.md); a role of this house stands for those of the
matrix as `ROLE_OF_MATRIX` says there.
"""

from typing import Any

from common.errors import NotAllowed

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
EVERYBODY = frozenset({SALES, ANALYST, MANAGER, FINANCE, COLLECTOR, EXECUTIVE, AUDITOR})
CREDIT = frozenset({ANALYST, MANAGER})

PERMISSIONS: dict[str, frozenset[str]] = {
    # looking
    "overview.view": frozenset({MANAGER, EXECUTIVE, AUDITOR, FINANCE, ANALYST}),
    "inbox.view": EVERYBODY,
    "customer.view": EVERYBODY,
    "statement.view": EVERYBODY - {SALES, COLLECTOR},
    "rating.view": EVERYBODY - {SALES, COLLECTOR},
    "grade.view": EVERYBODY,
    "limit.view": EVERYBODY,
    "order_check.view": EVERYBODY - {COLLECTOR},
    "aging.view": EVERYBODY,
    "invoice.view": EVERYBODY,
    "receipt.view": frozenset({FINANCE, ANALYST, MANAGER, COLLECTOR, EXECUTIVE, AUDITOR}),
    "dunning.view": EVERYBODY - {SALES},
    "outbox.view": frozenset({FINANCE, MANAGER, COLLECTOR, AUDITOR, ADMIN}),
    "import.view": frozenset({FINANCE, ANALYST, AUDITOR, ADMIN}),
    "job.view": EVERYBODY | {ADMIN},
    "audit.view": frozenset({AUDITOR, MANAGER, EXECUTIVE}),
    "policy.view": EVERYBODY - {SALES, COLLECTOR},
    "signal.view": EVERYBODY,
    "personal_data.view": CREDIT,
    # doing
    "customer.create": frozenset({SALES, ANALYST}),
    "customer.edit": CREDIT,
    "customer.block": frozenset({MANAGER}),
    "document.upload": frozenset({SALES, ANALYST, MANAGER, FINANCE, COLLECTOR}),
    "document.verify": CREDIT,
    "document.doubt": frozenset({ANALYST, MANAGER, AUDITOR}),
    "document.conclude": frozenset({MANAGER}),
    "fact.record": frozenset({SALES, ANALYST, MANAGER}),
    "fact.decide": CREDIT,
    "investigation.draft": CREDIT,
    "investigation.confirm": CREDIT,
    "statement.enter": CREDIT,
    "assessment.draft": frozenset({SALES, ANALYST}),
    "assessment.confirm": CREDIT,
    "rating.propose": CREDIT,
    "rating.confirm": CREDIT,
    "rating.override": CREDIT,
    "rating.override.decide": frozenset({MANAGER, EXECUTIVE}),
    "rating.override.committee": frozenset({EXECUTIVE}),
    "rating.run": frozenset({MANAGER}),
    "limit.request": frozenset({SALES, ANALYST}),
    "limit.approve": frozenset({MANAGER, EXECUTIVE}),
    "limit.reduce": frozenset({MANAGER}),
    "order.check": frozenset({SALES, ANALYST, MANAGER}),
    "order.release": frozenset({MANAGER, EXECUTIVE}),
    "receipt.post": frozenset({FINANCE}),
    "receipt.apply": frozenset({FINANCE}),
    "receipt.reverse": frozenset({FINANCE}),
    "dispute.record": frozenset({SALES, FINANCE, COLLECTOR, MANAGER}),
    "promise.record": frozenset({SALES, COLLECTOR, MANAGER}),
    "contact.log": frozenset({SALES, ANALYST, MANAGER, COLLECTOR}),
    "dunning.prepare": frozenset({COLLECTOR, MANAGER}),
    "dunning.approve": frozenset({MANAGER}),
    "signal.raise": frozenset({SALES, ANALYST, MANAGER, FINANCE, COLLECTOR}),
    "signal.assess": CREDIT,
    "signal.act": frozenset({MANAGER}),
    "check.record": CREDIT,
    "relation.record": CREDIT,
    "import.run": frozenset({FINANCE, ANALYST}),
    "export.bulk": EVERYBODY - {SALES, COLLECTOR},
    "policy.edit": frozenset({MANAGER}),
    "policy.release": frozenset({EXECUTIVE}),
    "job.retry": frozenset({ADMIN, MANAGER, FINANCE}),
    "user.manage": frozenset({ADMIN}),
}


def may(user: Any, permission: str) -> bool:
    """Tell whether `user` holds `permission`. An unknown permission is an error, not a denial."""
    roles = PERMISSIONS[permission]
    return bool(getattr(user, "is_active", False)) and getattr(user, "role", None) in roles


def require(user: Any, permission: str) -> None:
    """Raise `NotAllowed` unless `user` holds `permission`. Services of a deed call this first."""
    if not may(user, permission):
        raise NotAllowed(code="NOT_ALLOWED", permission=permission)


def list_permissions(user: Any) -> list[str]:
    """Return the codes of everything `user` may do, sorted."""
    return sorted(code for code, roles in PERMISSIONS.items() if getattr(user, "role", "") in roles)
