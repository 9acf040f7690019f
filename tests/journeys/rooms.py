"""What the small portfolio has in the rooms of the dossier, the models and the markets."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from common.models import PolicyVersion
from customers.models import (
    Customer,
    Document,
    Fact,
    FactConflict,
    Investigation,
    ListCheck,
    Relation,
    RiskGroup,
    RiskGroupMember,
    Signal,
)
from customers.services import (
    NewCheck,
    create_risk_group,
    raise_by_hand,
    record_checks,
    record_fact,
    record_relation,
    start_investigation,
)
from scoring.models import Admission, RatingOverride
from scoring.selectors.model_versions import find_in_force
from scoring.services.admissions import run_admission
from scoring.services.model_versions import save_draft
from scoring.services.overrides import ask_override
from tests import cast
from tests.customers.papers import give_document
from tests.scoring.market_samples import make_market, survey, tenants


@dataclass(frozen=True)
class Rooms:
    """One of each, of the customer of `sales`."""

    document: Document
    fact: Fact
    conflict: FactConflict
    signal: Signal
    check: ListCheck
    relation: Relation
    risk_group: RiskGroup
    member: RiskGroupMember
    investigation: Investigation
    draft: PolicyVersion
    override: RatingOverride
    admission: Admission


def build(people: cast.People, mine: Customer, foreign: Customer, today: date) -> Rooms:
    """Fill the rooms as people would, as of `today`."""
    official, press = (
        record_fact(
            customer=mine,
            field="REVENUE",
            value=value,
            about=today - timedelta(days=90),
            source_class=source,
            actor=people.analyst,
            as_of=today,
        )
        for source, value in (("OFFICIAL", "9000000"), ("SOCIAL", "4000000"))
    )
    signal, _is_new = raise_by_hand(
        customer=mine,
        code="S06",
        severity="RED",
        raised_on=today,
        note="The seal looks copied.",
        actor=people.sales,
        as_of=today,
    )
    checks = record_checks(
        [NewCheck(mine.pk, "DISHONEST_DEBTOR", today, "HIT", "NAME_ONLY")],
        as_of=today,
        actor=people.analyst,
    )
    relation = record_relation(
        source=mine,
        target=foreign,
        kind="GUARANTEES",
        valid_from=today - timedelta(days=9),
        amount=Decimal(500),
        actor=people.analyst,
        as_of=today,
    )
    risk_group = create_risk_group(
        reason="OTHER",
        name_en="Sample pair",
        members=[mine, foreign],
        code="R1",
        actor=people.analyst,
        as_of=today,
    )
    held = find_in_force(as_of=today)
    assert held is not None
    return Rooms(
        document=give_document(mine, people.sales, as_of=today),
        fact=official,
        conflict=FactConflict.objects.get(first=official, second=press),
        signal=signal,
        check=checks[0],
        relation=relation,
        risk_group=risk_group,
        member=RiskGroupMember.objects.filter(group=risk_group).earliest("pk"),
        investigation=start_investigation(customer=mine, actor=people.analyst, as_of=today),
        draft=save_draft(
            body=held.body, valid_from=today, note="As it was.", actor=people.manager, as_of=today
        ),
        override=ask_override(
            customer=mine,
            code="NOTCH-3",
            notches=-1,
            reason="The owner fell ill.",
            valid_from=today,
            valid_to=today + timedelta(days=60),
            as_of=today,
            actor=people.analyst,
        ),
        admission=_admit_tenants(people, mine, today),
    )


def _admit_tenants(people: cast.People, operator: Customer, today: date) -> Admission:
    """Survey a market that `operator` runs, and admit the first of three tenants."""
    market = make_market(people, operator=operator)
    survey(people, market)
    return run_admission(market=market, rows=tenants(5, 4, 3), as_of=today, actor=people.analyst)
