"""Imports of parties: customers and the people at them.

Master data: a row that is there is updated where it differs, by the columns the file has; an empty
cell leaves what is stored. The state of a customer that exists is never changed by a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.events import record_events
from common.imports.fields import (
    Column,
    code,
    column,
    country,
    currency,
    date,
    email,
    language,
    lei,
    many_of,
    money_column,
    one_of,
    text,
    uscc,
    whole,
    yes_no,
)
from common.imports.kinds import CREATED, UNCHANGED, UPDATED, Context, ImportKind, Rows, register
from customers.domain.duplicates import normalise_name
from customers.models import Contact, Customer, PaymentTerm
from customers.names import derive_name_fields
from users.models import User

LOCK = "customers"
MAX_LEVELS = 6

KINDS = {
    "企业": "ENTERPRISE",
    "公司": "ENTERPRISE",
    "个体工商户": "SELF_EMPLOYED",
    "个体户": "SELF_EMPLOYED",
    "事业单位": "INSTITUTION",
    "政府机关": "GOVERNMENT",
    "机关": "GOVERNMENT",
    "自然人": "PERSON",
    "个人": "PERSON",
}
ROLES = (
    "BUYER",
    "SUPPLIER",
    "AGENT",
    "COMPETITOR",
    "INSURER",
    "FACTOR",
    "GUARANTOR",
    "BANK",
    "COLLECTION_AGENCY",
    "OTHER",
)
ROLE_LABELS = {
    "买方": "BUYER",
    "客户": "BUYER",
    "供应商": "SUPPLIER",
    "代理商": "AGENT",
    "竞争对手": "COMPETITOR",
    "保险公司": "INSURER",
    "保理商": "FACTOR",
    "担保人": "GUARANTOR",
    "银行": "BANK",
    "追账机构": "COLLECTION_AGENCY",
    "其他": "OTHER",
}
STATES = {"潜在": "PROSPECT", "正常": "ACTIVE", "活跃": "ACTIVE", "冻结": "BLOCKED"}
CONTACT_ROLES = {
    "最终用户": "END_USER",
    "需求提出人": "REQUIREMENT_OWNER",
    "决策人": "DECISION_MAKER",
    "验收人": "ACCEPTANCE",
    "收货人": "GOODS_RECEIPT",
    "应付会计": "ACCOUNTS_PAYABLE",
    "法定代表人": "LEGAL_REP",
    "财务负责人": "FINANCE_HEAD",
    "担保人": "GUARANTOR",
}
CHANNELS = {
    "邮件": "EMAIL",
    "电子邮件": "EMAIL",
    "电话": "PHONE",
    "短信": "SMS",
    "信函": "LETTER",
    "门户": "PORTAL",
}


def customer_code_column() -> Column:
    """The column that names a customer, the same in every kind."""
    return column(
        "customer_code",
        "客户编码",
        code(32),
        "客户代码",
        "客户编号",
        "customer",
        required=True,
        example="C0001",
    )


def find_customer_ids(codes: Sequence[str | None], *, user: Any = None) -> dict[str, int]:
    """Return the ids of the customers with these codes; unknown codes are absent. One query.

    What `user` may not see is absent too (None: the system sees all).
    """
    wanted = {one for one in codes if one}
    customers = Customer.objects.order_by()
    if user is not None:
        customers = customers.for_user(user)
    if len(wanted) <= 5000:
        customers = customers.filter(code__in=wanted)
    return dict(customers.values_list("code", "pk"))


def reject_unknown_customers(rows: Rows, ids: Mapping[str, int]) -> None:
    """Reject the rows whose customer does not exist."""
    codes = rows["customer_code"]
    for position, one in enumerate(codes):
        if one is not None and one not in ids:
            rows.reject(position, "customer_code", "UNKNOWN_CUSTOMER")


# column of the file: field of the customer
PLAIN_FIELDS = {
    "name": "name",
    "name_en": "name_en",
    "short_name": "short_name",
    "country": "country",
    "kind": "kind",
    "roles": "roles",
    "uscc": "uscc",
    "vat_no": "vat_no",
    "lei": "lei",
    "industry": "industry",
    "employees": "employees",
    "revenue_cny": "revenue_cny",
    "assets_cny": "assets_cny",
    "founded": "founded",
    "registered_capital": "registered_capital",
    "currency": "currency",
    "language": "language",
    "region": "region",
    "relationship_since": "relationship_since",
    "address": "address",
    "phone": "phone",
    "email": "email",
    "listed": "listed",
    "apply_oldest_first": "apply_oldest_first",
}


@dataclass
class CustomerPlan:
    """What the check of a customers file found: what is stored, and whom the rows point at."""

    stored: dict[str, Customer]
    owners: dict[str, int]
    terms: dict[str, int]
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)


@register
class CustomerKind(ImportKind):
    """Customers, with their parents, terms and sales owners."""

    name = "customers"
    title = _("Customers")
    help = _("Master data of customers. Existing customers are updated by their code.")
    lock = LOCK
    columns = (
        customer_code_column(),
        column(
            "name",
            "客户名称",
            text(200),
            "名称",
            "公司名称",
            required=True,
            example="示例晨光贸易有限公司",
        ),
        column("name_en", "英文名称", text(200), "英文名", example="Sample Chenguang Trading"),
        column("short_name", "简称", text(60), "客户简称", example="示例晨光"),
        column("country", "国家", country, "国家代码", example="CN"),
        column(
            "uscc", "统一社会信用代码", uscc, "社会信用代码", "税号", example="91310000MA1X00084L"
        ),
        column("vat_no", "增值税号", code(20), "VAT"),
        column("lei", "LEI", lei, "法人机构识别编码"),
        column(
            "kind",
            "主体类型",
            one_of(Customer.Kind.values, KINDS),
            "类型",
            "单位性质",
            required=True,
            example="enterprise",
        ),
        column(
            "roles", "角色", many_of(ROLES, ROLE_LABELS), "往来角色", required=True, example="buyer"
        ),
        column("parent_code", "上级客户编码", code(32), "母公司编码", "上级编码"),
        column("industry", "行业代码", code(5), "行业", example="C34"),
        column("employees", "从业人数", whole(0), "员工人数", example="120"),
        money_column(
            "revenue_cny", "营业收入", "年营业收入", currency="CNY", example="56000000.00"
        ),
        money_column("assets_cny", "资产总额", currency="CNY", example="41000000.00"),
        column("founded", "成立日期", date, "成立时间", example="2011-05-18"),
        money_column("registered_capital", "注册资本", currency="CNY", example="10000000.00"),
        column("currency", "币种", currency, "交易币种", example="CNY"),
        column("payment_term", "付款条件", code(32), "账期", "付款条款", example="NET30"),
        column("language", "语言", language, "通信语言", example="zh-hans"),
        column("sales_owner", "销售负责人", text(150), "业务员", "销售员"),
        column("region", "区域", text(40), "地区", "大区", example="EAST"),
        column("relationship_since", "合作起始日期", date, "合作日期", example="2018-03-01"),
        column("address", "地址", text(200), "注册地址", example="示例市示例路8号"),
        column("phone", "电话", text(30), "联系电话", example="021-00000000"),
        column("email", "电子邮箱", email, "邮箱", example="ap@example.invalid"),
        column(
            "status",
            "状态",
            one_of(("PROSPECT", "ACTIVE", "BLOCKED"), STATES),
            "客户状态",
            example="active",
        ),
        column("listed", "是否上市", yes_no, "上市"),
        column("apply_oldest_first", "先清最早欠款", yes_no, "先进先出核销", example="no"),
    )

    def check(self, rows: Rows, context: Context) -> CustomerPlan:
        codes = rows["customer_code"]
        rows.refuse_duplicates(codes, "customer_code")
        plan = self._look_up(rows)
        self._check_scope(rows, plan, context.actor)
        self._check_links(rows, plan)
        self._check_registration(rows, plan)
        self._check_parents(rows)
        for n in rows.good:
            stored = plan.stored.get(codes[n])
            if stored is None:
                continue
            changes = self._find_changes(rows, n, plan, stored)
            rows.outcome[n] = UPDATED if changes else UNCHANGED
            plan.changes[n] = changes
            if rows["status"][n] and rows["status"][n] != stored.state:
                rows.warn(n, "status", "KEPT_STATE", state=stored.get_state_display())
        self._warn_same_names(rows, plan)
        return plan

    def _warn_same_names(self, rows: Rows, plan: CustomerPlan) -> None:
        """Tell of new customers that are called like one that is there: maybe the same enterprise."""
        new = {
            n: normalise_name(rows["name"][n])
            for n in rows.good
            if rows["customer_code"][n] not in plan.stored
        }
        holders = dict(
            Customer.objects.order_by("-code")
            .filter(normalised_name__in=set(new.values()))
            .values_list("normalised_name", "code")
        )
        for n, name in new.items():
            if name in holders:
                rows.warn(n, "name", "SAME_NAME", holder=holders[name])

    def _look_up(self, rows: Rows) -> CustomerPlan:
        codes = {one for one in rows["customer_code"] if one}
        names = {one for one in rows["sales_owner"] if one}
        return CustomerPlan(
            stored={
                c.code: c for c in Customer.objects.select_related("parent").filter(code__in=codes)
            },
            owners=dict(
                User.objects.filter(username__in=names, is_active=True).values_list(
                    "username", "pk"
                )
            ),
            terms=dict(PaymentTerm.objects.order_by().values_list("code", "pk")),
        )

    def _check_scope(self, rows: Rows, plan: CustomerPlan, user: Any) -> None:
        """A customer that this person may not see cannot be changed by his file either."""
        if user is None or not plan.stored:
            return
        visible = find_customer_ids(rows["customer_code"], user=user)
        for n, one in enumerate(rows["customer_code"]):
            if one in plan.stored and one not in visible:
                rows.reject(n, "customer_code", "UNKNOWN_CUSTOMER")

    def _check_links(self, rows: Rows, plan: CustomerPlan) -> None:
        known = plan.terms, plan.owners
        shown = ", ".join(sorted(plan.terms)), ""
        for name, ids, allowed in zip(("payment_term", "sales_owner"), known, shown, strict=True):
            for n, value in enumerate(rows[name]):
                if value is not None and value not in ids:
                    rows.reject(n, name, "UNKNOWN_CODE", allowed=allowed)

    def _check_registration(self, rows: Rows, plan: CustomerPlan) -> None:
        """A Chinese customer that is no person has a code, and no other customer has the same."""
        codes, usccs = rows["customer_code"], rows["uscc"]
        for n in rows.good:
            stored = plan.stored.get(codes[n])
            land = rows["country"][n] or (stored.country if stored else "CN")
            has_code = usccs[n] or (stored is not None and stored.uscc)
            if land == "CN" and rows["kind"][n] != "PERSON" and not has_code:
                rows.reject(n, "uscc", "REQUIRED")
        rows.refuse_duplicates(usccs, "uscc")
        holders = dict(
            Customer.objects.filter(uscc__in={u for u in usccs if u}).values_list("uscc", "code")
        )
        # A code may move from one customer to another within one file.
        leaving = {
            plan.stored[one].uscc
            for one, new in zip(codes, usccs, strict=True)
            if one in plan.stored and new and new != plan.stored[one].uscc
        }
        for n in rows.good:
            holder = holders.get(usccs[n] or "")
            if holder is not None and holder != codes[n] and usccs[n] not in leaving:
                rows.reject(n, "uscc", "DUPLICATE_CODE", holder=holder)

    def _check_parents(self, rows: Rows) -> None:
        """Parents exist, in the file or before it, and lead to a root in at most six levels."""
        codes, wanted = rows["customer_code"], rows["parent_code"]
        if not any(wanted):
            return
        parents = dict(
            Customer.objects.order_by().exclude(parent=None).values_list("code", "parent__code")
        )
        known = set(Customer.objects.order_by().values_list("code", flat=True))
        in_file = {codes[n] for n in rows.good}
        for n in rows.good:
            if wanted[n] and wanted[n] not in known and wanted[n] not in in_file:
                rows.reject(n, "parent_code", "UNKNOWN_CUSTOMER")
        parents |= {codes[n]: wanted[n] for n in rows.good if wanted[n]}
        for n in rows.good:
            path = [codes[n]]
            while path[-1] in parents and len(path) <= MAX_LEVELS + 1:
                above = parents[path[-1]]
                path.append(above)
                if above in path[:-1]:
                    rows.reject(n, "parent_code", "CYCLE", path=" → ".join(path))
                    break
            else:
                if len(path) > MAX_LEVELS:
                    rows.reject(n, "parent_code", "TOO_DEEP", allowed=MAX_LEVELS)
        # Children of what was rejected just now have no parent to point at.
        bad = {codes[n] for n in rows.rejected if codes[n]} - known
        while orphans := [n for n in rows.good if wanted[n] in bad]:
            for n in orphans:
                rows.reject(n, "parent_code", "UNKNOWN_CUSTOMER")
                if codes[n] not in known:
                    bad.add(codes[n])

    def _find_changes(
        self, rows: Rows, position: int, plan: CustomerPlan, stored: Customer
    ) -> dict[str, Any]:
        """Return what the row says differently, by field; blank cells say nothing."""
        said = self._read_fields(rows, position, plan)
        changes = {name: value for name, value in said.items() if getattr(stored, name) != value}
        parent = rows["parent_code"][position]
        if parent and (stored.parent is None or stored.parent.code != parent):
            changes["parent_code"] = parent
        return changes

    def _read_fields(self, rows: Rows, position: int, plan: CustomerPlan) -> dict[str, Any]:
        said = {
            target: rows[name][position]
            for name, target in PLAIN_FIELDS.items()
            if rows[name][position] is not None
        }
        if rows["payment_term"][position]:
            said["payment_term_id"] = plan.terms[rows["payment_term"][position]]
        if rows["sales_owner"][position]:
            said["sales_owner_id"] = plan.owners[rows["sales_owner"][position]]
        return said

    def store(self, rows: Rows, plan: CustomerPlan, context: Context) -> dict[str, Any]:
        new = [n for n in rows.good if rows.outcome[n] == CREATED]
        changed = [n for n in rows.good if rows.outcome[n] == UPDATED]
        codes = rows["customer_code"]
        created = Customer.objects.bulk_create(
            [self._build(rows, n, plan) for n in new], batch_size=1000
        )
        ids = find_customer_ids([*rows["parent_code"], *codes])
        self._set_parents(rows, new, ids)
        events = [
            self._event(
                "created", customer, {}, {"code": customer.code, "name": customer.name}, context
            )
            for customer in created
        ]
        events += [self._update(rows, n, plan, ids, context) for n in changed]
        # A registration code that moves between customers is taken off the old one first.
        moved = [plan.stored[codes[n]].pk for n in changed if "uscc" in plan.changes[n]]
        Customer.objects.filter(pk__in=moved).update(uscc="")
        customers = [plan.stored[codes[n]] for n in changed]
        if customers:
            names = {name for n in changed for name in plan.changes[n]} - {"parent_code"}
            derived = {"normalised_name", "pinyin", "pinyin_initials", "former_names"}
            names |= {"version", "parent_id", "updated_at", *derived}
            Customer.objects.bulk_update(
                customers, [name.removesuffix("_id") for name in names], batch_size=500
            )
        record_events(events)
        return {}

    def _build(self, rows: Rows, position: int, plan: CustomerPlan) -> Customer:
        fields = self._read_fields(rows, position, plan)
        return Customer(
            code=rows["customer_code"][position],
            state=rows["status"][position] or Customer.State.PROSPECT,
            **derive_name_fields(fields["name"]),
            **fields,
        )

    def _set_parents(self, rows: Rows, new: list[int], ids: dict[str, int]) -> None:
        children = [n for n in new if rows["parent_code"][n]]
        by_code = Customer.objects.in_bulk([ids[rows["customer_code"][n]] for n in children])
        for n in children:
            by_code[ids[rows["customer_code"][n]]].parent_id = ids[rows["parent_code"][n]]
        Customer.objects.bulk_update(by_code.values(), ["parent"], batch_size=1000)

    def _update(
        self,
        rows: Rows,
        position: int,
        plan: CustomerPlan,
        ids: dict[str, int],
        context: Context,
    ) -> dict[str, Any]:
        """Change the object that is stored and return the event that says how."""
        customer = plan.stored[rows["customer_code"][position]]
        changes = plan.changes[position]
        before = {
            name: customer.parent.code if name == "parent_code" and customer.parent else
            None if name == "parent_code" else getattr(customer, name)
            for name in changes
        }  # fmt: skip
        if "name" in changes and customer.name not in customer.former_names:
            customer.former_names = [*customer.former_names, customer.name]
        for name, value in changes.items():
            if name == "parent_code":
                customer.parent_id = ids[value]
            else:
                setattr(customer, name, value)
        for name, value in derive_name_fields(customer.name).items():
            setattr(customer, name, value)
        customer.version += 1
        customer.updated_at = timezone.now()
        return self._event("changed", customer, before, changes, context)

    def _event(
        self,
        verb: str,
        customer: Customer,
        before: dict[str, Any],
        after: dict[str, Any],
        context: Context,
    ) -> dict[str, Any]:
        return {
            "code": f"customers.customer.{verb}",
            "actor": context.actor,
            "subject": customer,
            "customer_id": customer.pk,
            "as_of": context.as_of,
            "before": before,
            "after": after,
            "reason": f"import {context.batch.file_name}",
        }


@register
class ContactKind(ImportKind):
    """People at customers, one row per person and role."""

    name = "contacts"
    title = _("Contacts")
    help = _("People at customers. The same person in the same role is updated.")
    lock = LOCK
    columns = (
        customer_code_column(),
        column("name", "姓名", text(60), "联系人", required=True, example="示例张三"),
        column(
            "role",
            "角色",
            one_of(Contact.Role.values, CONTACT_ROLES),
            "联系人角色",
            required=True,
            example="accounts_payable",
        ),
        column("title", "职务", text(60), "职位", example="会计"),
        column("phone", "电话", text(30), "手机", example="13800000000"),
        column("email", "电子邮箱", email, "邮箱", example="ap@example.invalid"),
        column("authority_doc_no", "授权书编号", text(40), "授权文件编号"),
        column("authority_valid_to", "授权有效期至", date, "授权到期日"),
        column(
            "preferred_channel",
            "首选渠道",
            one_of(Contact.Channel.values, CHANNELS),
            "联系方式",
            example="email",
        ),
        column("language", "语言", language, "通信语言", example="zh-hans"),
    )
    details = (
        "title",
        "phone",
        "email",
        "authority_doc_no",
        "authority_valid_to",
        "preferred_channel",
        "language",
    )

    def check(self, rows: Rows, context: Context) -> dict[str, Any]:
        ids = find_customer_ids(rows["customer_code"], user=context.actor)
        reject_unknown_customers(rows, ids)
        keys = list(zip(rows["customer_code"], rows["name"], rows["role"], strict=True))
        rows.refuse_duplicates([k if all(k) else None for k in keys], "name")
        found = Contact.objects.select_related("customer").filter(customer_id__in=ids.values())
        stored = {(c.customer.code, c.name, c.role): c for c in found}
        for n in rows.good:
            contact = stored.get(keys[n])
            if contact is not None:
                rows.outcome[n] = UPDATED if self._changes(rows, n, contact) else UNCHANGED
        return {"ids": ids, "stored": stored, "keys": keys}

    def _changes(self, rows: Rows, position: int, contact: Contact) -> dict[str, Any]:
        said = {name: rows[name][position] for name in self.details}
        return {
            name: value
            for name, value in said.items()
            if value is not None and getattr(contact, name) != value
        }

    def store(self, rows: Rows, plan: dict[str, Any], context: Context) -> dict[str, Any]:
        new, changed, events = [], [], []
        for n in rows.good:
            if rows.outcome[n] == CREATED:
                said = {name: rows[name][n] for name in self.details}
                new.append(
                    Contact(
                        customer_id=plan["ids"][rows["customer_code"][n]],
                        name=rows["name"][n],
                        role=rows["role"][n],
                        **{name: value for name, value in said.items() if value is not None},
                    )
                )
            elif rows.outcome[n] == UPDATED:
                contact = plan["stored"][plan["keys"][n]]
                changes = self._changes(rows, n, contact)
                before = {name: getattr(contact, name) for name in changes}
                for name, value in changes.items():
                    setattr(contact, name, value)
                changed.append(contact)
                events.append(
                    {
                        "code": "customers.contact.changed",
                        "actor": context.actor,
                        "subject": contact,
                        "customer_id": contact.customer_id,
                        "as_of": context.as_of,
                        "before": before,
                        "after": changes,
                    }
                )
        Contact.objects.bulk_create(new, batch_size=1000)
        if changed:
            Contact.objects.bulk_update(changed, list(self.details), batch_size=500)
        record_events(events)
        return {}
