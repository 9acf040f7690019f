"""What people are at work on in the sample house: investigations, markets, a draft of the models."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from common.models import PolicyVersion
from credit_mgmt.demo.dossiers import Dossier
from credit_mgmt.demo.habits import NEW, SLOW
from customers.domain.investigation import SECTIONS, TESTS, Proposal, Tone
from customers.models import Customer, Investigation, RiskGroup, Signal
from customers.services import (
    act_on_signal,
    confirm_investigation,
    confirm_signal,
    create_risk_group,
    dismiss_signal,
    save_investigation,
    start_investigation,
)
from dashboards.investigation_facts import gather_report
from scoring.domain.markets.market import INDICATORS as MARKET_INDICATORS
from scoring.domain.markets.tenant import INDICATORS as TENANT_INDICATORS
from scoring.models import Market
from scoring.selectors.model_versions import find_in_force
from scoring.services.admissions import ListedTenant, run_admission
from scoring.services.markets import save_market, save_survey
from scoring.services.model_versions import save_draft
from users.models import User

MARKET_STEPS = (4, 4, 5, 4, 4, 3, 4, 4, 4, 3)
TENANTS: tuple[tuple[str, tuple[int, ...] | None], ...] = (
    ("示例五金商行", (5, 5, 4, 4, 5, 4, 4, 4, 4)),
    ("示例电料批发部", (4, 5, 4, 3, 5, 4, 3, 4, 4)),
    ("示例家纺店", (4, 4, 3, 4, 4, 3, 4, 3, 4)),
    ("示例文具商行", (3, 4, 3, 3, 4, 3, 3, 4, 3)),
    ("示例箱包店", (3, 3, 3, 3, 4, 3, 2, 3, 3)),
    ("示例玩具批发部", (2, 3, 2, 3, 3, 2, 2, 3, 2)),
    ("示例饰品店", (2, 2, 2, 2, 3, 2, 2, 2, 2)),
    ("示例日用百货店", None),
)
SEEN = "示例 / Sample: plant and stock were seen on site."
LOOKED = "示例 / Sample: talked to the customer."
OLD = 30  # days after which a signal of the sample has been answered
SHIFT = 5  # points of weight, from the answers to the payments


def write_investigations(
    dossiers: Sequence[Dossier], *, as_of: date, people: Mapping[str, User]
) -> int:
    """Confirm a baseline of a few old customers, and leave one complete and one begun draft.

    The draft that is complete waits for a colleague of its drafter.
    """
    old = [d.customer for d in dossiers if d.trades and d.habit is not NEW][:4]
    for customer in old[:2]:
        draft = _draft(customer, as_of=as_of, actor=people["analyst"])
        facts = gather_report(customer, draft, user=people["manager"], as_of=as_of, today=as_of)
        confirm_investigation(
            investigation=draft, snapshot=facts, actor=people["manager"], as_of=as_of
        )
    for customer in old[2:3]:
        _draft(customer, as_of=as_of, actor=people["analyst"])
    for customer in old[3:]:
        start_investigation(customer=customer, actor=people["analyst"], as_of=as_of)
    return len(old)


def write_markets(dossiers: Sequence[Dossier], *, as_of: date, people: Mapping[str, User]) -> int:
    """Survey two markets and admit the best third of the tenants that one operator recommends."""
    operator = next((d.customer for d in dossiers if d.trades), None)
    city = save_market(
        actor=people["analyst"],
        as_of=as_of,
        code="M001",
        kind=Market.Kind.WHOLESALE,
        name_zh="示例小商品城",
        name_en="Sample Small Goods City",
        operator=operator,
        region="EAST",
        active_tenants=180,
    )
    save_survey(
        market=city,
        steps=dict(zip(MARKET_INDICATORS, MARKET_STEPS, strict=True)),
        second_surveyor=people["sales"],
        as_of=as_of - timedelta(days=30),
        actor=people["analyst"],
        note="示例 / Sample",
    )
    run_admission(
        market=city, rows=list(_list_tenants()), as_of=as_of, actor=people["analyst"], share="1/3"
    )
    save_market(
        actor=people["analyst"],
        as_of=as_of,
        code="M002",
        kind=Market.Kind.WHOLESALE,
        name_zh="示例建材市场",
        name_en="Sample Building Materials Market",
        region="SOUTH",
        active_tenants=60,
    )
    return 2


def write_risk_group(
    dossiers: Sequence[Dossier], *, as_of: date, people: Mapping[str, User]
) -> RiskGroup | None:
    """Let two customers that one family controls bear one risk; the ring is left to be asked for."""
    members = [d.customer for d in dossiers if d.trades and d.habit is not SLOW][-2:]
    if len(members) < 2:
        return None
    return create_risk_group(
        reason=RiskGroup.Reason.SAME_CONTROLLER,
        members=members,
        name_en="Sample Family",
        name_zh="示例家族",
        note="示例 / Sample",
        actor=people["analyst"],
        as_of=as_of - timedelta(days=90),
    )


def answer_signals(*, as_of: date, people: Mapping[str, User]) -> int:
    """Answer what has waited for long, and put the customer of one newer signal on the watch list.

    What is true of the rest is left to be assessed. To be called after the night that raised them.
    """
    waiting = Signal.objects.filter(state=Signal.State.ASSIGNED).order_by("pk")
    old = list(waiting.filter(raised_on__lt=as_of - timedelta(days=OLD)))
    for signal in old:
        dismiss_signal(signal=signal, text=LOOKED, actor=people["manager"], as_of=signal.raised_on)
    true = (
        waiting.filter(severity=Signal.Severity.AMBER, customer__state=Customer.State.ACTIVE)
        .exclude(code="S03")
        .first()
    )
    if true is not None:
        confirm_signal(signal=true, text=LOOKED, actor=people["analyst"], as_of=as_of)
        act_on_signal(
            signal=true, action=Signal.Action.WATCH, text=LOOKED, actor=people["manager"], as_of=as_of
        )  # fmt: skip
    return len(old) + bool(true)


def write_draft_of_models(*, as_of: date, people: Mapping[str, User]) -> PolicyVersion:
    """Leave a draft in which the payments to us weigh more, for the management to release."""
    held = find_in_force(as_of=as_of)
    assert held is not None, "the reference data hold a version"
    weights = dict(held.body["components"])
    weights["behaviour"] += SHIFT
    weights["qualitative"] -= SHIFT
    return save_draft(
        body={**held.body, "components": weights},
        valid_from=as_of + timedelta(days=30),
        note="示例 / Sample: payments to us weigh more.",
        actor=people["manager"],
        as_of=as_of,
    )


def _draft(customer: Customer, *, as_of: date, actor: User) -> Investigation:
    row = start_investigation(customer=customer, actor=actor, as_of=as_of)
    sections = {
        section.code: {
            "options": [name for name, tone in section.options.items() if tone is Tone.GOOD][:2],
            "text": SEEN if section.code == "VISIT" else "",
        }
        for section in SECTIONS
    }
    return save_investigation(
        investigation=row,
        sections=sections,
        tests={code: {"result": "PASS", "note": ""} for code in TESTS},
        proposal=Proposal(
            limit=Decimal(800_000),
            term="NET30",
            conditions="示例 / Sample",
            review_on=as_of + timedelta(days=360),
        ),
        version=row.version,
        actor=actor,
        as_of=as_of,
    )


def _list_tenants() -> list[ListedTenant]:
    return [
        ListedTenant(
            key=f"T{number:02d}",
            name=name,
            steps=dict(zip(TENANT_INDICATORS, steps, strict=True))
            if steps
            else dict.fromkeys(TENANT_INDICATORS),
            requested_limit=Decimal(20_000 + 5_000 * number),
        )
        for number, (name, steps) in enumerate(TENANTS, start=1)
    ]
