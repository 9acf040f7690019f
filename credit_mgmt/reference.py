"""What a new installation needs before the first customer: policies, calendars, terms, procedures.

House defaults of the domain guide, stored as dated data, changed by versions and never by code.
Safe to repeat: what is there stays.
"""

from datetime import date
from typing import Any

from django.db import transaction

from collection.models import DunningLevel, DunningProcedure
from common.models import CalendarDay, PolicyVersion, Rate
from common.policies import add_policy
from common.workdays import CN_2025_2026
from customers.domain.signal_policy import SignalPolicy, write_signal_policy
from customers.models import Company, PaymentTerm
from scoring.domain.rating.policy_body import write_policy_body

START = date(1990, 1, 1)

POLICIES: dict[str, dict[str, Any]] = {
    # receivables.domain.aging: upper edges, in days, of the buckets after "not due"
    "AGING_BUCKETS": {"edges": [30, 60, 90, 180]},
    # receivables.domain.matching: tolerance of a difference, size of the combination search
    "CASH_APPLICATION": {
        "tol_abs": "10.00",
        "tol_pct": "1",
        "combo_max_items": 20,
        "combo_max_size": 6,
    },
    # domain guide 0.6: what each risk class may have
    "RISK_CLASSES": {
        "1": {
            "max_term_days": 90,
            "unsecured_share": "1.00",
            "review_months": 12,
            "procedure": "SOFT",
            "max_overdue_days": 45,
            "uplift": 0,
        },
        "2": {
            "max_term_days": 60,
            "unsecured_share": "1.00",
            "review_months": 12,
            "procedure": "STD",
            "max_overdue_days": 30,
            "uplift": 0,
        },
        "3": {
            "max_term_days": 45,
            "unsecured_share": "0.70",
            "review_months": 6,
            "procedure": "STD",
            "max_overdue_days": 30,
            "uplift": 0,
        },
        "4": {
            "max_term_days": 30,
            "unsecured_share": "0.30",
            "review_months": 3,
            "procedure": "STRICT",
            "max_overdue_days": 7,
            "uplift": 1,
        },
        "5": {
            "max_term_days": 0,
            "unsecured_share": "0.00",
            "review_months": 1,
            "procedure": "STRICT",
            "max_overdue_days": 0,
            "uplift": 2,
        },
        "D": {
            "max_term_days": 0,
            "unsecured_share": "0.00",
            "review_months": 1,
            "procedure": "STRICT",
            "max_overdue_days": 0,
            "uplift": 0,
        },
    },
    # credit_control.domain.order_check: which rules are on, with their parameters. R08's days come from
    # the customer's risk class when "max_days" is null.
    "ORDER_CHECK": {
        "R01": {},
        "R02": {"grace_days": 0},
        "R03": {"tolerance_pct": "0", "action": "BLOCK"},
        "R04": {"horizon_days": 60, "tolerance_pct": "0"},
        "R06": {},
        "R08": {"max_days": None, "min_item_amount": "500"},
        "R09": {"days": 15, "max_pct": "20", "action": "WARN"},
        "R10": {"overdue_amount": "50000", "limit_threshold_pct": "80", "action": "WARN"},
        "R11": {"block_at_level": 3},
        "R12": {"action": "WARN"},
        "R13": {"grace_days": 30},
        "R14": {"max_class": 4},
        "R16": {},
        "R17": {"block_at": 2},
    },
    # credit_control.domain.approval: bands by total limit, and the uplifts
    "APPROVAL_MATRIX": {
        "matrix": [
            {"max": "100000", "levels": ["CA", "CM"]},
            {"max": "500000", "levels": ["CA", "CM", "FIN_DIR"]},
            {"max": "2000000", "levels": ["CA", "CM", "FIN_DIR", "EXEC"]},
            {"max": None, "levels": ["CA", "CM", "FIN_DIR", "EXEC", "COMM"]},
        ],
        "standard_term_days": 60,
        "decide_within_hours": 24,
        "manager_ceiling": "2000000",
    },
    # scoring.domain.rating.policy_body: weights, curves, standards and rates of every model
    "RATING": write_policy_body(),
    # collection.services: up to which level letters leave without a person's word
    "DUNNING": {"auto_send_max_level": 2},
    # customers.domain.signal_policy: thresholds of the early-warning rules, by signal
    "SIGNALS": write_signal_policy(SignalPolicy()),
    # scoring.domain.segments.value_policy: what a customer costs us; the margin where no fact names its own
    "CUSTOMER_VALUE": {
        "gross_margin": "0.22",
        "visits": {"A": "12", "B": "4", "C": "1"},
        "cost_per_visit": "3000",
        "cost_per_order": "500",
        "cost_per_dispute": "1000",
        "vat": "0.13",
        "capital_rate": "0.06",
        "lgd": "0.45",
        "pd_unrated": "0.0293",
    },
    # credit_control.domain.need: what a year's turnover needs at its peak
    "LIMIT_METHODS": {
        "vat_rate": "0.13",
        "cycle_days": 15,
        "peak_factor": "1.2",
    },
}

TERMS: list[tuple[str, str, dict[str, Any], int, str, str]] = [
    ("PREPAID", "prepaid", {}, 0, "Prepaid", "预付"),
    ("COD", "cod", {}, 0, "Cash on delivery", "货到付款"),
    *[
        (f"NET{n}", "net", {"days": n}, n, f"Net {n} days", f"净{n}天")
        for n in (7, 10, 14, 15, 30, 45, 60, 75, 90)
    ],
    (
        "EOM30",
        "eom",
        {"days": 30, "mode": "eom_then_days"},
        45,
        "Month end + 30 days",
        "月末后30天",
    ),
    (
        "MONTHLY",
        "monthly",
        {"cutoff_day": 25, "months": 1, "day": 10},
        30,
        "Monthly, closing on the 25th, paid on the 10th",
        "月结：25日截止，次月10日付",
    ),
]

PROCEDURES: dict[str, tuple[str, str, tuple[int, ...]]] = {
    "STD": ("Standard", "标准", (3, 15, 30)),
    "SOFT": ("Soft", "宽松", (7, 21, 45)),
    "STRICT": ("Strict", "严格", (1, 7, 14)),
}

LPR_1Y = (
    ("2019-08-20", "4.25"), ("2019-09-20", "4.20"), ("2019-11-20", "4.15"), ("2020-02-20", "4.05"),
    ("2020-04-20", "3.85"), ("2021-12-20", "3.80"), ("2022-01-20", "3.70"), ("2022-08-22", "3.65"),
    ("2023-06-20", "3.55"), ("2023-08-21", "3.45"), ("2024-07-22", "3.35"), ("2024-10-21", "3.10"),
    ("2025-05-20", "3.00"),
)  # fmt: skip


@transaction.atomic
def seed_reference_data() -> None:
    """Write the house defaults that are not there yet."""
    for kind, body in POLICIES.items():
        if not PolicyVersion.objects.filter(kind=kind).exists():
            add_policy(kind, body, valid_from=START, note="House default")
    Company.objects.get_or_create(
        code="HY",
        defaults={
            "name_en": "Hengyuan Industries (sample)",
            "name_zh": "示例恒远工业集团",
            "size_class": "SMALL",
            "address": "示例市示例路1号",
            "bank_account": "SAMPLE-6222-0000-0001",
            "bank_name": "示例银行",
            "contact_email": "credit@hengyuan.example.invalid",
        },
    )
    for rank, (code, kind, params, days, en, zh) in enumerate(sorted(TERMS, key=lambda t: t[3])):
        PaymentTerm.objects.get_or_create(
            code=code,
            defaults={
                "kind": kind, "params": params, "days": days, "rank": rank,
                "name_en": en, "name_zh": zh,
            },
        )  # fmt: skip
    _seed_procedures()
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(calendar="CN", date=day, day_type=kind)
            for kind, days in (
                ("HOLIDAY", CN_2025_2026.holidays),
                ("WORKDAY", CN_2025_2026.workdays),
            )
            for day in sorted(days)
        ],
        ignore_conflicts=True,
    )
    Rate.objects.bulk_create(
        [
            Rate(kind="lpr_1y", code="CNY", valid_from=date.fromisoformat(day), value=value)
            for day, value in LPR_1Y
        ],
        ignore_conflicts=True,
    )


def _seed_procedures() -> None:
    for code, (en, zh, days) in PROCEDURES.items():
        procedure, created = DunningProcedure.objects.get_or_create(
            code=code,
            defaults={"name_en": en, "name_zh": zh, "reminder_offsets": [7, 3, 0]},
        )
        if created:
            DunningLevel.objects.bulk_create(
                [
                    DunningLevel(
                        procedure=procedure,
                        level=n,
                        min_days_overdue=d,
                        with_interest=n == len(days),
                        is_final=n == len(days),
                    )
                    for n, d in enumerate(days, start=1)
                ]
            )
