"""The base of every plain list: paging, sorting marks, export links, one shared template."""

from typing import Any, ClassVar

import django_tables2 as tables
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from common import figures

PAGE_SIZES = (50, 100, 200)
DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 500


def is_number(text: str) -> bool:
    """Tell whether a text of the query is a whole number that an id or a count can be.

    `isdigit` alone lets ² through, which is no number, and a number of 5,000 digits.
    """
    return text.isascii() and text.isdigit() and len(text) < 18


def read_page_size(request: HttpRequest) -> int:
    """Return how many rows a page holds: `page_size` of the query, 1 to 500, else the default."""
    text = request.GET.get("page_size", "")
    size = int(text) if is_number(text) else DEFAULT_PAGE_SIZE
    return min(max(size, 1), MAX_PAGE_SIZE)


class BaseTable(tables.Table):  # type: ignore[misc]
    """A list that becomes cards on a phone.

    `caption` names the scroll region; `export_formats` become links that keep the filter, as
    `?export=csv` on the same address. A subclass writes `class Meta(BaseTable.Meta)`: the library
    does not inherit Meta by itself.
    """

    caption: ClassVar[Any] = _("Table")
    export_formats: ClassVar[tuple[str, ...]] = ()
    page_sizes: ClassVar[tuple[int, ...]] = PAGE_SIZES

    class Meta:
        template_name = "components/table.html"
        attrs: ClassVar[dict[str, str]] = {"class": "data cards"}
        empty_text = _("Nothing matches.")

    def paginate_for(self, request: HttpRequest) -> "BaseTable":
        """Sort and cut the list as the query of `request` says; a page too far is the last one."""
        tables.RequestConfig(
            request, paginate={"per_page": read_page_size(request), "silent": True}
        ).configure(self)
        self.page_size = read_page_size(request)
        return self


class MoneyColumn(tables.Column):  # type: ignore[misc]
    """An amount in full, right-aligned; `currency` names the accessor of its currency."""

    attrs: ClassVar[dict[str, Any]] = {
        "th": {"class": "num"},
        "td": {"class": "num"},
        "tf": {"class": "num"},
    }

    def __init__(self, *args: Any, currency: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("attrs", self.attrs)
        super().__init__(*args, **kwargs)
        self.currency_accessor = currency

    def render(self, value: Any, record: Any) -> str:
        currency = ""
        if self.currency_accessor:
            currency = str(tables.A(self.currency_accessor).resolve(record, quiet=True) or "")
        return figures.format_amount(value, currency)


class DayColumn(tables.Column):  # type: ignore[misc]
    """A day as tables say it: 2026-11-23."""

    attrs: ClassVar[dict[str, Any]] = {"td": {"class": "nowrap"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", self.attrs)
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> str:
        return figures.format_iso_day(value)


class MomentColumn(tables.Column):  # type: ignore[misc]
    """An instant to the minute."""

    def render(self, value: Any) -> str:
        return figures.format_moment(value)


class RatioColumn(tables.Column):  # type: ignore[misc]
    """A ratio as a percentage."""

    attrs: ClassVar[dict[str, Any]] = {"th": {"class": "num"}, "td": {"class": "num"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", self.attrs)
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> str:
        return figures.format_ratio(value)


class GradeColumn(tables.Column):  # type: ignore[misc]
    """A rating grade as its badge."""

    empty_values: ClassVar[tuple[Any, ...]] = ()

    def render(self, value: Any) -> SafeString:
        from common.templatetags.ui import grade_badge

        return grade_badge(value)


class StateColumn(tables.Column):  # type: ignore[misc]
    """A stored state as its badge, in the words of the model's choices where there are any."""

    def render(self, value: Any, record: Any, bound_column: Any) -> SafeString:
        from common.templatetags.ui import state_badge

        code = getattr(record, bound_column.name, value)
        return state_badge(code, value if value != code else "")


class NameColumn(tables.Column):  # type: ignore[misc]
    """A name that links to the row's page, with a small second line below it."""

    def __init__(self, *args: Any, second: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("linkify", True)
        super().__init__(*args, **kwargs)
        self.second = second

    def render(self, value: Any, record: Any) -> SafeString:
        below = tables.A(self.second).resolve(record, quiet=True) if self.second else ""
        if not below:
            return format_html("{}", value)
        return format_html('{}<span class="sub">{}</span>', value, below)
