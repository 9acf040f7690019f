"""One small good file of every kind, and what the tables hold after it: for the tests of imports."""

from datetime import date
from typing import Any

from django.db import connection

from common.imports.service import import_file
from common.models import ImportBatch

AS_OF = date(2026, 11, 24)

SAMPLES: dict[str, str] = {
    "holidays": """\
calendar,date,day_type,name
CN,2027-01-01,holiday,元旦
CN,2027-02-06,workday,
DE,2027-10-03,holiday,Einheit
DE,2027-12-25,holiday,
""",
    "rates": """\
kind,code,valid_from,value
fx,USD,2026-07-01,7.1586
fx,EUR,2026-07-01,8.4012
lpr_1y,CNY,2026-07-20,2.95
fx,USD,2026-08-01,7.1402
""",
    "customers": """\
customer_code,name,country,kind,roles,parent_code,payment_term,region,email,status,apply_oldest_first
P1,示例东方集团,CN,person,buyer,,NET30,EAST,a@example.invalid,active,no
P2,示例西部贸易,CN,person,buyer|agent,P1,NET60,WEST,b@example.invalid,active,yes
P3,Sample North Ltd,DE,enterprise,buyer,P2,MONTHLY,NORTH,,prospect,no
P4,Sample South SA,FR,enterprise,supplier,P1,,SOUTH,,blocked,no
""",
    "contacts": """\
customer_code,name,role,title,email,authority_valid_to
P1,示例王一,accounts_payable,会计,w@example.invalid,
P1,示例王一,decision_maker,总经理,w@example.invalid,2027-12-31
P2,Sample Li,legal_rep,,li@example.invalid,
P3,Sample Mu,goods_receipt,,,
""",
    "facts": """\
customer_code,field,value,as_of,obtained_on,source_class,source_name,confidence
P1,revenue,52000000,2026-06-30,2026-07-10,official,示例税务局,
P1,营业收入,"61,000,000.00",2026-06-30,2026-07-11,中介机构,示例征信,stated
P1,paid_in_capital,5000000,2026-06-30,,official,示例登记机关,
P2,premises,rented,2026-08-01,,internal,,hearsay
""",
    "statements": """\
customer_code,period_end,months,statement_kind,audited,opinion,consolidated,currency,unit,line_code,amount
P1,2024-12-31,12,annual,yes,clean,no,CNY,10000,total_assets,15200.00
P1,2024-12-31,12,annual,yes,clean,no,CNY,10000,total_liabilities,7450.00
P1,2024-12-31,12,annual,yes,clean,no,CNY,10000,total_equity,7750.00
P1,2025-12-31,12,annual,no,,no,CNY,10000,资产总计,16000.00
P1,2025-12-31,12,annual,no,,no,CNY,10000,total liabilities,8000.00
P1,2025-12-31,12,annual,no,,no,CNY,10000,所有者权益合计,8000.00
""",
    "orders": """\
order_no,line_no,customer_code,order_date,requested_ship_date,payment_term,currency,quantity,unit_price_net,tax_pct,freight_net,delivered_qty,cancelled_qty,status
SO-1,10,P1,2026-07-01,2026-07-15,NET30,CNY,100,200,13,50,40,10,open
SO-1,20,P1,2026-07-01,2026-07-10,NET30,CNY,1.5,80.25,13,,,,open
SO-2,10,P2,2026-07-02,2026-08-01,NET60,CNY,3,1000,6,,,,open
SO-3,10,P3,2026-05-02,2026-06-01,MONTHLY,EUR,3,1000,0,,3,,closed
""",
    "deliveries": """\
delivery_no,line_no,order_no,order_line_no,shipped_at,quantity,carrier,signed_at,signed_by,accepted_qty,refused_qty
DN-1,1,SO-1,10,2026-07-15 09:30,40,Sample Cargo,2026-07-16 10:00,王,38,2
DN-1,2,SO-1,20,2026-07-15 09:30,1.5,Sample Cargo,2026-07-16 10:00,王,,
DN-2,1,SO-2,10,2026-08-01,1,,,,,
DN-3,1,SO-2,10,2026-08-02,1,,2026-08-03,李,0,1
""",
    "opening_items": """\
invoice_no,doc_type,customer_code,doc_date,posting_date,due_date,currency,net,tax,gross,open_amount,dunning_level,last_dunned
OP-1,INV,P1,2025-10-01,2026-01-01,2025-10-31,CNY,1000.00,130.00,1130.00,1130.00,2,2025-12-15
OP-2,INV,P2,2025-11-01,2026-01-01,2026-01-30,CNY,200.00,26.00,226.00,126.00,0,
OP-3,CN,P1,2025-11-05,2026-01-01,,CNY,-10.00,-1.30,-11.30,-11.30,0,
OP-4,INV,P3,2025-12-05,2026-01-01,2026-01-15,EUR,50.00,0.00,50.00,50.00,1,2026-01-01
""",
    "invoices": """\
invoice_no,doc_type,customer_code,doc_date,posting_date,base_date,payment_term,due_date,currency,net,tax,gross,delivery_no,reference_invoice
INV-1,INV,P1,2026-07-17,2026-07-17,,,,CNY,8000.00,1040.00,9040.00,DN-1,
INV-2,INV,P2,2026-07-18,2026-07-18,2026-07-20,NET60,,CNY,100.00,13.00,113.00,,
INV-3,INV,P3,2026-07-19,2026-07-19,,MONTHLY,,EUR,500.00,0.00,500.00,,
INV-4,INV,P1,2026-07-20,2026-07-21,,,2026-09-30,CNY,50.00,6.50,56.50,,
CN-1,CN,P1,2026-07-25,2026-07-25,,,,CNY,-100.00,-13.00,-113.00,,INV-1
ADV-1,ADV,P2,2026-07-26,2026-07-26,,,,CNY,-20.00,0.00,-20.00,,
""",
    "payments": """\
receipt_no,value_date,posting_date,currency,amount,payer_name,customer_code,bank_account,bank_ref,remittance,method
RC-1,2026-08-20,2026-08-20,CNY,8927.00,,P1,ACC-1,B-1,货款 INV-1,transfer
RC-2,2026-08-21,2026-08-21,CNY,60.00,,P2,ACC-1,B-2,,transfer
RC-3,2026-08-21,2026-08-22,EUR,200.00,Sample North Ltd,,ACC-1,B-3,part of inv 3,transfer
RC-4,2026-08-23,2026-08-23,CNY,70.00,Nobody,,ACC-1,B-4,,cash
RC-5,2026-08-24,2026-08-24,CNY,12.00,,P4,ACC-1,,on account,other
""",
}
NEEDS: dict[str, tuple[str, ...]] = {
    "holidays": (),
    "rates": (),
    "customers": (),
    "contacts": ("customers",),
    "facts": ("customers",),
    "statements": ("customers",),
    "orders": ("customers",),
    "deliveries": ("customers", "orders"),
    "opening_items": ("customers",),
    "invoices": ("customers", "orders", "deliveries"),
    "payments": ("customers", "orders", "deliveries", "invoices"),
}
KINDS = tuple(SAMPLES)


def bring(kind: str, text: str | bytes | None = None, **options: Any) -> ImportBatch:
    """Import a text of this kind (its sample when none is given)."""
    content = SAMPLES[kind] if text is None else text
    return import_file(
        kind=kind,
        content=content.encode() if isinstance(content, str) else content,
        file_name=f"{kind}.csv",
        **({"as_of": AS_OF} | options),
    )


def prepare(kind: str) -> None:
    """Import what the sample of this kind rests on."""
    for other in NEEDS[kind]:
        batch = bring(other)
        assert (batch.state, batch.rejected) == ("IMPORTED", 0), batch.issues


_SNAPSHOT = {
    "days": "select calendar, date, day_type, name from common_calendarday where date >= '2027-01-01'",
    "rates": "select kind, code, valid_from, value from common_rate where valid_from >= '2026-07-01'",
    "customers": """select c.code, c.name, c.country, c.kind, c.roles, p.code, t.code, c.region, c.email,
        c.state, c.apply_oldest_first, c.pinyin_initials from customers_customer c
        left join customers_customer p on p.id = c.parent_id
        left join customers_paymentterm t on t.id = c.payment_term_id""",
    "contacts": """select c.code, x.name, x.role, x.title, x.email, x.authority_valid_to,
        x.preferred_channel from customers_contact x join customers_customer c on c.id = x.customer_id""",
    "facts": """select c.code, f.field, f.value, f.number, f.unit, f.as_of, f.obtained_on,
        f.source_class, f.source_name, f.confidence
        from customers_fact f join customers_customer c on c.id = f.customer_id""",
    "conflicts": """select c.code, x.field, x.as_of, x.difference, x.found_on,
        least(a.value, b.value), greatest(a.value, b.value)
        from customers_factconflict x join customers_customer c on c.id = x.customer_id
        join customers_fact a on a.id = x.first_id join customers_fact b on b.id = x.second_id""",
    "statements": """select c.code, s.period_end, s.kind, s.opinion, s.unit, s.digest, l.item, l.amount
        from scoring_statement s join customers_customer c on c.id = s.customer_id
        join scoring_statementline l on l.statement_id = s.id where s.superseded_by_id is null""",
    "orders": """select o.order_no, c.code, o.ship_date, o.state, o.credit_status, o.open_value,
        l.line_no, l.quantity, l.unit_price_net, l.delivered_qty, l.freight_net
        from receivables_order o join customers_customer c on c.id = o.customer_id
        join receivables_orderline l on l.order_id = o.id""",
    "deliveries": """select d.delivery_no, o.order_no, d.state, d.open_value, d.shipped_at, d.signed_by,
        l.line_no, l.quantity, l.accepted_qty, l.refused_qty
        from receivables_delivery d join receivables_order o on o.id = d.order_id
        join receivables_deliveryline l on l.delivery_id = d.id""",
    "invoices": """select i.number, i.doc_type, c.code, i.posting_date, i.gross, i.digest, l.line_no,
        l.nominal_due_date, l.due_date, l.amount, l.open_amount, l.closed_on, l.dunning_level
        from receivables_invoice i join customers_customer c on c.id = i.customer_id
        join receivables_dueline l on l.invoice_id = i.id""",
    "receipts": """select r.number, c.code, r.value_date, r.amount, r.unapplied_amount, r.state,
        r.match_rule, r.digest from receivables_receipt r
        left join customers_customer c on c.id = r.customer_id""",
    "applications": """select i.number, r.number, n.number, a.amount, a.applied_on, a.rule
        from receivables_application a join receivables_dueline l on l.id = a.due_line_id
        join receivables_invoice i on i.id = l.invoice_id
        left join receivables_receipt r on r.id = a.receipt_id
        left join receivables_dueline k on k.id = a.credit_line_id
        left join receivables_invoice n on n.id = k.invoice_id""",
    "postings": """select i.number, r.number, p.due_date, p.doc_date, p.posted_on, p.amount, p.closed_on,
        c.code from receivables_posting p left join receivables_dueline l on l.id = p.due_line_id
        left join receivables_invoice i on i.id = l.invoice_id
        left join receivables_receipt r on r.id = p.receipt_id
        left join customers_customer c on c.id = p.customer_id""",
}


def take_snapshot() -> dict[str, list[str]]:
    """Return what every table holds, by natural keys: ids, instants and batches left out."""
    found = {}
    with connection.cursor() as cursor:
        for name, sql in _SNAPSHOT.items():
            cursor.execute(sql)
            found[name] = sorted(map(repr, cursor.fetchall()))
    return found
