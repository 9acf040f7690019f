"""Whether a file is complete, what is missing, and until when each part is good (C.1).

A line of the checklist is satisfied by a verified document and, for some lines, by what the house
knows itself: statements (D07), list checks (D10, D11), trade references among the facts (D09), a bank
account confirmed by call-back (D05). Pure: no Django, no clock.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from common.dates import add_months
from customers.domain.checklist import (
    APPLICATION_DAYS,
    CHECKLIST,
    FIRST_ORDER_DAYS,
    INTERIM_AFTER_MONTHS,
    REFERENCES,
    REMINDER_DAYS,
    SOON_DAYS,
    STATEMENT_MONTHS,
    STATEMENT_YEARS,
    Line,
    Need,
    Term,
    Tier,
    get_bundle,
)

_Judge = Callable[[Line, Need, Tier, "Evidence", date], "LineResult"]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as the checklist sees it; `state` is the one it had on the day."""

    id: int
    code: str
    state: str
    dated: date
    verified_on: date | None = None
    valid_to: date | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class StatementPeriod:
    """A usable statement in the house: the last day of its period, and how many months it covers."""

    period_end: date
    months: int


@dataclass(frozen=True, slots=True)
class CheckDone:
    """The newest look at one list; `is_conclusive` unless unclear or a match on the name alone."""

    kind: str
    checked_on: date
    is_conclusive: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the checklist weighs for one customer, as known on a day.

    `references` holds the day of the newest trade reference of each source. `account_verified_on`
    is that of the newest bank account when a call-back confirmed it. `applied_on` is the day of
    the newest application for credit.
    """

    papers: Sequence[Paper] = ()
    statements: Sequence[StatementPeriod] = ()
    checks: Sequence[CheckDone] = ()
    references: Sequence[date] = ()
    account_verified_on: date | None = None
    applied_on: date | None = None
    is_foreign: bool = False
    is_person: bool = False
    is_insured: bool = False
    has_security: bool = False
    before_first_order: bool = False


class Status(StrEnum):
    """How a line stands."""

    GOOD = "GOOD"
    WAITS = "WAITS"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"
    DOUBTED = "DOUBTED"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class LineResult:
    """How one line stands: satisfied by what, good until when, lacking what.

    `good_until` is the last good day, `None` when nothing bounds it. `lacks` holds reason codes with
    their figures; words for them are the reader's (`customers.words.dossier`).
    """

    line: Line
    need: Need
    status: Status
    good_until: date | None = None
    paper_id: int | None = None
    source: str = ""
    lacks: tuple[tuple[str, Mapping[str, object]], ...] = ()

    @property
    def is_mandatory(self) -> bool:
        return self.need is Need.MANDATORY

    @property
    def is_good(self) -> bool:
        return self.status is Status.GOOD

    def ends_soon(self, as_of: date) -> bool:
        """Whether it is good today and will not be within the first warning time of K23."""
        return (
            self.is_good
            and self.good_until is not None
            and self.good_until <= as_of + timedelta(days=SOON_DAYS)
        )


@dataclass(frozen=True, slots=True)
class Completeness:
    """How complete a file is: its lines in order, and the share of the weights that are good.

    `ratio` lies in 0 … 1 with four decimals; `None` when the tier asks for nothing.
    """

    tier: Tier
    lines: tuple[LineResult, ...] = field(default_factory=tuple)
    ratio: Decimal | None = None

    @property
    def missing(self) -> tuple[LineResult, ...]:
        """The mandatory lines that are not good."""
        return tuple(line for line in self.lines if line.is_mandatory and not line.is_good)

    @property
    def next_end(self) -> date | None:
        """The first day on which a mandatory line that is good now stops being so."""
        ends = [x.good_until for x in self.lines if x.is_mandatory and x.is_good and x.good_until]
        return min(ends, default=None)


def evaluate_checklist(tier: Tier, evidence: Evidence, *, as_of: date) -> Completeness:
    """Weigh what is there against what the tier asks for (C.1).

    Completeness = Σ weights of mandatory lines that are present and valid ÷ Σ weights of mandatory
    lines. A conditional line is mandatory where its condition holds, and left out where not.

    >>> done = evaluate_checklist(Tier.T1, Evidence(papers=[
    ...     Paper(1, "D01", "VERIFIED", date(2025, 1, 2), date(2025, 1, 3), date(2040, 1, 1)),
    ... ]), as_of=date(2025, 6, 1))
    >>> done.ratio, done.lines[0].good_until
    (Decimal('0.1111'), datetime.date(2026, 1, 3))
    """
    results = []
    for line in CHECKLIST:
        need = settle_need(line.need(tier), evidence)
        if need is not Need.NOT_ASKED:
            results.append(_judge(line, need, tier, evidence, as_of))
    wanted = sum(result.line.weight for result in results if result.is_mandatory)
    good = sum(r.line.weight for r in results if r.is_mandatory and r.is_good)
    ratio = (
        (Decimal(good) / Decimal(wanted)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        if wanted
        else None
    )
    return Completeness(tier, tuple(results), ratio)


def settle_need(need: Need, evidence: Evidence) -> Need:
    """Turn a conditional need into a plain one."""
    conditions = {
        Need.IF_ANY_SECURITY: evidence.has_security,
        Need.IF_INSURED: evidence.is_insured,
        Need.IF_PERSON: evidence.is_person,
    }
    if need not in conditions:
        return need
    return Need.MANDATORY if conditions[need] else Need.NOT_ASKED


def _judge(line: Line, need: Need, tier: Tier, evidence: Evidence, as_of: date) -> LineResult:
    by_papers = _judge_papers(line, need, evidence, as_of)
    own = _OWN_KNOWLEDGE.get(line.code)
    if own is None:
        return by_papers
    by_house = own(line, need, tier, evidence, as_of)
    return _better(by_house, by_papers)


def _better(house: LineResult, papers: LineResult) -> LineResult:
    """Prefer what is good, and of two good ones what lasts; else what says most."""
    if house.is_good and papers.is_good:
        ends = (house.good_until or date.max, papers.good_until or date.max)
        return house if ends[0] >= ends[1] else papers
    if papers.is_good or (not house.is_good and papers.status is not Status.MISSING):
        return papers
    return house


# --- documents ------------------------------------------------------------------------------------

_OPEN_STATUS = {
    "UPLOADED": (Status.WAITS, "NOT_SUBMITTED"),
    "SUBMITTED": (Status.WAITS, "NOT_VERIFIED"),
    "REJECTED": (Status.REFUSED, "REJECTED"),
    "DOUBTED": (Status.DOUBTED, "DOUBTED"),
}


def _judge_papers(line: Line, need: Need, evidence: Evidence, as_of: date) -> LineResult:
    papers = [p for p in evidence.papers if p.code == line.code and p.state != "SUPERSEDED"]
    if not papers:
        return LineResult(line, need, Status.MISSING, lacks=(("NO_DOCUMENT", {}),))
    verified = [p for p in papers if p.state in ("VERIFIED", "EXPIRED")]
    ends = [(get_good_until(line, p, applied_on=evidence.applied_on), p) for p in verified]
    good = [(end, p) for end, p in ends if p.state == "VERIFIED" and (end is None or end >= as_of)]
    if good:
        end, paper = max(good, key=lambda pair: (pair[0] or date.max, pair[1].id))
        return LineResult(line, need, Status.GOOD, end, paper.id, "DOCUMENT")
    newest = max(papers, key=lambda p: p.id)
    if newest.state in _OPEN_STATUS:
        status, reason = _OPEN_STATUS[newest.state]
        return LineResult(
            line, need, status, None, newest.id, "DOCUMENT", ((reason, {"title": newest.title}),)
        )
    end, paper = max(ends, key=lambda pair: (pair[0] or date.min, pair[1].id))
    return LineResult(
        line, need, Status.EXPIRED, end, paper.id, "DOCUMENT", (("EXPIRED", {"end": end}),)
    )


def get_good_until(line: Line, paper: Paper, *, applied_on: date | None = None) -> date | None:
    """Return the last day on which a verified document counts; `None` when nothing bounds it.

    Its own last day bounds every document that has one. A count of days starts with the document's
    date, a re-verification (D01) with the day on which it was verified. A declaration made for an
    application counts until 30 days before a newer application.

    >>> from customers.domain.checklist import LINES
    >>> get_good_until(LINES["D02"], Paper(1, "D02", "VERIFIED", date(2026, 1, 1)))
    datetime.date(2026, 4, 1)
    >>> get_good_until(LINES["D15"], Paper(1, "D15", "VERIFIED", date(2026, 1, 1))) is None
    True
    """
    ends = [paper.valid_to] if paper.valid_to else []
    if line.term is Term.DAYS:
        ends.append(paper.dated + timedelta(days=line.days))
    elif line.term is Term.OWN_TERM_AND_DAYS:
        ends.append((paper.verified_on or paper.dated) + timedelta(days=line.days))
    elif line.term is Term.AFTER_PERIOD:
        ends.append(add_months(paper.dated, STATEMENT_MONTHS))
    elif line.term is Term.PER_APPLICATION and applied_on is not None:
        oldest = applied_on - timedelta(days=APPLICATION_DAYS)
        if paper.dated < oldest:
            ends.append(oldest - timedelta(days=1))
    return min(ends, default=None)


# --- what the house knows itself ------------------------------------------------------------------


def _judge_account(
    line: Line, need: Need, tier: Tier, evidence: Evidence, as_of: date
) -> LineResult:
    if evidence.account_verified_on is not None and evidence.account_verified_on <= as_of:
        return LineResult(line, need, Status.GOOD, None, None, "ACCOUNT")
    return LineResult(line, need, Status.MISSING, lacks=(("NO_ACCOUNT", {}),))


def _judge_statements(
    line: Line, need: Need, tier: Tier, evidence: Evidence, as_of: date
) -> LineResult:
    wanted = STATEMENT_YEARS.get(tier, 1)
    years = sorted({s.period_end for s in evidence.statements if s.months == 12}, reverse=True)
    if not years:
        return LineResult(line, need, Status.MISSING, lacks=(("NO_STATEMENT", {"wanted": wanted}),))
    newest = years[0]
    interims = [s.period_end for s in evidence.statements if s.months < 12]
    latest = max([newest, *interims])
    end = add_months(newest, STATEMENT_MONTHS)
    in_row = _count_years_in_row(years)
    lacks: list[tuple[str, Mapping[str, object]]] = []
    if in_row < wanted:
        lacks.append(("FEW_YEARS", {"count": in_row, "wanted": wanted}))
    needs_interim = add_months(newest, INTERIM_AFTER_MONTHS) < as_of and latest == newest
    if need is Need.MANDATORY and needs_interim:
        lacks.append(("NO_INTERIM", {"end": newest}))
    if end < as_of:
        lacks.insert(0, ("EXPIRED", {"end": end}))
        return LineResult(line, need, Status.EXPIRED, end, None, "STATEMENTS", tuple(lacks))
    status = Status.MISSING if lacks else Status.GOOD
    until = end
    if not lacks and latest == newest:
        until = min(end, add_months(newest, INTERIM_AFTER_MONTHS))
    return LineResult(line, need, status, until, None, "STATEMENTS", tuple(lacks))


def _count_years_in_row(ends: Sequence[date]) -> int:
    """Count the years from the newest back without a gap; `ends` newest first."""
    count = 1
    for newer, older in itertools.pairwise(ends):
        if abs((add_months(newer, -12) - older).days) > 1:  # February ends on two days
            break
        count += 1
    return count


def _judge_references(
    line: Line, need: Need, tier: Tier, evidence: Evidence, as_of: date
) -> LineResult:
    wanted = REFERENCES.get(tier, 2)
    ends = sorted((day + timedelta(days=line.days) for day in evidence.references), reverse=True)
    fresh = [end for end in ends if end >= as_of]
    if len(fresh) >= wanted:
        return LineResult(line, need, Status.GOOD, fresh[wanted - 1], None, "FACTS")
    lacks = (("FEW_REFERENCES", {"count": len(fresh), "wanted": wanted}),)
    status = Status.EXPIRED if len(ends) >= wanted else Status.MISSING
    return LineResult(line, need, status, None, None, "FACTS", lacks)


def _judge_lists(line: Line, need: Need, tier: Tier, evidence: Evidence, as_of: date) -> LineResult:
    days = FIRST_ORDER_DAYS if evidence.before_first_order else line.days
    wanted = get_bundle(evidence.is_foreign)
    newest = _newest_checks(evidence.checks)
    ends = {k: newest[k] + timedelta(days=days) for k in wanted if k in newest}
    old = [kind for kind, end in ends.items() if end < as_of]
    absent = [kind for kind in wanted if kind not in ends]
    if not old and not absent:
        return LineResult(line, need, Status.GOOD, min(ends.values()), None, "CHECKS")
    status = Status.EXPIRED if ends and not absent else Status.MISSING
    lacks = (("LISTS_OPEN", {"kinds": tuple(absent + old), "days": days}),)
    return LineResult(line, need, status, min(ends.values(), default=None), None, "CHECKS", lacks)


def _judge_litigation(
    line: Line, need: Need, tier: Tier, evidence: Evidence, as_of: date
) -> LineResult:
    checked_on = _newest_checks(evidence.checks).get("LITIGATION")
    if checked_on is None:
        return LineResult(line, need, Status.MISSING, lacks=(("NO_DOCUMENT", {}),))
    end = checked_on + timedelta(days=line.days)
    if end >= as_of:
        return LineResult(line, need, Status.GOOD, end, None, "CHECKS")
    return LineResult(line, need, Status.EXPIRED, end, None, "CHECKS", (("EXPIRED", {"end": end}),))


def _newest_checks(checks: Iterable[CheckDone]) -> dict[str, date]:
    found: dict[str, date] = {}
    for check in checks:
        if check.is_conclusive and check.checked_on > found.get(check.kind, date.min):
            found[check.kind] = check.checked_on
    return found


_OWN_KNOWLEDGE: Mapping[str, _Judge] = {
    "D05": _judge_account,
    "D07": _judge_statements,
    "D09": _judge_references,
    "D10": _judge_lists,
    "D11": _judge_litigation,
}


def list_reminders(
    end: date, *, as_of: date, reminders: Collection[int] = REMINDER_DAYS
) -> list[int]:
    """Return the reminder that is due on a day: the tightest one whose time has come, if any.

    A night that was missed still reminds; a document entered late gets one reminder, not three.

    >>> list_reminders(date(2026, 3, 1), as_of=date(2026, 1, 15))
    [60]
    >>> list_reminders(date(2026, 3, 1), as_of=date(2026, 2, 25))
    [7]
    >>> list_reminders(date(2026, 3, 1), as_of=date(2026, 3, 2))
    []
    """
    left = (end - as_of).days
    if left < 0:
        return []
    due = [days for days in sorted(reminders) if left <= days]
    return due[:1]
