"""Size, segment and duplicates of customers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.duplicates import DuplicateKind, Identity, list_duplicates, normalise_name
from customers.domain.segmentation import CustomerTurnover, list_core_customers
from customers.domain.size_class import FLOORS, Figures, SizeClass, SizeIndustry, size_class

ORDER = list(SizeClass)


class TestSizeClass:
    @pytest.mark.parametrize("industry", SizeIndustry)
    def test_exactly_the_floor_reaches_the_class(self, industry: SizeIndustry) -> None:
        for size, floor in FLOORS[industry].items():
            figures = Figures(floor.employees, floor.revenue, floor.assets)
            assert size_class(industry, figures) is size

    @given(st.sampled_from(SizeIndustry), st.integers(0, 2000), st.integers(0, 10**9))
    def test_growing_never_makes_smaller(
        self, industry: SizeIndustry, employees: int, yuan: int
    ) -> None:
        small = Figures(employees, Decimal(yuan), Decimal(yuan))
        large = Figures(employees + 1, Decimal(yuan + 1), Decimal(yuan + 1))
        one, other = size_class(industry, small), size_class(industry, large)
        assert one is not None
        assert other is not None
        assert ORDER.index(one) <= ORDER.index(other)

    def test_an_unknown_figure_leaves_the_size_unknown(self) -> None:
        assert size_class(SizeIndustry.RETAIL, Figures(employees=10)) is None
        assert size_class(SizeIndustry.OTHER, Figures(employees=10)) is SizeClass.SMALL


turnovers = st.lists(st.integers(0, 10**6), max_size=15).map(
    lambda amounts: [CustomerTurnover(f"C{i:02}", Decimal(a)) for i, a in enumerate(amounts)]
)


class TestListCoreCustomers:
    @given(turnovers)
    def test_is_the_smallest_set_that_reaches_the_share(
        self, customers: list[CustomerTurnover]
    ) -> None:
        core = list_core_customers(customers)
        by_code = {c.code: c.turnover for c in customers}
        total = sum(by_code.values())
        reached = [by_code[code] for code in core]
        assert sum(reached) * 10 >= total * 8
        if core:
            assert (sum(reached) - reached[-1]) * 10 < total * 8
            assert min(reached) >= max((t for c, t in by_code.items() if c not in core), default=0)

    def test_a_long_relationship_is_core_without_turnover(self) -> None:
        old = CustomerTurnover("OLD", Decimal(0), 10)
        assert list_core_customers([CustomerTurnover("A", Decimal(5)), old]) == ["A", "OLD"]
        assert list_core_customers([]) == []


class TestListDuplicates:
    NEW = Identity("C9", "示例（上海）科技有限责任公司", "91310000MA1X00076R", (), ("6222 01",))

    def test_the_same_code_is_an_error_and_comes_first(self) -> None:
        found = list_duplicates(
            self.NEW,
            [
                Identity("C1", "示例(上海)科技有限公司"),
                Identity("C2", "其他公司", "9131 0000-ma1x00076r"),
                Identity("C3", "第三公司", bank_accounts=("622201",)),
                Identity("C9", self.NEW.name, self.NEW.uscc),
            ],
        )
        assert [(d.code, d.kind) for d in found] == [
            ("C2", DuplicateKind.SAME_USCC),
            ("C1", DuplicateKind.SAME_NAME),
            ("C3", DuplicateKind.SAME_BANK_ACCOUNT),
        ]
        assert [d.is_error for d in found] == [True, False, False]

    def test_a_former_name_counts(self) -> None:
        other = Identity("C1", "新名称公司", former_names=("示例上海科技有限公司",))
        assert [d.kind for d in list_duplicates(self.NEW, [other])] == [DuplicateKind.SAME_NAME]

    def test_unknown_values_are_not_equal(self) -> None:
        assert list_duplicates(Identity("A", "甲"), [Identity("B", "乙")]) == []

    @given(st.text(max_size=40))
    def test_normalising_twice_changes_nothing(self, name: str) -> None:
        once = normalise_name(name)
        assert not any(c.isspace() for c in once)
        assert normalise_name(f" {name} ") == once
