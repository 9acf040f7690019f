"""The vocabulary of facts: what a value must look like, and when two sources contradict each other."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.checklist import CHECKLIST
from customers.domain.facts import (
    FIELDS,
    BadValue,
    FieldKind,
    Said,
    UnknownField,
    Value,
    find_conflicts,
    measure_difference,
    read_value,
)
from customers.words.dossier import FIELD_LABELS, LINE_LABELS

DAY = date(2026, 6, 30)


def said(
    pk: int, value: str, source: str, name: str = "", field: str = "REVENUE", day: date = DAY
) -> Said:
    return Said(pk, field, day, source, name, read_value(field, value))


class TestVocabulary:
    def test_has_words_for_every_field_and_line(self) -> None:
        assert set(FIELD_LABELS) == set(FIELDS)
        assert {str(FIELD_LABELS[c]) for c in FIELDS} == {f.label for f in FIELDS.values()}
        assert {x.code: x.label for x in CHECKLIST}.items() <= {
            code: str(words) for code, words in LINE_LABELS.items()
        }.items()

    def test_says_who_reads_each_field(self) -> None:
        assert all(field.used_by for field in FIELDS.values())


class TestReadValue:
    @pytest.mark.parametrize(
        ("field", "text", "stored"),
        [
            ("REVENUE", "１，２５０，０００．５０", "1250000.5"),
            ("revenue", "0", "0"),
            ("GROSS_MARGIN_PCT", "-3.5%", "-3.5"),
            ("EMPLOYEES", "1,200", "1200"),
            ("FOUNDED", "2011年5月18日", "2011-05-18"),
            ("AGENCY_GRADE", "bbb+", "BBB+"),
            ("CONTROLLER", "  Li   Ming ", "Li Ming"),
        ],
    )
    def test_stores_one_form(self, field: str, text: str, stored: str) -> None:
        assert read_value(field, text).text == stored

    @pytest.mark.parametrize(
        ("field", "text"),
        [
            ("REVENUE", "-1"), ("REVENUE", "1e9"), ("REVENUE", "NaN"), ("REVENUE", "9" * 400),
            ("REVENUE", "1.234,56"), ("EMPLOYEES", "1.5"), ("PAYDEX", "101"), ("CAPACITY_USE", "100.01"),
            ("FOUNDED", "01/07/2025"), ("FOUNDED", "2025-02-30"), ("PREMISES", "castle"),
            ("CONTROLLER", " "), ("CONTROLLER", "x" * 501), ("TAX_GRADE", ""),
        ],
    )  # fmt: skip
    def test_refuses_the_rest(self, field: str, text: str) -> None:
        with pytest.raises(BadValue):
            read_value(field, text)

    def test_refuses_an_unknown_field(self) -> None:
        with pytest.raises(UnknownField):
            read_value("SHOE_SIZE", "42")

    @given(st.sampled_from(sorted(FIELDS)), st.text(max_size=60))
    def test_never_fails_otherwise_and_reads_its_own_writing(self, field: str, text: str) -> None:
        try:
            value = read_value(field, text)
        except BadValue:
            return
        assert read_value(field, value.text).text == value.text


class TestConflicts:
    def test_begin_above_ten_percent(self) -> None:
        base = Value("100", Decimal(100))
        assert measure_difference("REVENUE", base, Value("90", Decimal(90))) is None
        assert measure_difference("REVENUE", Value("89.99", Decimal("89.99")), base) == Decimal(
            "0.1001"
        )
        assert measure_difference("REVENUE", Value("0", Decimal(0)), Value("0", Decimal(0))) is None
        assert measure_difference("REVENUE", Value("0", Decimal(0)), base) == Decimal("1.0000")

    def test_of_words_ignore_how_they_are_written(self) -> None:
        same = Value("示例市示例路８号"), Value("示例市 示例路8号")
        assert measure_difference("REGISTERED_ADDRESS", *same) is None
        assert measure_difference("PREMISES", Value("OWNED"), Value("RENTED")) == 1

    @given(st.decimals(0, 10**12, places=2), st.decimals(0, 10**12, places=2))
    def test_are_symmetric(self, one: Decimal, other: Decimal) -> None:
        first, second = Value(str(one), one), Value(str(other), other)
        assert measure_difference("REVENUE", first, second) == measure_difference(
            "REVENUE", second, first
        )

    def test_are_between_different_sources_of_one_day(self) -> None:
        facts = [
            said(1, "100", "OFFICIAL"),
            said(2, "50", "AGENCY"),
            said(3, "50", "INTERNAL", day=date(2025, 6, 30)),
            said(4, "105", "THIRD_PARTY"),
        ]
        assert [(a.id, b.id, d) for a, b, d in find_conflicts(facts)] == [
            (1, 2, Decimal("0.5000")), (2, 4, Decimal("0.5238")),
        ]  # fmt: skip

    def test_a_source_that_corrects_itself_is_believed_last(self) -> None:
        facts = [
            said(1, "100", "OFFICIAL", "a"),
            said(2, "50", "OFFICIAL", "a"),
            said(3, "50", "AGENCY"),
        ]
        assert find_conflicts(facts) == []
        assert FIELDS["REVENUE"].kind is FieldKind.NUMBER
