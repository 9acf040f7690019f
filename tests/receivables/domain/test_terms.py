"""Payment terms, discounts, statutory checks and document shapes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.parsing import CellError
from common.workdays import CN_2025_2026
from customers.domain.size_class import SizeClass
from receivables.domain.cash_discount import settle_with_discount
from receivables.domain.documents import (
    DocType,
    check_sign,
    check_sum,
    check_tax_invoice_no,
)
from receivables.domain.statutory_terms import BuyerKind, Jurisdiction, check_statutory_term
from receivables.domain.terms import (
    InvalidTerm,
    PaymentTerm,
    TermKind,
    TermLine,
    days_past_due,
    due_lines,
    effective_due_date,
    nominal_due_date,
    read_term,
)

bases = st.dates(date(2025, 1, 1), date(2026, 9, 30))
terms = st.one_of(
    st.builds(PaymentTerm, st.sampled_from([TermKind.NET, TermKind.LC, TermKind.BILL]),
              days=st.integers(0, 180)),
    st.builds(PaymentTerm, st.just(TermKind.MONTHS), months=st.integers(0, 6)),
    st.builds(PaymentTerm, st.just(TermKind.EOM), days=st.integers(0, 90)),
    st.builds(PaymentTerm, st.just(TermKind.MONTHLY), months=st.integers(1, 4),
              cutoff_day=st.integers(1, 31), day=st.integers(1, 31)),
    st.sampled_from([PaymentTerm(TermKind.COD), PaymentTerm(TermKind.PREPAID)]),
)  # fmt: skip


class TestDueDates:
    @given(terms, bases)
    def test_a_term_never_grants_more_than_its_longest(self, term: PaymentTerm, base: date) -> None:
        assert 0 <= (nominal_due_date(term, base) - base).days <= term.longest_days()

    @given(terms, bases)
    def test_the_effective_date_is_the_next_workday(self, term: PaymentTerm, base: date) -> None:
        nominal, effective = nominal_due_date(term, base), effective_due_date(term, base)
        assert effective >= nominal
        assert CN_2025_2026.is_workday(effective)
        between = (nominal + timedelta(days=i) for i in range((effective - nominal).days))
        assert not any(CN_2025_2026.is_workday(d) for d in between)

    @given(
        st.integers(-(10**9), 10**9),
        st.lists(st.integers(1, 50), min_size=1, max_size=6),
        bases,
    )
    def test_instalments_sum_to_the_total(self, cents: int, parts: list[int], base: date) -> None:
        shares = [Decimal(part) for part in parts[:-1]]
        if sum(shares) >= 100:
            return
        shares.append(100 - sum(shares, Decimal(0)))
        lines = tuple(TermLine(share, 30 * i) for i, share in enumerate(shares))
        total = Decimal(cents).scaleb(-2)
        found = due_lines(PaymentTerm(TermKind.INSTALMENTS, lines=lines), total, "CNY", base)
        assert sum(line.amount for line in found) == total
        assert [line.number for line in found] == list(range(1, len(shares) + 1))

    @pytest.mark.parametrize(
        "fields",
        [
            {"kind": TermKind.NET, "days": -1},
            {"kind": TermKind.FIXED},
            {"kind": TermKind.INSTALMENTS},
            {"kind": TermKind.INSTALMENTS, "lines": (TermLine(Decimal(99), 0),)},
            {"kind": TermKind.MONTHLY, "day": 32},
        ],
    )
    def test_refuses_parts_that_do_not_fit(self, fields: dict) -> None:
        with pytest.raises(InvalidTerm):
            PaymentTerm(**fields)

    def test_reads_stored_rows(self) -> None:
        term = read_term(
            "instalments", {"lines": [{"pct": "30", "days": 0}, {"pct": 70, "days": 9}]}
        )
        assert term.lines == (TermLine(Decimal(30), 0), TermLine(Decimal(70), 9))
        assert read_term("fixed", {"date": "2025-07-01"}).fixed_date == date(2025, 7, 1)
        for kind, params in (("never", {}), ("eom", {"mode": "x"}), ("net", {"days": "x"})):
            with pytest.raises(InvalidTerm):
                read_term(kind, params)

    def test_days_past_due_start_after_the_due_date(self) -> None:
        due = date(2025, 8, 13)
        assert [days_past_due(due, as_of=due + timedelta(days=n)) for n in (-1, 0, 1)] == [0, 0, 1]


class TestSettleWithDiscount:
    @given(st.integers(1, 10**8), st.integers(0, 2 * 10**8), st.integers(0, 30), st.integers(0, 60))
    def test_nothing_is_lost(self, invoice: int, paid: int, pct: int, day: int) -> None:
        gross, money = Decimal(invoice).scaleb(-2), Decimal(paid).scaleb(-2)
        base = date(2025, 3, 3)
        found = settle_with_discount(
            gross, Decimal(pct), base, 10, base + timedelta(days=day), money
        )
        left = money + found.discount_granted + found.residual_open - found.overpaid
        assert left == gross
        assert min(found.discount_granted, found.residual_open, found.overpaid) >= 0
        if day > 10:
            assert found.discount_granted == 0


class TestCheckStatutoryTerm:
    def check(self, kind: BuyerKind, days: int | None, on: date, **changes: object) -> list[str]:
        fields: dict = {"pay_when_paid": False, "jurisdiction": Jurisdiction.CN} | changes
        found = check_statutory_term(SizeClass.SMALL, kind, days, contract_date=on, **fields)
        return [finding.code for finding in found]

    def test_the_rules_begin_on_their_days(self) -> None:
        large = BuyerKind.LARGE_ENTERPRISE
        assert self.check(large, 90, date(2025, 6, 1)) == ["CN_SME_OVER_60_REASONABLENESS"]
        assert self.check(large, 90, date(2025, 5, 31)) == []
        assert self.check(BuyerKind.PUBLIC_INSTITUTION, 61, date(2020, 8, 31)) == []

    def test_sixty_days_are_inside(self) -> None:
        assert self.check(BuyerKind.PUBLIC_INSTITUTION, 60, date(2025, 7, 1)) == []
        assert self.check(BuyerKind.PUBLIC_INSTITUTION, 61, date(2025, 7, 1)) == ["CN_SME_MAX_60"]

    def test_european_authorities_have_thirty(self) -> None:
        public, eu = BuyerKind.PUBLIC_INSTITUTION, Jurisdiction.EU
        found = [self.check(public, n, date(2025, 7, 1), jurisdiction=eu) for n in (30, 31, 61)]
        assert found == [[], ["EU_LPD_PUBLIC_OVER_30_SPECIAL"], ["EU_LPD_PUBLIC_MAX_60"]]


class TestDocuments:
    @pytest.mark.parametrize("doc_type", DocType)
    def test_each_kind_has_one_sign(self, doc_type: DocType) -> None:
        sign = -1 if doc_type in {DocType.CN, DocType.ADV} else 1
        check_sign(doc_type, Decimal(sign))
        for wrong in (Decimal(-sign), Decimal(0)):
            with pytest.raises(CellError) as refusal:
                check_sign(doc_type, wrong)
            assert refusal.value.code == "SIGN"

    def test_gross_may_lie_one_hundredth_off(self) -> None:
        check_sum(Decimal(100), Decimal(13), Decimal("112.99"))
        with pytest.raises(CellError) as refusal:
            check_sum(Decimal(100), Decimal(13), Decimal("113.02"))
        assert refusal.value.code == "SUM_MISMATCH"

    def test_tax_invoice_numbers_have_8_or_20_digits(self) -> None:
        assert check_tax_invoice_no(" 12345678 ") == "12345678"
        assert check_tax_invoice_no("2" * 20) == "2" * 20
        for number, code in (("1234567", "LENGTH"), ("1234567A", "ALPHABET")):
            with pytest.raises(CellError) as refusal:
                check_tax_invoice_no(number)
            assert refusal.value.code == code
