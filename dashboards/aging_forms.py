"""The question that an aging page, export or API call asks, read from the query string."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.clock import business_today
from common.money import CURRENCIES
from common.tables import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from customers.models import Customer
from receivables.selectors import AgingFilter, AgingReport, get_aging
from scoring.selectors import get_current_ratings

BASES = [("due", _("Due date")), ("invoice", _("Invoice date"))]
GROUPS = [
    ("customer", _("Customer")),
    ("sales", _("Salesperson")),
    ("region", _("Region")),
    ("company", _("Company")),
    ("currency", _("Currency")),
]
UNRATED = "NONE"


class AgingForm(forms.Form):
    """Every part of the question; each may be left out."""

    as_of = forms.DateField(required=False, label=_("As of"))
    known_at = forms.DateTimeField(required=False, label=_("As known at"))
    basis = forms.ChoiceField(choices=BASES, required=False, label=_("Basis"))
    by = forms.ChoiceField(choices=GROUPS, required=False, label=_("Group by"))
    currency = forms.CharField(max_length=3, required=False, label=_("Currency"))
    q = forms.CharField(max_length=80, required=False, label=_("Filter"))
    owner = forms.CharField(max_length=150, required=False, label=_("Salesperson"))
    region = forms.CharField(max_length=40, required=False, label=_("Region"))
    company = forms.CharField(max_length=32, required=False, label=_("Company"))
    customer = forms.CharField(max_length=32, required=False, label=_("Customer"))
    grade = forms.CharField(max_length=40, required=False, label=_("Rating"))
    overdue = forms.BooleanField(required=False, label=_("Overdue only"))
    bucket = forms.IntegerField(min_value=0, max_value=9, required=False, label=_("Age"))
    sort = forms.RegexField(r"^-?[a-z_]{1,20}[0-9]?$", required=False, label=_("Sort"))
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False, label=_("Page"))
    page_size = forms.IntegerField(min_value=1, required=False, label=_("Rows per page"))

    def clean_as_of(self) -> date:
        day: date = self.cleaned_data.get("as_of") or business_today()
        if not 2000 <= day.year <= 2100:
            raise forms.ValidationError(_("Choose a day between 2000 and 2100."))
        return day

    def clean_known_at(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data.get("known_at")
        if moment and not 2000 <= moment.year <= 2100:
            raise forms.ValidationError(_("Choose a day between 2000 and 2100."))
        return moment

    def clean_currency(self) -> str:
        code = str(self.cleaned_data.get("currency") or "").upper()
        if code and code not in CURRENCIES:
            raise forms.ValidationError(_("Use an ISO code such as CNY."))
        return code


@dataclass(frozen=True, slots=True)
class AgingQuestion:
    """A question that may be asked: defaults filled in."""

    as_of: date
    known_at: datetime | None
    basis: str
    by: str
    currency: str
    filters: AgingFilter
    grades: tuple[str, ...]
    sort: str
    page: int
    page_size: int

    def ask(self, user: Any, *, whole: bool = False) -> AgingReport:
        """Return the report as `user` may see it; `whole` for all pages at once."""
        return get_aging(
            as_of=self.as_of,
            user=user,
            basis=self.basis,
            by=self.by,
            currency=self.currency or None,
            known_at=self.known_at,
            filters=self._with_grades(user),
            sort=self.sort,
            page=1 if whole else self.page,
            page_size=None if whole else self.page_size,
        )

    def _with_grades(self, user: Any) -> AgingFilter:
        """Grades belong to another app: turn them into the customers who hold them now."""
        if not self.grades:
            return self.filters
        ids = list(Customer.objects.for_user(user).order_by().values_list("pk", flat=True))
        ratings = get_current_ratings(customer_ids=ids, as_of=self.as_of)
        kept = [
            pk for pk in ids if (ratings[pk].grade if pk in ratings else UNRATED) in self.grades
        ]
        parts = {
            name: getattr(self.filters, name)
            for name in ("q", "owner", "region", "company", "customer", "is_overdue", "bucket")
        }
        return AgingFilter(**parts, customer_ids=kept)


def read_question(query: QueryDict) -> tuple[AgingQuestion, AgingForm]:
    """Return the question and the form it came in; wrong parts are left out and named by the form."""
    form = AgingForm(query)
    form.is_valid()
    said = form.cleaned_data
    known_at = said.get("known_at")
    if known_at and timezone.is_naive(known_at):
        known_at = timezone.make_aware(known_at)
    basis = said.get("basis") or "due"
    sort = said.get("sort") or "-total"
    return (
        AgingQuestion(
            as_of=said.get("as_of") or business_today(),
            known_at=known_at,
            basis=basis,
            by=said.get("by") or "customer",
            currency=said.get("currency") or "",
            filters=AgingFilter(
                q=said.get("q") or "",
                owner=said.get("owner") or "",
                region=said.get("region") or "",
                company=said.get("company") or "",
                customer=said.get("customer") or "",
                is_overdue=bool(said.get("overdue")),
                bucket=said.get("bucket"),
            ),
            grades=tuple(g for g in (said.get("grade") or "").split(",") if g),
            sort=sort,
            page=said.get("page") or 1,
            page_size=min(said.get("page_size") or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
        ),
        form,
    )
