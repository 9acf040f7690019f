"""What the frame of every page shows of the business: our firm's name, and what waits for whom."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from credit_control.selectors import list_approvals_for
from customers.models import Company
from customers.selectors import list_tasks
from receivables.models import Order
from users.permissions import may


class FrameMiddleware:
    """Hand the frame its figures; they are read only when a page is drawn."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        frame: Any = request
        frame.nav_counts = lambda: count_waiting(request.user)
        frame.company_name = SimpleLazyObject(read_company_name)
        return self.get_response(request)


def count_waiting(user: Any) -> dict[str, int]:
    """Return, for each room of the navigation, how many things wait there for this person.

    An approval also has a task; it is counted once. Three queries at most.
    """
    counts: dict[str, int] = {}
    if may(user, "inbox.view"):
        tasks = list_tasks(user).exclude(kind="LIMIT_APPROVAL").count()
        counts["inbox"] = tasks + list_approvals_for(user).count()
    if may(user, "order_check.view") and may(user, "order.check"):
        counts["order_checks"] = (
            Order.objects.for_user(user).filter(state="OPEN", credit_status="BLOCKED").count()
        )
    return counts


def read_company_name() -> str:
    """Return our firm's name in the reader's language. One query."""
    company = Company.objects.order_by("pk").first()
    return company.display_name if company else ""
