"""What the pages of this app share: figures of an account as rows, a refusal put on its field."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from common import figures
from common.errors import CreditError
from common.templatetags.ui import money_short
from credit_control import texts
from credit_control.selectors import Exposure, LimitInForce


def put_error(form: Any, error: CreditError) -> None:
    """Show a refusal beside the field that it names, else on top of the form."""
    field = getattr(error, "field", "")
    form.add_error(field if field in form.fields else None, str(error) or error.code)


def customer_url(code: str, tab: str = "") -> str:
    """Return the customer's page, which a higher app serves; nothing where it is not there."""
    try:
        return reverse("customer", args=[code]) + (f"?tab={tab}" if tab else "")
    except NoReverseMatch:
        return ""


def exposure_rows(components: dict[str, Any], currency: str) -> list[dict[str, Any]]:
    """Return the parts of an exposure as names and amounts; what is zero is left out."""
    return [
        {"label": texts.component_title(name), "value": figures.format_amount(amount, currency)}
        for name, amount in components.items()
        if figures.to_decimal(amount)
    ]


def headroom_rows(limit: LimitInForce, exposure: Exposure) -> list[dict[str, Any]]:
    """Return the calculation of the headroom, item by item, from the limit down."""
    currency = exposure.currency
    rows = [
        {
            "label": _("Permanent limit"),
            "value": _amount(limit.in_force - limit.temporary, currency),
        }
    ]
    if limit.temporary:
        rows.append(
            {"label": _("Temporary addition"), "value": "+ " + _amount(limit.temporary, currency)}
        )
    for name, amount in exposure.components.items():
        if amount:
            sign = "−" if amount > 0 else "+"
            rows.append(
                {
                    "label": texts.component_title(name),
                    "value": f"{sign} {_amount(abs(amount), currency)}",
                }
            )
    left = limit.in_force - exposure.gross
    rows.append(
        {
            "label": _("Headroom"),
            "value": _amount(left, currency),
            "tone": "bad" if left < 0 else "strong",
        }
    )
    return rows


def _amount(amount: Any, currency: str) -> str:
    number = figures.to_decimal(amount)
    return "0" if not number else figures.format_amount(number, currency)


def short(amount: Any, currency: str) -> Any:
    """Return a short amount; zero is 0."""
    return money_short(amount, currency) if figures.to_decimal(amount) else "0"
