"""What is still to be delivered, and what is delivered and not invoiced."""

from decimal import Decimal

from receivables.domain.orders import DeliveredLine, OrderLine, delivered_value, open_order_value


def line(ordered: str, delivered: str = "0", cancelled: str = "0", tax: str = "13") -> OrderLine:
    return OrderLine(
        Decimal(ordered), Decimal(delivered), Decimal(cancelled), Decimal(200), Decimal(tax)
    )


class TestOpenOrderValue:
    def test_counts_what_is_neither_delivered_nor_cancelled_with_tax(self) -> None:
        assert open_order_value([line("100", "40", "10")]) == Decimal("11300.00")

    def test_a_line_delivered_beyond_its_order_counts_nothing(self) -> None:
        assert open_order_value([line("1", "5"), line("1")]) == Decimal("226.00")

    def test_freight_bears_the_highest_tax_of_what_is_open(self) -> None:
        lines = [line("1", "1", tax="13"), line("1", tax="6"), line("1", tax="9")]
        assert open_order_value(lines, Decimal(100)) == Decimal("539.00")
        assert open_order_value([line("1", "1")], Decimal(100)) == 0

    def test_rounds_once_to_the_currency(self) -> None:
        assert open_order_value([line("0.0333"), line("0.0333")], currency="JPY") == 15


class TestDeliveredValue:
    def test_counts_what_the_customer_kept(self) -> None:
        kept = [DeliveredLine(Decimal("1.5"), Decimal("80.25"), Decimal(13))]
        assert delivered_value(kept) == Decimal("136.02")
        assert delivered_value([]) == 0
