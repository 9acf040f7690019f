"""Model fields that the whole house shares, so that an amount is stored in one way only."""

from typing import Any

from django.db import models


class MoneyField(models.DecimalField):
    """An amount of money, up to 10^17 with three decimals (KWD and BHD have three).

    Rounding to the currency's own minor unit is the service's duty (`common.money`).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 20)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)


class RatioField(models.DecimalField):
    """A ratio; 0.125 is 12.5 %."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 8)
        super().__init__(*args, **kwargs)


class CurrencyField(models.CharField):
    """An ISO 4217 code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 3)
        super().__init__(*args, **kwargs)


class CodeField(models.CharField):
    """A stored code: UPPERCASE, stable, never shown as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        super().__init__(*args, **kwargs)
