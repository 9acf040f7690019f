"""The list of ratings as a table."""

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.figures import NOTHING
from common.tables import BaseTable, DayColumn, MoneyColumn
from common.templatetags.ui import delta, grade_badge, state_badge
from scoring.domain.grades import LETTERS
from scoring.models import Rating
from scoring.texts import BAND_TONES, BANDS, show_score

_NUMBER: dict[str, Any] = {"th": {"class": "num"}, "td": {"class": "num"}}

_Z: dict[str, Any] = {"th": {"class": "num"}, "td": {"class": "num nowrap"}}
_DAY: dict[str, Any] = {"td": {"class": "nowrap"}}


class RatingTable(BaseTable):
    """Ratings in force: grade, score, Z″ and how they moved."""

    caption = _("Ratings in force")

    name = tables.Column(
        accessor="customer__display_name",
        verbose_name=_("Customer"),
        order_by="customer__pinyin",
        linkify=("customer_rating", {"code": tables.A("customer__code")}),
        attrs={"td": {"class": "rating-name"}},
    )
    grade = tables.Column(verbose_name=_("Grade"), order_by=("score",))
    score = tables.Column(verbose_name=_("Score"), attrs=_NUMBER)
    change = tables.Column(
        verbose_name=_("Change"), attrs=_NUMBER, empty_values=(), orderable=False
    )
    financial_score = tables.Column(verbose_name=_("Financial"), attrs=_NUMBER)
    behaviour_score = tables.Column(verbose_name=_("Behaviour"), attrs=_NUMBER)
    qualitative_score = tables.Column(verbose_name="5C", attrs=_NUMBER)
    external_score = tables.Column(verbose_name=_("External"), attrs=_NUMBER)
    z_value = tables.Column(verbose_name="Z", attrs=_Z, empty_values=())
    suggested_limit = MoneyColumn(verbose_name=_("Suggested limit"), currency="limit_currency")
    limit_currency = tables.Column(verbose_name=_("Currency"), orderable=False)
    valid_to = DayColumn(verbose_name=_("Valid until"), attrs=_DAY)

    class Meta(BaseTable.Meta):
        model = Rating
        sequence = (
            "name", "grade", "score", "change", "financial_score", "behaviour_score",
            "qualitative_score", "external_score", "z_value", "suggested_limit",
            "limit_currency", "valid_to",
        )  # fmt: skip
        fields = sequence
        order_by = "-score"

    def __init__(self, *args: Any, as_of: Any = None, **kwargs: Any) -> None:
        self.day = as_of
        super().__init__(*args, **kwargs)

    def render_name(self, value: Any, record: Rating) -> SafeString:
        customer = record.customer
        watch = state_badge("WATCH") if customer.state == "WATCH" else ""
        return format_html('{} {}<span class="sub">{}</span>', value, watch, customer.code)

    def render_financial_score(self, value: Any) -> str:
        return show_score(value)

    def render_behaviour_score(self, value: Any) -> str:
        return show_score(value)

    def render_qualitative_score(self, value: Any) -> str:
        return show_score(value)

    def render_external_score(self, value: Any) -> str:
        return show_score(value)

    def render_grade(self, record: Rating) -> SafeString:
        return show_move(record)

    def render_score(self, value: Any) -> str:
        return show_score(value)

    def render_change(self, record: Any) -> SafeString | str:
        return delta(record.change) if getattr(record, "change", None) is not None else NOTHING

    def render_z_value(self, record: Rating) -> SafeString | str:
        if record.z_value is None:
            return NOTHING
        return format_html(
            '{} <span class="state tone-{}">{}</span>',
            show_score(record.z_value, 2),
            BAND_TONES.get(record.z_band, "grey"),
            BANDS.get(record.z_band, record.z_band),
        )

    def render_valid_to(self, value: Any) -> SafeString | str:
        text = value.isoformat()
        if self.day is not None and value <= self.day:
            return format_html("{} {}", text, state_badge("EXPIRED"))
        return str(text)


class RunRatingTable(BaseTable):
    """The ratings that one run stored."""

    caption = _("Ratings of this run")

    name = tables.Column(
        accessor="customer__display_name",
        verbose_name=_("Customer"),
        order_by="customer__pinyin",
        linkify=("customer_rating", {"code": tables.A("customer__code")}),
    )
    grade = tables.Column(verbose_name=_("Grade"), order_by=("score",))
    score = tables.Column(verbose_name=_("Score"), attrs=_NUMBER)
    valid_to = DayColumn(verbose_name=_("Valid until"), attrs=_DAY)

    class Meta(BaseTable.Meta):
        model = Rating
        sequence = ("name", "grade", "score", "valid_to")
        fields = sequence
        order_by = "score"

    def render_name(self, value: Any, record: Rating) -> SafeString:
        return format_html('{}<span class="sub">{}</span>', value, record.customer.code)

    def render_grade(self, record: Rating) -> SafeString:
        return show_move(record)

    def render_score(self, value: Any) -> str:
        return show_score(value)


def show_move(record: Rating) -> SafeString:
    """Return the badge of a grade, and where it came from when the letter changed."""
    badge = grade_badge(record.shown_grade)
    before = getattr(record, "previous_grade", None)
    if not before or before == record.grade:
        return badge
    is_worse = LETTERS.index(record.grade) > LETTERS.index(before)
    words = gettext("down from %(grade)s") if is_worse else gettext("up from %(grade)s")
    tone = "t-bad" if is_worse else "t-good"
    return format_html(
        '{} <span class="rating-move {}">{}</span>',
        badge,
        tone,
        words % {"grade": f"{before}{getattr(record, 'previous_modifier', '')}"},
    )
