"""The API of collection: runs, notices, promises."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from collection import serializers
from collection.models import DunningNotice, DunningRun, PromiseToPay
from collection.selectors import list_runs
from collection.services import approve_run, prepare_dunning_run, record_promise
from common.api import ScopedListViewSet, idempotent
from common.clock import business_today
from common.errors import InvalidInput
from common.jsonable import to_jsonable
from customers.models import Company
from customers.selectors import get_customer
from receivables.models import DueLine


class DunningRunViewSet(ScopedListViewSet):
    """Dunning runs, newest first; preparing one, and letting its letters go."""

    permission = "dunning.view"
    queryset = DunningRun.objects.all()
    serializer_class = serializers.RunSerializer
    filterset_fields = ["as_of", "state"]

    @property
    def permissions_by_method(self) -> dict[str, str]:
        deed = "dunning.approve" if self.action == "approve" else "dunning.prepare"
        return {"POST": deed}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return list_runs(self.request.user)

    @idempotent
    def create(self, request: Request) -> Response:
        """Prepare the run of a day; the same day again answers with the run that is there."""
        form = serializers.PrepareRunSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        code = form.validated_data["company"]
        company = Company.objects.filter(code=code).first()
        if company is None:
            raise InvalidInput(_("There is no such company."), field="company", value=code)
        today = business_today()
        as_of = form.validated_data.get("as_of") or today
        if as_of > today:
            raise InvalidInput(_("Choose today or an earlier day."), field="as_of", value=as_of)
        run = prepare_dunning_run(company=company, as_of=as_of, actor=request.user)
        return Response(self.get_serializer(self.get_queryset().get(pk=run.pk)).data, status=201)

    @action(detail=True, methods=["post"])
    @idempotent
    def approve(self, request: Request, pk: Any = None) -> Response:
        """Let the letters go; final ones are approved one by one by a person on the page."""
        approval = approve_run(run=self.get_object(), as_of=business_today(), actor=request.user)
        return Response(to_jsonable(approval))


class NoticeViewSet(ScopedListViewSet):
    """Reminders and letters, newest first."""

    permission = "dunning.view"
    queryset = (
        DunningNotice.objects.select_related("customer", "company", "message")
        .defer("pdf", "message__attachment", "message__body")
        .prefetch_related("items__due_line__invoice")
        .order_by("-as_of", "-pk")
    )
    serializer_class = serializers.NoticeSerializer
    filterset_fields = ["run", "state", "kind", "level", "as_of", "customer__code"]


class PromiseViewSet(ScopedListViewSet):
    """Promises to pay; recording one."""

    permission = "customer.view"
    permissions_by_method = {"POST": "promise.record"}
    queryset = (
        PromiseToPay.objects.select_related("customer", "company")
        .prefetch_related("items__due_line__invoice")
        .order_by("-promise_date", "-pk")
    )
    serializer_class = serializers.PromiseSerializer
    filterset_fields = ["state", "customer__code", "promise_date"]

    @idempotent
    def create(self, request: Request) -> Response:
        """Record a promise on open items of one customer."""
        form = serializers.NewPromiseSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = dict(form.validated_data)
        customer = get_customer(said.pop("customer"), user=request.user)
        lines = [
            _find_line(row["invoice"], row["line_no"], request.user, customer.pk)
            for row in said.pop("due_lines")
        ]
        promise = record_promise(
            customer=customer, lines=lines, as_of=business_today(), actor=request.user, **said
        )
        return Response(
            self.get_serializer(self.get_queryset().get(pk=promise.pk)).data, status=201
        )


def _find_line(number: str, line_no: int, user: Any, customer_id: int) -> DueLine:
    line: DueLine | None = (
        DueLine.objects.for_user(user)
        .filter(invoice__number=number, line_no=line_no, customer=customer_id)
        .first()
    )
    if line is None:
        raise InvalidInput(
            _("This customer has no such item."), field="due_lines", value=f"{number}/{line_no}"
        )
    return line
