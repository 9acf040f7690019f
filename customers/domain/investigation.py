"""The credit investigation (C.4): its sections with their options, the authenticity tests (C.2).

Options come first, words second: a person ticks what is true, sentences are made from that and may
be changed before signing; the options stay. Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from common.errors import InvalidInput

MAX_TEXT = 4_000
MAX_NOTE = 500
FAILS_FOR_SIGNAL = 2
"""So many failed authenticity tests make the file doubtful (S06, C.2)."""


class BadDraft(InvalidInput):
    """A draft names something that there is not."""

    code = "BAD_DRAFT"


class Tone(StrEnum):
    """What an option says for the credit."""

    GOOD = "GOOD"
    NEUTRAL = "NEUTRAL"
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report: its code, its options with their tones, and what it answers to.

    `five_c` is the heading among the five C, empty for the others. Headings only: grading is the
    rating's affair.
    """

    code: str
    options: Mapping[str, Tone]
    five_c: str = ""
    is_required: bool = True


def _section(
    code: str,
    good: str = "",
    neutral: str = "",
    bad: str = "",
    five_c: str = "",
    required: bool = True,
) -> Section:
    options = {
        **dict.fromkeys(good.split(), Tone.GOOD),
        **dict.fromkeys(neutral.split(), Tone.NEUTRAL),
        **dict.fromkeys(bad.split(), Tone.BAD),
    }
    return Section(code, options, five_c, required)


SECTIONS: tuple[Section, ...] = (
    _section(
        "IDENTITY",
        "REGISTERED_AND_ACTIVE OWNERS_CLEAR",
        "OWNERS_CHANGED_LATELY",
        "OWNERS_NOT_CLEAR CAPITAL_NOT_PAID_IN SHELL_SIGNS",
    ),
    _section(
        "MANAGEMENT",
        "EXPERIENCED OPEN_WITH_US KEEPS_ITS_WORD",
        "ONE_PERSON_DECIDES",
        "CHANGES_OFTEN EVADES_QUESTIONS PAST_FAILURES",
        "CHARACTER",
    ),
    _section(
        "BUSINESS",
        "MARKET_GROWS WIDE_CUSTOMER_BASE STRONG_PRODUCT",
        "SEASONAL",
        "MARKET_SHRINKS FEW_CUSTOMERS PRICE_WAR DEPENDS_ON_ONE_SUPPLIER",
        "CONDITIONS",
    ),
    _section(
        "CAPACITY",
        "PLANT_BUSY CASH_FLOW_STEADY",
        "EXPANDING",
        "PLANT_IDLE CASH_FLOW_NEGATIVE STOCK_PILES_UP",
        "CAPACITY",
    ),
    _section(
        "CAPITAL",
        "EQUITY_SOLID STATEMENTS_AUDITED",
        "STATEMENTS_NOT_AUDITED",
        "EQUITY_THIN SHORT_DEBT_HIGH STATEMENTS_DOUBTFUL NO_STATEMENTS",
        "CAPITAL",
    ),
    _section(
        "COLLATERAL",
        "SECURITY_OFFERED ASSETS_FREE",
        "NO_SECURITY",
        "ASSETS_PLEDGED GUARANTEES_FOR_OTHERS",
        "COLLATERAL",
    ),
    _section(
        "BEHAVIOUR",
        "PAYS_US_ON_TIME REFERENCES_GOOD",
        "NO_HISTORY_WITH_US PAYS_A_LITTLE_LATE",
        "PAYS_LATE BREAKS_PROMISES REFERENCES_BAD",
        "CHARACTER",
    ),
    _section(
        "LITIGATION",
        "NO_ENTRIES",
        "SMALL_CASES",
        "SUED_FOR_PAYMENT ENFORCED ON_A_LIST",
    ),
    _section(
        "GROUPS",
        "STANDS_ALONE PARENT_SUPPORTS",
        "PART_OF_A_GROUP",
        "GUARANTEE_RING GROUP_IN_TROUBLE MANY_OWN_DEALINGS",
    ),
    _section(
        "VISIT",
        "ORDERLY PEOPLE_BUSY STOCK_AS_STATED",
        "NOT_VISITED",
        "QUIET STOCK_MISSING ADDRESS_WRONG",
    ),
    _section(
        "RISKS",
        "SECURED_BY_GUARANTEE INSURED SMALL_SHARE_OF_OUR_SALES",
        "FIRST_ORDERS_PREPAID SHORTER_TERM",
        "DEPENDS_ON_FEW NEW_MARKET CURRENCY_RISK",
    ),
)
BY_CODE: Mapping[str, Section] = {section.code: section for section in SECTIONS}

TESTS: tuple[str, ...] = (
    "LICENCE_VS_REGISTRY",
    "BALANCE_AND_CASH_TIE",
    "PROFIT_TO_RETAINED",
    "REVENUE_VS_VAT",
    "BANK_CREDITS_VS_REVENUE",
    "PHOTOS_DATE_AND_PLACE",
    "SIGNATURE_AND_SEAL",
    "CALL_BACK",
)
"""The eight authenticity tests of C.2."""


class TestResult(StrEnum):
    """What a test of authenticity came to."""

    __test__ = False

    PASS = "PASS"  # noqa: S105  a result, not a secret
    FAIL = "FAIL"
    NOT_POSSIBLE = "NOT_POSSIBLE"


RESULTS = tuple(result.value for result in TestResult)


def clean_sections(given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return sections in the form that is stored; raise BadDraft.

    Each is `{"options": [codes in table order], "text": own words or ""}`; empty text means the
    sentences made from the options.

    >>> clean_sections({"VISIT": {"options": ["PEOPLE_BUSY", "ORDERLY"], "text": " "}})
    {'VISIT': {'options': ['ORDERLY', 'PEOPLE_BUSY'], 'text': ''}}
    """
    cleaned = {}
    for code, body in given.items():
        section = BY_CODE.get(code)
        if section is None:
            raise BadDraft(field="sections", value=code)
        chosen = set(body.get("options", ()))
        unknown = chosen - set(section.options)
        text = str(body.get("text", "")).strip()
        if unknown or len(text) > MAX_TEXT:
            raise BadDraft(field=code, value=", ".join(sorted(unknown)) or text[:40])
        if chosen or text:
            cleaned[code] = {"options": [n for n in section.options if n in chosen], "text": text}
    return cleaned


def clean_tests(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return authenticity tests in the form that is stored; raise BadDraft.

    >>> clean_tests({"CALL_BACK": {"result": "PASS", "note": ""}})
    {'CALL_BACK': {'result': 'PASS', 'note': ''}}
    """
    cleaned = {}
    for code, body in given.items():
        result, note = str(body.get("result", "")), str(body.get("note", "")).strip()
        if code not in TESTS or (result and result not in RESULTS) or len(note) > MAX_NOTE:
            raise BadDraft(field=code, value=result[:40])
        if result:
            cleaned[code] = {"result": result, "note": note}
    return cleaned


def count_fails(tests: Mapping[str, Mapping[str, str]]) -> int:
    """Return how many authenticity tests failed.

    >>> count_fails({"CALL_BACK": {"result": "FAIL"}, "REVENUE_VS_VAT": {"result": "PASS"}})
    1
    """
    return sum(test.get("result") == TestResult.FAIL for test in tests.values())


def is_doubtful(tests: Mapping[str, Mapping[str, str]]) -> bool:
    """Tell whether so many tests failed that the papers are doubted (C.2: two fails = S06)."""
    return count_fails(tests) >= FAILS_FOR_SIGNAL


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the investigation proposes; the amount is in `currency`, empty texts mean none."""

    limit: Decimal | None = None
    currency: str = "CNY"
    term: str = ""
    security: str = ""
    conditions: str = ""
    review_on: date | None = None

    def as_stored(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {
            "limit": None if self.limit is None else str(self.limit),
            "currency": self.currency,
            "term": self.term,
            "security": self.security,
            "conditions": self.conditions,
            "review_on": self.review_on.isoformat() if self.review_on else None,
        }


def read_proposal(stored: Mapping[str, Any]) -> Proposal:
    """Return a stored proposal.

    >>> read_proposal(Proposal(Decimal("80000"), term="NET30").as_stored()).limit
    Decimal('80000')
    """
    limit, review_on = stored.get("limit"), stored.get("review_on")
    return Proposal(
        Decimal(limit) if limit is not None else None,
        stored.get("currency", "CNY"),
        stored.get("term", ""),
        stored.get("security", ""),
        stored.get("conditions", ""),
        date.fromisoformat(review_on) if review_on else None,
    )


def list_gaps(
    sections: Mapping[str, Any], tests: Mapping[str, Any], proposal: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return what is missing before it can be confirmed: (kind, code) pairs in report order.

    Every section has an option or words, every test a result ("not possible" is one), and the
    proposal a limit (0 refuses) and, above 0, a term and a day of review.

    >>> list_gaps({}, {}, {})[:2], len(list_gaps({}, {}, {}))
    ([('section', 'IDENTITY'), ('section', 'MANAGEMENT')], 20)
    """
    gaps = [("section", s.code) for s in SECTIONS if s.is_required and s.code not in sections]
    gaps += [("test", code) for code in TESTS if code not in tests]
    wanted = read_proposal(proposal)
    if wanted.limit is None:
        return [*gaps, ("proposal", "limit")]
    if wanted.limit > 0:
        parts: Sequence[tuple[str, Any]] = (("term", wanted.term), ("review_on", wanted.review_on))
        gaps += [("proposal", name) for name, value in parts if not value]
    return gaps
