"""What the models must know of a customer besides its figures: sector, listing, age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

# GB/T 4754-2017 divisions (two digits) by section: only those that change a rule.
_MANUFACTURING_DIVISIONS = range(13, 44)
_FINANCE_DIVISIONS = range(66, 70)
_GOVERNMENT_DIVISIONS = range(91, 97)

_FINANCIAL_SECTORS = frozenset({"financial", "bank", "insurance", "fund", "government"})


@dataclass(frozen=True)
class Profile:
    """Sector and listing of a customer.

    ``industry`` is a GB/T 4754 code: a section letter ("C"), letter and division ("C34"), or the
    bare division and class ("3411"). ``sector`` is a free word used when the code is not known
    ("manufacturing", "trade", "financial"). ``suspended_days`` counts days of halted trading.
    """

    is_listed: bool = False
    industry: str = ""
    sector: str = ""
    founded: date | None = None
    suspended_days: int = 0

    @property
    def is_manufacturing(self) -> bool:
        """Tell whether the customer makes things (section C).

        >>> Profile(industry="C34").is_manufacturing, Profile(industry="3411").is_manufacturing
        (True, True)
        """
        if not self.industry:
            return self.sector.lower() == "manufacturing"
        return self._section() == "C"

    @property
    def is_scope_excluded(self) -> bool:
        """Tell whether the classic models do not apply (E9: banks, insurers, funds, government).

        >>> Profile(industry="J66").is_scope_excluded
        True
        """
        return self._section() in ("J", "S") or self.sector.lower() in _FINANCIAL_SECTORS

    def _section(self) -> str:
        code = self.industry.strip().upper()
        if code[:1].isalpha():
            return code[:1]
        if not code[:2].isdigit() or len(code) < 2:
            return ""
        division = int(code[:2])
        if division in _MANUFACTURING_DIVISIONS:
            return "C"
        if division in _FINANCE_DIVISIONS:
            return "J"
        return "S" if division in _GOVERNMENT_DIVISIONS else ""
