"""The checklist: tiers at their edges, what satisfies a line, until when, and the share that is good."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from customers.domain.checklist import (
    BUNDLE_CN,
    BUNDLE_FOREIGN,
    CHECKLIST,
    LINES,
    Need,
    Tier,
    get_tier,
)
from customers.domain.completeness import (
    CheckDone,
    Completeness,
    Evidence,
    LineResult,
    Paper,
    StatementPeriod,
    Status,
    evaluate_checklist,
    get_good_until,
    list_reminders,
)

DAY = date(2026, 6, 1)


def paper(code: str, **changes: object) -> Paper:
    return replace(Paper(1, code, "VERIFIED", DAY, DAY), **changes)  # type: ignore[arg-type]


def line(code: str, evidence: Evidence, tier: Tier = Tier.T2, as_of: date = DAY) -> LineResult:
    done = evaluate_checklist(tier, evidence, as_of=as_of)
    return next(result for result in done.lines if result.line.code == code)


def everything(tier: Tier, **changes: object) -> Evidence:
    """A file that lacks nothing on DAY."""
    codes = [x.code for x in CHECKLIST if x.need(tier) is Need.MANDATORY]
    papers = [Paper(n, code, "VERIFIED", DAY, DAY) for n, code in enumerate(codes)]
    return replace(Evidence(papers=papers), **changes)  # type: ignore[arg-type]


class TestTier:
    @pytest.mark.parametrize(
        ("amount", "risk", "foreign", "member", "tier"),
        [
            (None, None, False, False, "T0"),
            ("0", "5", True, True, "T0"),
            ("0.01", None, False, False, "T1"),
            ("50000", 3, False, False, "T1"),
            ("50000.01", 3, False, False, "T2"),
            ("500000", None, False, False, "T2"),
            ("500000.01", None, False, False, "T3"),
            ("1", 4, False, False, "T3"),
            ("1", "D", False, False, "T3"),
            ("1", 1, True, False, "T3"),
            ("9000000", 5, True, True, "TP"),
        ],
    )
    def test_follows_amount_risk_and_place(
        self, amount: str | None, risk: object, foreign: bool, member: bool, tier: str
    ) -> None:
        asked = None if amount is None else Decimal(amount)
        assert get_tier(asked, risk, foreign, member) == tier  # type: ignore[arg-type]


class TestTable:
    def test_is_the_specified_one(self) -> None:
        mandatory = {
            tier: [x.code for x in CHECKLIST if x.need(tier) is Need.MANDATORY] for tier in Tier
        }
        t1 = ["D01", "D02", "D04", "D05", "D06", "D10", "D15", "D20"]
        assert mandatory[Tier.T0] == []
        assert mandatory[Tier.T1] == t1
        assert mandatory[Tier.T2] == sorted([*t1, "D03", "D07", "D09", "D11"])
        assert mandatory[Tier.T3] == sorted([*mandatory[Tier.T2], "D08", "D12", "D13", "D17"])
        assert mandatory[Tier.TP] == sorted({*t1, "D03", "D12", "D19", "D21"} - {"D06"})
        assert {x.code: x.weight for x in CHECKLIST if x.weight != 1} == {"D07": 2, "D10": 2}


class TestShare:
    @pytest.mark.parametrize("tier", [Tier.T1, Tier.T2, Tier.T3, Tier.TP])
    def test_is_whole_when_every_mandatory_line_is_good(self, tier: Tier) -> None:
        done = evaluate_checklist(tier, everything(tier), as_of=DAY)
        assert done.ratio == Decimal("1.0000")
        assert done.missing == ()

    def test_counts_statements_and_lists_twice(self) -> None:
        full = everything(Tier.T2)
        without = [p for p in full.papers if p.code not in ("D07", "D10")]
        # T2: twelve mandatory lines, two of them double: 14; four of them gone.
        assert evaluate_checklist(Tier.T2, Evidence(papers=without), as_of=DAY).ratio == Decimal(
            "0.7143"
        )

    def test_optional_lines_change_nothing(self) -> None:
        file = Evidence(papers=[paper("D14")])
        assert evaluate_checklist(Tier.T2, file, as_of=DAY).ratio == Decimal("0.0000")

    def test_prepaid_asks_for_nothing(self) -> None:
        assert evaluate_checklist(Tier.T0, Evidence(), as_of=DAY) == Completeness(Tier.T0)

    @pytest.mark.parametrize(
        ("code", "condition"),
        [("D16", "has_security"), ("D18", "is_insured"), ("D19", "is_person")],
    )
    def test_conditional_lines_are_mandatory_where_they_apply(
        self, code: str, condition: str
    ) -> None:
        plain = evaluate_checklist(Tier.T2, Evidence(), as_of=DAY)
        asked = evaluate_checklist(Tier.T2, Evidence(**{condition: True}), as_of=DAY)
        assert code not in [x.line.code for x in plain.lines]
        assert code in [x.line.code for x in asked.missing]


class TestDocuments:
    @pytest.mark.parametrize(
        ("code", "changes", "end"),
        [
            ("D02", {}, date(2026, 8, 30)),
            ("D02", {"valid_to": date(2026, 7, 1)}, date(2026, 7, 1)),
            ("D01", {"valid_to": date(2040, 1, 1)}, date(2027, 6, 1)),
            ("D01", {"valid_to": date(2026, 9, 9)}, date(2026, 9, 9)),
            ("D05", {}, None),
            ("D03", {"valid_to": date(2030, 1, 1)}, date(2030, 1, 1)),
            ("D07", {"dated": date(2025, 12, 31)}, date(2027, 6, 30)),
            ("D13", {}, date(2026, 11, 28)),
        ],
    )
    def test_are_good_until_their_term(
        self, code: str, changes: dict[str, date], end: date
    ) -> None:
        assert get_good_until(LINES[code], paper(code, **changes)) == end

    def test_a_declaration_ends_with_a_newer_application(self) -> None:
        old = paper("D20", dated=date(2026, 1, 1))
        assert get_good_until(LINES["D20"], old, applied_on=date(2026, 1, 31)) is None
        assert get_good_until(LINES["D20"], old, applied_on=date(2026, 2, 1)) == date(2026, 1, 1)

    def test_the_last_day_counts_and_the_next_does_not(self) -> None:
        file = Evidence(papers=[paper("D02")])
        assert line("D02", file, as_of=date(2026, 8, 30)).status is Status.GOOD
        late = line("D02", file, as_of=date(2026, 8, 31))
        assert (late.status, late.lacks[0][0]) == (Status.EXPIRED, "EXPIRED")

    @pytest.mark.parametrize(
        ("state", "status"),
        [
            ("UPLOADED", Status.WAITS),
            ("SUBMITTED", Status.WAITS),
            ("REJECTED", Status.REFUSED),
            ("DOUBTED", Status.DOUBTED),
            ("SUPERSEDED", Status.MISSING),
            ("EXPIRED", Status.EXPIRED),
        ],
    )
    def test_only_verified_ones_count(self, state: str, status: Status) -> None:
        assert line("D06", Evidence(papers=[paper("D06", state=state)])).status is status

    def test_a_good_one_counts_whatever_else_lies_there(self) -> None:
        file = Evidence(papers=[paper("D06"), paper("D06", id=2, state="REJECTED")])
        assert line("D06", file).paper_id == 1


class TestStatements:
    YEARS = tuple(StatementPeriod(date(y, 12, 31), 12) for y in (2025, 2024, 2023))

    def test_one_year_is_enough_for_t2_and_three_in_a_row_for_t3(self) -> None:
        assert line("D07", Evidence(statements=self.YEARS[:1])).is_good
        assert line("D07", Evidence(statements=self.YEARS), Tier.T3).is_good
        short = line("D07", Evidence(statements=self.YEARS[:2]), Tier.T3)
        assert short.lacks == (("FEW_YEARS", {"count": 2, "wanted": 3}),)
        gap = (self.YEARS[0], self.YEARS[2], StatementPeriod(date(2022, 12, 31), 12))
        assert line("D07", Evidence(statements=gap), Tier.T3).lacks[0][1]["count"] == 1

    def test_an_old_year_needs_figures_from_within_the_year(self) -> None:
        year = self.YEARS[:1]
        assert line("D07", Evidence(statements=year), as_of=date(2026, 9, 30)).is_good
        stale = line("D07", Evidence(statements=year), as_of=date(2026, 10, 1))
        assert [reason for reason, _ in stale.lacks] == ["NO_INTERIM"]
        half = (*year, StatementPeriod(date(2026, 6, 30), 6))
        fresh = line("D07", Evidence(statements=half), as_of=date(2026, 10, 1))
        assert (fresh.is_good, fresh.good_until) == (True, date(2027, 6, 30))

    def test_ends_eighteen_months_after_the_period(self) -> None:
        half = (self.YEARS[0], StatementPeriod(date(2026, 12, 31), 6))
        assert line("D07", Evidence(statements=half), as_of=date(2027, 6, 30)).is_good
        assert (
            line("D07", Evidence(statements=half), as_of=date(2027, 7, 1)).status is Status.EXPIRED
        )

    def test_february_ends_on_two_days(self) -> None:
        ends = (date(2025, 2, 28), date(2024, 2, 29), date(2023, 2, 28))
        file = Evidence(statements=tuple(StatementPeriod(end, 12) for end in ends))
        assert line("D07", file, Tier.T3, as_of=date(2025, 6, 1)).is_good


class TestOwnKnowledge:
    def test_references_of_enough_sources_within_a_year(self) -> None:
        days = (DAY, DAY - timedelta(days=365), DAY - timedelta(days=366))
        assert line("D09", Evidence(references=days)).good_until == DAY
        few = line("D09", Evidence(references=days), Tier.T3)
        assert few.lacks == (("FEW_REFERENCES", {"count": 2, "wanted": 3}),)

    def test_every_list_of_the_bundle_within_thirty_days(self) -> None:
        checks = [CheckDone(kind, DAY - timedelta(days=30)) for kind in BUNDLE_CN]
        assert line("D10", Evidence(checks=checks)).good_until == DAY
        assert not line("D10", Evidence(checks=checks), as_of=DAY + timedelta(days=1)).is_good
        assert line("D10", Evidence(checks=checks[1:])).lacks[0][1]["kinds"] == ("REGISTRY_STATUS",)
        unclear = [*checks[1:], replace(checks[0], is_conclusive=False)]
        assert not line("D10", Evidence(checks=unclear)).is_good

    def test_seven_days_before_the_first_order(self) -> None:
        checks = [CheckDone(kind, DAY - timedelta(days=8)) for kind in BUNDLE_CN]
        assert line("D10", Evidence(checks=checks)).is_good
        assert not line("D10", Evidence(checks=checks, before_first_order=True)).is_good

    def test_abroad_other_lists_count(self) -> None:
        checks = [CheckDone(kind, DAY) for kind in BUNDLE_FOREIGN]
        assert line("D10", Evidence(checks=checks, is_foreign=True), Tier.T3).is_good
        assert not line("D10", Evidence(checks=checks)).is_good

    def test_a_call_back_and_a_litigation_search_stand_for_papers(self) -> None:
        file = Evidence(
            account_verified_on=DAY, checks=[CheckDone("LITIGATION", DAY - timedelta(days=30))]
        )
        assert line("D05", file).source == "ACCOUNT"
        assert line("D11", file).good_until == DAY

    def test_a_document_stands_for_knowledge_and_the_longer_one_counts(self) -> None:
        file = Evidence(papers=[paper("D11")], checks=[CheckDone("LITIGATION", DAY - timedelta(5))])
        assert (line("D11", file).source, line("D11", file).good_until) == (
            "DOCUMENT", DAY + timedelta(days=30),
        )  # fmt: skip


class TestReminders:
    @pytest.mark.parametrize(
        ("left", "due"),
        [(61, []), (60, [60]), (31, [60]), (30, [30]), (8, [30]), (7, [7]), (0, [7]), (-1, [])],
    )
    def test_come_at_sixty_thirty_and_seven_days(self, left: int, due: list[int]) -> None:
        assert list_reminders(DAY + timedelta(days=left), as_of=DAY) == due
