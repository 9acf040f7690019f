"""Statements: stored as given, checked at once, superseded instead of changed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
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
from common.money import CURRENCIES
from customers.models import Customer
from scoring.domain.statements.checks import Finding
from scoring.domain.statements.identities import check_identities, has_errors, list_sign_doubts
from scoring.domain.statements.items import ITEMS, Section
from scoring.domain.statements.statements import NON_COMPARABLE_REASONS, RESTATED
from scoring.domain.statements.statements import Statement as Figures
from scoring.models import Statement, StatementLine, StatementOpening
from scoring.selectors.statements import (
    get_current_version,
    get_prior_figures,
    to_figures,
    vat_rate_of,
)
from users.permissions import require

UNITS = (1, 1_000, 10_000, 1_000_000)


class InvalidStatement(InvalidInput):
    """The header or a line of a statement cannot be used."""

    code = "INVALID_STATEMENT"


class StatementChanged(Conflict):
    """Another version of the period stands than the one this was made from."""

    code = "STATEMENT_CHANGED"


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
    opening: Mapping[str, Decimal] | None = None,
    reason: str = "",
    expected_version: int | None = None,
    batch: ImportBatch | None = None,
) -> SavedStatement:
    """Store a statement and its lines, in the statement's own unit.

    The identities are checked at once. Errors make the statement doubtful: it is kept, shown and not
    rated until somebody else accepts it. Warnings are kept. `complete` (blanks mean 0) is believed
    only when the subtotals tie out. The same figures again change nothing. `opening` balances that
    differ from last year's closing ones mark the year as restated. `reason` says why a version
    replaces another; `expected_version` is the one it was made from (0: none).

    Raises:
        InvalidStatement: a header value or a line cannot be used; `field` names it.
        StatementChanged: somebody stored another version meanwhile.
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
    _check_header(header, period_end, received_on, as_of=as_of)
    amounts = {name: amount for name, amount in lines.items() if amount is not None}
    if not amounts:
        raise InvalidStatement(_("Give at least one line of the statement."), field="lines")
    openings = _read_openings(opening or {})
    digest = digest_statement(header, complete, amounts, openings)
    lock_row(Customer, customer.pk)
    before = get_current_version(customer.pk, period_end, kind=str(kind), consolidated=consolidated)
    _check_version(before, expected_version)
    if before is not None and before.digest == digest:
        return SavedStatement(before, "UNCHANGED", before.findings)
    figures = to_figures(
        header | {"complete": complete, "period_end": period_end}, amounts, opening=openings
    )
    findings, doubts = judge(figures, customer.pk, period_end, header)
    if not non_comparable and any(finding.code == "YY-01" for finding in findings):
        header["non_comparable"] = RESTATED
    errors = has_errors(findings)
    statement = Statement.objects.create(
        customer=customer,
        period_end=period_end,
        complete=complete and not errors,
        # What came later than the first version was not known before it was stored.
        received_on=received_on or (as_of if before else None),
        version=before.version + 1 if before else 1,
        doubtful=errors,
        findings=describe_findings(findings, doubts),
        digest=digest,
        batch=batch,
        entered_by=actor,
        **header,
    )
    write_lines({statement.pk: amounts}, {statement.pk: openings})
    _replace(before, statement, actor=actor, as_of=as_of, lines=len(amounts), reason=reason)
    return SavedStatement(statement, "UPDATED" if before else "CREATED", statement.findings)


@transaction.atomic
def save_statements(
    *, customer: Customer, periods: Sequence[Mapping[str, Any]], as_of: date, actor: Any
) -> list[SavedStatement]:
    """Store several periods of one customer, all or none, each with the arguments of its own.

    The oldest comes first, so that each year is checked against the one before.

    Raises:
        InvalidStatement, StatementChanged: as `save_statement`; `params["position"]` says which.
    """
    order = sorted(range(len(periods)), key=lambda n: periods[n]["period_end"])
    saved: dict[int, SavedStatement] = {}
    for position in order:
        try:
            saved[position] = save_statement(
                customer=customer, as_of=as_of, actor=actor, **periods[position]
            )
        except (InvalidInput, StatementChanged) as error:
            error.params["position"] = position
            raise
    return [saved[position] for position in range(len(periods))]


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


def judge(
    figures: Figures, customer_id: int, period_end: date, header: Mapping[str, Any]
) -> tuple[list[Finding], list[str]]:
    """Return what does not add up, and the lines whose sign is doubtful."""
    prior = get_prior_figures(customer_id, period_end, header)
    findings = check_identities(figures, prior, vat_rate=vat_rate_of(header["gaap"]))
    return findings, list_sign_doubts(figures)


def write_lines(
    lines: Mapping[int, Mapping[str, Decimal]], openings: Mapping[int, Mapping[str, Decimal]]
) -> None:
    """Store the lines and opening balances of new statements, each under its statement's id."""
    for model, values in ((StatementLine, lines), (StatementOpening, openings)):
        rows = [
            (number, item, amount)
            for number, amounts in values.items()
            for item, amount in sorted(amounts.items())
        ]
        if rows:
            copy_rows(model._meta.db_table, ("statement_id", "item", "amount"), rows)


def _replace(
    before: Statement | None,
    statement: Statement,
    *,
    actor: Any,
    as_of: date,
    lines: int,
    reason: str,
) -> None:
    """Let the new version stand in the place of the old one, and write down that it does."""
    if before is not None:
        before.superseded_by = statement
        before.save(update_fields=["superseded_by"])
    record_event(
        "scoring.statement.superseded" if before else "scoring.statement.received",
        actor=actor,
        subject=statement,
        customer_id=statement.customer_id,
        as_of=as_of,
        before={"version": before.version} if before else None,
        after={
            "period_end": statement.period_end,
            "version": statement.version,
            "lines": lines,
            "doubtful": statement.doubtful,
        },
        reason=reason.strip(),
    )


def _check_version(before: Statement | None, expected: int | None) -> None:
    stands = before.version if before else 0
    if expected is None or expected == stands:
        return
    if expected == 0:
        message = _("Version %(version)s of this period exists already: say why it is restated.")
    else:
        message = _(
            "Somebody stored version %(version)s meanwhile. Look at it, then restate again."
        )
    raise StatementChanged(message % {"version": stands}, expected=expected, stands=stands)


def _read_openings(opening: Mapping[str, Decimal]) -> dict[str, Decimal]:
    for name in opening:
        if name not in ITEMS or ITEMS[name].section is not Section.BALANCE_SHEET:
            raise InvalidStatement(
                _("Only lines of the balance sheet have an opening balance."), field=name
            )
    return {name: amount for name, amount in opening.items() if amount is not None}


def _check_header(
    header: Mapping[str, Any], period_end: date, received_on: date | None, *, as_of: date
) -> None:
    choices: dict[str, Any] = {
        "kind": Statement.Kind.values,
        "form": Statement.Form.values,
        "opinion": Statement.Opinion.values,
        "unit": UNITS,
        "months": range(1, 19),
        "non_comparable": ("", *NON_COMPARABLE_REASONS),
        "currency": CURRENCIES,
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
    if received_on is not None and not period_end <= received_on <= as_of:
        raise InvalidStatement(
            _("A statement arrives between the end of its period and today."),
            field="received_on",
            value=received_on.isoformat(),
        )


def digest_statement(
    header: Mapping[str, Any],
    complete: bool,
    lines: Mapping[str, Decimal],
    openings: Mapping[str, Decimal] | None = None,
) -> str:
    """Return the digest by which the same statement, given again, is recognised."""
    body: list[Any] = [sorted(header.items()), complete, _plain(lines)]
    if openings:
        body.append(_plain(openings))
    return hashlib.blake2b(json.dumps(body).encode(), digest_size=16).hexdigest()


def _plain(amounts: Mapping[str, Decimal]) -> list[tuple[str, str]]:
    return sorted(
        (name, format(Decimal(amount).normalize(), "f")) for name, amount in amounts.items()
    )


def describe_findings(findings: Iterable[Finding], doubts: Iterable[str]) -> list[dict[str, Any]]:
    """Return findings and doubtful signs as they are stored with the statement."""
    return [describe_finding(finding) for finding in findings] + [
        {"code": "SIGN", "severity": "WARNING", "item": name} for name in doubts
    ]


def describe_finding(finding: Finding) -> dict[str, Any]:
    """Return a finding as it is stored with the statement."""
    described: dict[str, Any] = to_jsonable(finding)
    return described | {"difference": to_jsonable(finding.difference)}
