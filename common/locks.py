"""Row locks: in key order, inside a transaction, evaluated at once. The only door to them."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def lock_rows(model: type[M], keys: Iterable[Any]) -> list[M]:
    """Lock the rows with these primary keys, in ascending order, and return them.

    Ascending order everywhere is what keeps two writers from waiting for each other. Raises
    `RuntimeError` outside a transaction, where a lock would vanish at once.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a row lock needs a transaction around it")
    wanted = sorted(set(keys))
    manager: Any = model._default_manager
    rows: list[M] = list(
        manager.select_for_update(no_key=True, of=("self",)).filter(pk__in=wanted).order_by("pk")
    )
    return rows


def lock_row(model: type[M], key: Any) -> M:
    """Lock one row and return it; raise its `DoesNotExist` when it is gone."""
    rows = lock_rows(model, [key])
    if not rows:
        raise model.DoesNotExist  # type: ignore[attr-defined]
    return rows[0]


def try_advisory_lock(name: str) -> bool:
    """Take the transaction's advisory lock of this name, or tell that another one holds it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
