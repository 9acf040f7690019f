"""Which customers and rows an aging keeps."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgingFilter:
    """Which customers and rows a report keeps. Empty means all.

    `bucket` is the position of an age range (0 is not due, when the report has that); only rows with
    an amount there are kept. `customer_ids` is for what another app knows, such as a grade.
    """

    q: str = ""
    owner: str = ""
    region: str = ""
    company: str = ""
    customer: str = ""
    customer_ids: Collection[int] | None = None
    is_overdue: bool = False
    bucket: int | None = None

    @property
    def narrows_customers(self) -> bool:
        """Whether the filter asks for some customers only."""
        return bool(
            self.q or self.owner or self.region or self.customer or self.customer_ids is not None
        )
