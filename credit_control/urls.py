"""Addresses of this app."""

from django.urls import URLPattern, path

from credit_control.views import inbox, limits, order_checks, requests

urlpatterns: list[URLPattern] = [
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/requests/<int:pk>/", inbox.inbox_drawer, name="inbox_request"),
    path("inbox/tasks/<int:pk>/done/", inbox.task_done, name="task_done"),
    path("limits/", limits.limit_list, name="limits"),
    path("limits/new/", requests.limit_request_new, name="limit_request_new"),
    path("limits/new/preview/", requests.limit_request_preview, name="limit_request_preview"),
    path("limits/requests/", limits.request_list, name="limit_requests"),
    path("limits/requests/<int:pk>/", requests.limit_request, name="limit_request"),
    path(
        "limits/requests/<int:pk>/decide/",
        requests.limit_request_decide,
        name="limit_request_decide",
    ),
    path(
        "limits/requests/<int:pk>/withdraw/",
        requests.limit_request_withdraw,
        name="limit_request_withdraw",
    ),
    path("limits/accounts/<int:pk>/", limits.limit_account, name="limit_account"),
    path("limits/accounts/<int:pk>/reduce/", limits.limit_reduce, name="limit_reduce"),
    path("order-checks/", order_checks.order_check_list, name="order_checks"),
    path("order-checks/new/", order_checks.order_check_new, name="order_check_new"),
    path("order-checks/<int:pk>/", order_checks.order_check, name="order_check"),
]
