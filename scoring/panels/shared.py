"""Figures as text, the same on every page of this app."""

from decimal import Decimal
from typing import Any

from common.figures import NOTHING, group_digits


def show_amount(amount: Decimal | None) -> str:
    """Show an amount of a statement; zero is a figure here, and what is missing is a dash."""
    return NOTHING if amount is None else group_digits(amount, 2)


def show_plain(text: Any) -> str:
    number = Decimal(str(text))
    return f"{number:,.2f}".rstrip("0").rstrip(".").replace("-", "−")
