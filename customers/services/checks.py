"""Writes of list checks: what somebody found on a public list, and the signals a new hit raises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.dates import FIRST_DAY
from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_events
from common.locks import lock_row
from customers.domain.list_checks import (
    BadDetails,
    ListWarning,
    clean_details,
    list_warnings,
    read_amount,
)
from customers.domain.signals import NewSignal, signal_key
from customers.models import Customer, ListCheck, Task
from customers.selectors.checks import is_clear, is_open_candidate, list_latest_clear
from customers.selectors.signal_policy import get_signal_policy
from customers.services.signals import raise_signals
from customers.services.tasks import complete_task, create_tasks
from users.permissions import require

TASK_KIND = "LIST_CHECK"
CANDIDATE_TITLE = gettext_noop("Confirm or refuse a match by name alone on a public list")
SANCTIONS_TITLE = gettext_noop("A customer stands on a sanctions list: stop trading with him")
BATCH = 2000


@dataclass(frozen=True, slots=True)
class NewCheck:
    """One look at one list, as it was made: result, match and what the entry says."""

    customer_id: int
    kind: str
    checked_on: date
    result: str
    match: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    listed_on: date | None = None
    removed_on: date | None = None
    source_name: str = ""
    evidence_id: int | None = None
    note: str = ""
    origin: str = "MANUAL"


class AlreadyDecided(Conflict):
    """Somebody confirmed or refused this match already."""

    code = "ALREADY_DECIDED"


def check_new_check(check: NewCheck, *, as_of: date) -> NewCheck:
    """Return the check in the form that is stored; raise `InvalidInput` naming the field."""
    if check.kind not in ListCheck.Kind.values:
        raise InvalidInput(_("There is no such list."), field="kind", code="UNKNOWN_CODE")
    if check.result not in ListCheck.Result.values:
        raise InvalidInput(_("Choose a result."), field="result", code="UNKNOWN_CODE")
    if check.result == "HIT" and check.match not in ListCheck.Match.values:
        raise InvalidInput(
            _("Say how the entry was matched: by number, by a person, or by name only."),
            field="match",
            code="REQUIRED",
        )
    for name in ("checked_on", "listed_on", "removed_on"):
        day = getattr(check, name)
        if day is not None and day < FIRST_DAY:
            raise InvalidInput(_("Enter a day from 1900 on."), field=name, code="TOO_EARLY")
    if check.checked_on > as_of:
        raise InvalidInput(_("This day has not come yet."), field="checked_on", code="IN_FUTURE")
    if check.listed_on and check.listed_on > check.checked_on:
        raise InvalidInput(
            _("An entry is listed before it is seen."), field="listed_on", code="DATES_CROSSED"
        )
    if check.removed_on and check.listed_on and check.removed_on < check.listed_on:
        raise InvalidInput(
            _("An entry is taken off after it was listed."),
            field="removed_on",
            code="DATES_CROSSED",
        )
    try:
        details = clean_details(check.kind, check.result, check.details)
    except BadDetails as error:
        raise BadDetails(
            _("Fill in what the entry says, in the form asked for."), field=error.field
        ) from error
    match = check.match if check.result == "HIT" else ""
    return replace(check, match=match, details=details)


def record_checks(
    checks: Sequence[NewCheck],
    *,
    as_of: date,
    actor: Any = None,
    batch: Any = None,
    at: datetime | None = None,
) -> list[ListCheck]:
    """Write down looks at public lists and raise the signals of new hits; return the rows.

    A hit is new when the list was clean or unseen before, names another day of listing, weighs more
    than before, or asks for a larger amount. A match on the name alone raises nothing: it waits for
    a person. Raises `InvalidInput` before anything is written.
    """
    if actor is not None and batch is None:  # who may bring in files may bring in these
        require(actor, "check.record")
    good = [check_new_check(check, as_of=as_of) for check in checks]
    with transaction.atomic():
        before = list_latest_clear({(c.customer_id, c.kind) for c in good})
        return _write(good, before, as_of=as_of, actor=actor, batch=batch, at=at)


def _write(
    good: list[NewCheck],
    before: dict[tuple[int, str], ListCheck],
    *,
    as_of: date,
    actor: Any,
    batch: Any,
    at: datetime | None,
) -> list[ListCheck]:
    rows = ListCheck.objects.bulk_create(
        [_build(check, actor, batch) for check in good], batch_size=BATCH
    )
    policy = get_signal_policy(as_of=as_of)
    least = {"PENALTY": policy.penalty_amount, "LITIGATION": policy.lawsuit_amount}
    signals: list[NewSignal] = []
    for row in sorted(rows, key=lambda r: (r.checked_on, r.pk)):
        if not is_clear(row):
            continue
        known = before.get((row.customer_id, row.kind))
        if known is not None and row.checked_on < known.checked_on:
            continue  # an old look, found late: the newer one has spoken already
        signals += _signals_of(row, known, least.get(row.kind, Decimal(0)))
        before[row.customer_id, row.kind] = row
    raise_signals(signals, as_of=as_of, batch=batch, at=at)
    _make_tasks(rows)
    record_events([_event(row, as_of, actor) for row in rows])
    return rows


def _build(check: NewCheck, actor: Any, batch: Any) -> ListCheck:
    return ListCheck(
        customer_id=check.customer_id,
        kind=check.kind,
        checked_on=check.checked_on,
        result=check.result,
        match=check.match,
        details=dict(check.details),
        listed_on=check.listed_on,
        removed_on=check.removed_on,
        origin=check.origin,
        source_name=check.source_name.strip()[:200],
        evidence_id=check.evidence_id,
        note=check.note.strip()[:500],
        checked_by=actor,
        batch=batch,
    )


def _signals_of(row: ListCheck, known: ListCheck | None, least: Decimal) -> list[NewSignal]:
    if row.result != ListCheck.Result.HIT or row.removed_on is not None:
        return []
    found = list_warnings(row.kind, row.details, min_amount=least)
    if known is not None and known.result == ListCheck.Result.HIT and known.removed_on is None:
        found = _only_news(row, known, found, least)
    about = f"{row.kind}:{row.listed_on or row.checked_on}"
    if known is not None and _has_grown(row, known):
        about += f":{row.details['amount']}"
    facts = {
        "list": row.kind,
        "check": row.pk,
        "checked_on": row.checked_on,
        "listed_on": row.listed_on,
        **row.details,
    }
    return [
        NewSignal(
            customer_id=row.customer_id,
            code=warning.code,
            severity=warning.severity,
            key=signal_key(warning.code, row.customer_id, about),
            facts={name: value for name, value in facts.items() if value is not None},
            raised_on=row.checked_on,
            origin=_ORIGINS[row.origin],
            evidence_id=row.evidence_id,
        )
        for warning in found
    ]


_ORIGINS = {"MANUAL": "RULE", "IMPORT": "IMPORT", "API": "API"}


def _only_news(
    row: ListCheck, known: ListCheck, found: list[ListWarning], least: Decimal
) -> list[ListWarning]:
    """Leave out what the look before said too: the same entry, no heavier than it was."""
    is_other = row.listed_on is not None and known.listed_on not in (None, row.listed_on)
    if is_other or _has_grown(row, known):
        return found
    said = list_warnings(row.kind, known.details, min_amount=least)
    changed = set(row.details.get("changes", ())) - set(known.details.get("changes", ()))
    return [w for w in found if w not in said or (w.severity == "AMBER" and changed)]


def _has_grown(row: ListCheck, known: ListCheck) -> bool:
    now, then = read_amount(row.details), read_amount(known.details)
    return now is not None and (then is None or now > then)


def _make_tasks(rows: list[ListCheck]) -> None:
    tasks = []
    codes = dict(
        Customer.objects.filter(pk__in={row.customer_id for row in rows})
        .order_by()
        .values_list("pk", "code")
    )
    for row in rows:
        if row.result != ListCheck.Result.HIT:
            continue
        where = {"customer_id": row.customer_id, "kind": TASK_KIND}
        url = f"/customers/{codes[row.customer_id]}/checks/"
        if row.match == ListCheck.Match.NAME_ONLY:
            tasks.append(
                Task(
                    key=candidate_key(row.pk),
                    title=CANDIDATE_TITLE,
                    role="ANALYST",
                    url=url,
                    **where,
                )
            )
        elif row.kind == ListCheck.Kind.SANCTIONS and row.removed_on is None:
            tasks.append(
                Task(
                    key=f"check:{row.customer_id}:sanctions:{row.listed_on or row.checked_on}",
                    title=SANCTIONS_TITLE,
                    role="CREDIT_MANAGER",
                    url=url,
                    **where,
                )
            )
    if tasks:
        create_tasks(tasks)


def candidate_key(check_id: int) -> str:
    """Return the key of the to-do that asks a person about a match by name."""
    return f"check:{check_id}:candidate"


def _event(row: ListCheck, as_of: date, actor: Any) -> dict[str, Any]:
    return {
        "code": "customers.list_check.recorded",
        "actor": actor,
        "subject": row,
        "customer_id": row.customer_id,
        "as_of": as_of,
        "after": {
            "kind": row.kind,
            "result": row.result,
            "match": row.match,
            "checked_on": row.checked_on,
            **({"details": row.details} if row.details else {}),
        },
    }


def decide_candidate(
    *,
    check: ListCheck,
    is_same: bool,
    note: str,
    actor: Any,
    as_of: date,
    at: datetime | None = None,
) -> ListCheck:
    """Say whether a match by name is this customer; return the new row that says so.

    A refusal leaves every earlier hit of the list as it was. Raises `AlreadyDecided`, `NotAllowed`
    for who found the match himself, `InvalidInput` without a reason.
    """
    if actor is not None:
        require(actor, "check.record")
        if check.origin == ListCheck.Origin.MANUAL and check.checked_by_id == actor.pk:
            raise NotAllowed(
                _("Whoever found a match by name does not decide it. Ask a colleague."),
                code="FOUR_EYES",
            )
    note = note.strip()
    if not note:
        raise InvalidInput(_("Say why: the next reader will ask."), field="note", code="REQUIRED")
    with transaction.atomic():
        lock_row(Customer, check.customer_id)
        if not is_open_candidate(check):
            raise AlreadyDecided(_("Somebody has decided about this match already."))
        decided = NewCheck(
            customer_id=check.customer_id,
            kind=check.kind,
            checked_on=as_of,
            result="HIT" if is_same else "NO_HIT",
            match="CONFIRMED" if is_same else "NAME_ONLY",
            details=check.details if is_same else {},
            listed_on=check.listed_on,
            removed_on=check.removed_on if is_same else None,
            source_name=check.source_name,
            evidence_id=check.evidence_id,
            note=note,
        )
        before = list_latest_clear({(check.customer_id, check.kind)})
        (row,) = _write([decided], before, as_of=as_of, actor=actor, batch=None, at=at)
        complete_task(key=candidate_key(check.pk), actor=actor, as_of=as_of)
    return row
