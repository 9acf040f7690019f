"""Parties over REST: read within the scope, written through the services."""

import re
from typing import Any

import django_filters
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import ScopedListViewSet, idempotent
from common.clock import business_today
from common.errors import InvalidInput, NotFound
from common.models import Event
from customers import services
from customers.models import Contact, Customer, CustomerGroup, Task
from customers.selectors import find_customers, find_same_name, get_customer, list_tasks
from customers.serializers.parties import (
    ContactSerializer,
    ContactWriteSerializer,
    CustomerSerializer,
    CustomerWriteSerializer,
    EventSerializer,
    GroupSerializer,
    TaskSerializer,
)
from users.permissions import require


class CustomerFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of the list of customers; `q` searches as the palette does."""

    q = django_filters.CharFilter(method="search", label="q")
    group = django_filters.CharFilter(field_name="group__code")
    sales_owner = django_filters.CharFilter(field_name="sales_owner__username")

    class Meta:
        model = Customer
        fields = ("state", "segment", "region", "country", "uscc")

    def search(self, queryset: QuerySet[Customer], name: str, value: str) -> QuerySet[Customer]:
        found = find_customers(value, user=self.request.user)
        return queryset.filter(pk__in=found.order_by().values("pk"))


class CustomerViewSet(ScopedListViewSet):
    """Customers. PATCH takes the version it was made on: `If-Match`, or `version` in the body."""

    queryset = Customer.objects.select_related(
        "group", "parent", "payment_term", "sales_owner"
    ).order_by("code")
    serializer_class = CustomerSerializer
    permission = "customer.view"
    permissions_by_method = {"POST": "customer.create", "PATCH": "customer.edit"}
    filterset_class = CustomerFilterSet
    lookup_field = "code"
    lookup_value_regex = r"[^/]+"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        customer = self.get_object()
        return self._answer(customer)

    @extend_schema(request=CustomerWriteSerializer, responses={201: CustomerSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        given = CustomerWriteSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        customer = services.create_customer(
            actor=request.user, as_of=business_today(), **given.validated_data
        )
        same = find_same_name(customer.name, user=request.user, but=customer.pk)
        warnings = [{"code": "SAME_NAME", "customer": other.code} for other in same]
        return self._answer(customer, status=201, warnings=warnings)

    @extend_schema(request=CustomerWriteSerializer, responses=CustomerSerializer)
    def partial_update(self, request: Request, code: str) -> Response:
        customer = get_customer(code, user=request.user)
        given = CustomerWriteSerializer(
            data=request.data, context={"request": request}, partial=True
        )
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        if values.pop("code", code).upper() != customer.code:
            raise InvalidInput(_("A code is never changed."), field="code")
        customer = services.update_customer(
            customer=customer,
            actor=request.user,
            as_of=business_today(),
            version=_read_version(request),
            **values,
        )
        return self._answer(customer)

    def _answer(self, customer: Customer, status: int = 200, **more: Any) -> Response:
        body = CustomerSerializer(customer, context=self.get_serializer_context()).data
        return Response({**body, **more}, status=status, headers={"ETag": f'"{customer.version}"'})


def _read_version(request: Request) -> int:
    """Return the version that a change was made on; raise `InvalidInput` when none is said."""
    body: Any = request.data
    text = request.headers.get("If-Match") or str(body.get("version", ""))
    match = re.fullmatch(r'\s*(?:W/)?"?(\d{1,9})"?\s*', text)
    if match is None:
        raise InvalidInput(
            _(
                "Say which version you changed: the header If-Match with the ETag of your last read."
            ),
            field="If-Match",
            code="REQUIRED",
        )
    return int(match[1])


class GroupViewSet(ScopedListViewSet):
    """Groups that have a customer within the caller's scope, themselves or further down."""

    queryset = CustomerGroup.objects.select_related("parent").order_by("code")
    serializer_class = GroupSerializer
    permission = "customer.view"
    lookup_field = "code"
    lookup_value_regex = r"[^/]+"

    def get_queryset(self) -> Any:
        queryset = super().get_queryset()
        user: Any = self.request.user
        if getattr(self, "swagger_fake_view", False) or user.data_scope == "ALL":
            return queryset
        groups = dict(CustomerGroup.objects.values_list("pk", "parent"))
        seen = set(
            Customer.objects.for_user(user)
            .exclude(group=None)
            .order_by()
            .values_list("group", flat=True)
            .distinct()
        )
        above = set(seen)
        for start in seen:
            while start := groups.get(start):
                above.add(start)
        return queryset.filter(pk__in=above)


class ContactFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    customer = django_filters.CharFilter(field_name="customer__code")

    class Meta:
        model = Contact
        fields = ("role",)


class ContactViewSet(ScopedListViewSet):
    """People at customers."""

    queryset = Contact.objects.select_related("customer").order_by("customer__code", "role", "name")
    serializer_class = ContactSerializer
    permission = "customer.view"
    permissions_by_method = {"POST": "contact.log"}
    filterset_class = ContactFilterSet

    @extend_schema(request=ContactWriteSerializer, responses={201: ContactSerializer})
    @idempotent
    def create(self, request: Request) -> Response:
        given = ContactWriteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        contact = services.add_contact(
            customer=get_customer(values.pop("customer"), user=request.user),
            actor=request.user,
            as_of=business_today(),
            **values,
        )
        return Response(ContactSerializer(contact).data, status=201)


class TaskFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    customer = django_filters.CharFilter(field_name="customer__code")

    class Meta:
        model = Task
        fields = ("state", "kind")


class TaskViewSet(ScopedListViewSet):
    """What waits for the caller, or waited."""

    queryset = Task.objects.order_by("id")
    serializer_class = TaskSerializer
    permission = "inbox.view"
    filterset_class = TaskFilterSet

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Task.objects.none()
        return list_tasks(self.request.user, is_open=False)

    @extend_schema(request=None, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    @idempotent
    def done(self, request: Request, pk: str) -> Response:
        task = self.get_object()
        done = services.complete_own_task(task=task, actor=request.user, as_of=business_today())
        return Response(TaskSerializer(done).data)


class EventFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    customer = django_filters.CharFilter(method="of_customer", label="customer")
    actor = django_filters.CharFilter(field_name="actor__username")
    code = django_filters.CharFilter(lookup_expr="startswith")
    at_from = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    at_to = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = Event
        fields = ("subject_type", "subject_key")

    def of_customer(self, queryset: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        try:
            customer = get_customer(value, user=self.request.user)
        except NotFound:
            return queryset.none()
        return queryset.filter(customer_id=customer.pk)


class EventViewSet(ScopedListViewSet):
    """The log of deeds, newest first."""

    queryset = Event.objects.select_related("actor").order_by("-id")
    serializer_class = EventSerializer
    permission = "audit.view"
    filterset_class = EventFilterSet

    def get_queryset(self) -> Any:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset
        require(self.request.user, "audit.view")
        code = Customer.objects.filter(pk=OuterRef("customer_id")).order_by().values("code")[:1]
        queryset = queryset.annotate(customer_code=Subquery(code))
        user: Any = self.request.user
        if user.data_scope == "ALL":
            return queryset
        visible = Customer.objects.for_user(user).order_by().values("pk")
        return queryset.filter(Q(customer_id=None) | Q(customer_id__in=visible))
