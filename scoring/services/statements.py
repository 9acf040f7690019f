"""Statements: stored as given, checked at once, superseded instead of changed."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.bulk import copy_rows
from common.errors import Conflict, InvalidInput, NotAllowed
from common.events import record_event
from common.jsonable import to_jsonable
from common.locks import lock_row
from common.models import ImportBatch
from customers.models import Customer
from scoring.domain.identities import Finding, check_identities, has_errors, list_sign_doubts
from scoring.domain.statements import Statement as Figures
from scoring.models import Statement, StatementLine
from scoring.selectors.statements import to_figures
from users.permissions import require

UNITS = (1, 1_000, 10_000, 1_000_000)


class InvalidStatement(InvalidInput):
    """The header or a line of a statement cannot be used."""

    code = "INVALID_STATEMENT"


class NothingDoubtful(Conflict):
    """The statement adds up, was accepted already, or has been superseded."""

    code = "NOTHING_DOUBTFUL"


@dataclass(frozen=True)
class SavedStatement:
    """The statement as it now stands, and what became of the request: CREATED, UPDATED, UNCHANGED.

    UPDATED: a new version supersedes the one of the same period.
    """

    statement: Statement
    outcome: str
    findings: list[dict[str, Any]]

    @property
    def created(self) -> bool:
        return self.outcome != "UNCHANGED"


@transaction.atomic
def save_statement(
    *,
    customer: Customer,
    period_end: date,
    lines: Mapping[str, Decimal],
    as_of: date,
    actor: Any = None,
    months: int = 12,
    kind: str = Statement.Kind.ANNUAL,
    form: str = Statement.Form.FULL,
    gaap: str = "CAS",
    consolidated: bool = False,
    opinion: str = Statement.Opinion.UNAUDITED,
    auditor: str = "",
    currency: str = "CNY",
    unit: int = 1,
    complete: bool = False,
    non_comparable: str = "",
    source: str = "CUSTOMER",
    received_on: date | None = None,
    batch: ImportBatch | None = None,
) -> SavedStatement:
    """Store a statement and its lines, in the statement's own unit.

    The identities are checked at once. Errors make the statement doubtful: it is kept, shown and not
    rated until somebody else accepts it. Warnings are kept. `complete` (blanks mean 0) is believed
    only when the subtotals tie out. The same figures again change nothing.

    Raises:
        InvalidStatement: a header value or a line cannot be used; `field` names it.
    """
    if actor is not None:
        require(actor, "statement.enter")
    header = {
        "months": months,
        "kind": str(kind),
        "form": str(form),
        "gaap": gaap,
        "consolidated": consolidated,
        "opinion": str(opinion),
        "auditor": auditor,
        "currency": currency,
        "unit": unit,
        "non_comparable": non_comparable,
        "source": source,
    }
    _check_header(header, period_end, as_of=as_of)
    amounts = {name: amount for name, amount in lines.items() if amount is not None}
    if not amounts:
        raise InvalidStatement(_("Give at least one line of the statement."), field="lines")
    digest = digest_statement(header, complete, amounts)
    lock_row(Customer, customer.pk)
    before = _find_current(customer, period_end, header)
    if before is not None and before.digest == digest:
        return SavedStatement(before, "UNCHANGED", before.findings)
    figures = to_figures(header | {"complete": complete, "period_end": period_end}, amounts)
    prior = _find_prior_figures(customer, period_end, header)
    findings = check_identities(figures, prior)
    errors = has_errors(findings)
    statement = Statement.objects.create(
        customer=customer,
        period_end=period_end,
        complete=complete and not errors,
        received_on=received_on,
        version=before.version + 1 if before else 1,
        doubtful=errors,
        findings=[describe_finding(finding) for finding in findings]
        + [{"code": "SIGN", "severity": "WARNING", "item": n} for n in list_sign_doubts(figures)],
        digest=digest,
        batch=batch,
        entered_by=actor,
        **header,
    )
    copy_rows(
        StatementLine._meta.db_table,
        ("statement_id", "item", "amount"),
        ((statement.pk, item, amount) for item, amount in sorted(amounts.items())),
    )
    if before is not None:
        before.superseded_by = statement
        before.save(update_fields=["superseded_by"])
    record_event(
        "scoring.statement.superseded" if before else "scoring.statement.received",
        actor=actor,
        subject=statement,
        customer_id=customer.pk,
        as_of=as_of,
        before={"version": before.version} if before else None,
        after={
            "period_end": period_end,
            "version": statement.version,
            "lines": len(amounts),
            "doubtful": errors,
        },
    )
    return SavedStatement(statement, "UPDATED" if before else "CREATED", statement.findings)


@transaction.atomic
def accept_statement(*, statement: Statement, reason: str, as_of: date, actor: Any) -> Statement:
    """Let a doubtful statement count in spite of its findings: another person's word, with a reason.

    Raises:
        NotAllowed: the actor entered the statement.
        NothingDoubtful: there is nothing to accept.
    """
    require(actor, "rating.confirm")
    row = lock_row(Statement, statement.pk)
    if not row.doubtful or row.accepted_by_id or row.superseded_by_id:
        raise NothingDoubtful(_("There is nothing to accept about this statement."))
    if row.entered_by_id == actor.pk:
        raise NotAllowed(_("Who entered a statement does not accept it."), code="FOUR_EYES")
    if not reason.strip():
        raise InvalidInput(_("Say why the statement counts."), field="reason")
    row.accepted_by, row.accepted_on, row.accepted_reason = actor, as_of, reason.strip()[:500]
    row.save(update_fields=["accepted_by", "accepted_on", "accepted_reason"])
    record_event(
        "scoring.statement.accepted",
        actor=actor,
        subject=row,
        customer_id=row.customer_id,
        as_of=as_of,
        reason=row.accepted_reason,
    )
    return row


def _check_header(header: Mapping[str, Any], period_end: date, *, as_of: date) -> None:
    choices = {
        "kind": Statement.Kind.values,
        "form": Statement.Form.values,
        "opinion": Statement.Opinion.values,
        "unit": UNITS,
        "months": range(1, 19),
    }
    for field, allowed in choices.items():
        if header[field] not in allowed:
            raise InvalidStatement(
                _("“%(value)s” is not one of: %(allowed)s.")
                % {"value": header[field], "allowed": ", ".join(map(str, allowed))},
                field=field,
                value=header[field],
            )
    if period_end > as_of:
        raise InvalidStatement(
            _("The period ends after %(day)s.") % {"day": as_of.isoformat()},
            field="period_end",
            value=period_end.isoformat(),
        )


def _find_current(
    customer: Customer, period_end: date, header: Mapping[str, Any]
) -> Statement | None:
    return Statement.objects.filter(
        customer=customer,
        period_end=period_end,
        kind=header["kind"],
        consolidated=header["consolidated"],
        superseded_by=None,
    ).first()


def _find_prior_figures(
    customer: Customer, period_end: date, header: Mapping[str, Any]
) -> Figures | None:
    """Return last year's statement of the same kind, unit and currency, for the year-on-year checks."""
    if header["months"] != 12:
        return None
    year_before = period_end.year - 1
    row = (
        Statement.objects.filter(
            customer=customer,
            period_end__year=year_before,
            period_end__month=period_end.month,
            months=12,
            kind=header["kind"],
            form=header["form"],
            consolidated=header["consolidated"],
            unit=header["unit"],
            currency=header["currency"],
            superseded_by=None,
            doubtful=False,
        )
        .order_by("-period_end")
        .first()
    )
    if row is None:
        return None
    lines = dict(row.lines.values_list("item", "amount"))
    return to_figures(
        {
            "months": row.months,
            "form": row.form,
            "opinion": row.opinion,
            "currency": row.currency,
            "consolidated": row.consolidated,
            "non_comparable": row.non_comparable,
            "source": row.source,
            "complete": row.complete,
            "period_end": row.period_end,
        },
        lines,
    )


def digest_statement(
    header: Mapping[str, Any], complete: bool, lines: Mapping[str, Decimal]
) -> str:
    """Return the digest by which the same statement, given again, is recognised."""
    body = [
        sorted(header.items()),
        complete,
        sorted((name, format(Decimal(amount).normalize(), "f")) for name, amount in lines.items()),
    ]
    return hashlib.blake2b(json.dumps(body).encode(), digest_size=16).hexdigest()


def describe_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding as it is stored with the statement."""
    described: dict[str, Any] = to_jsonable(finding)
    return described | {"difference": to_jsonable(finding.difference)}
