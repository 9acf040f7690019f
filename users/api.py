"""Who may call what over the API."""

from typing import Any

from rest_framework.permissions import BasePermission

from users.permissions import may


class HasApiPermission(BasePermission):
    """Signed in, active, and holding the permission that the view names for the method.

    A view says `permission = "aging.view"`, and `permissions_by_method = {"POST": "order.check"}`
    for what differs. A view that names none is refused to everybody.
    """

    def has_permission(self, request: Any, view: Any) -> bool:
        user = request.user
        if not user or not user.is_authenticated or not user.is_active:
            return False
        code = getattr(view, "permissions_by_method", {}).get(request.method) or getattr(
            view, "permission", None
        )
        return code is not None and may(user, code)
