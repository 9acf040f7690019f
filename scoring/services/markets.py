"""Markets: kept, scored by two people on site, and their tenants admitted by the batch."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common.errors import InvalidInput
from common.events import record_event
from common.jsonable import to_jsonable
from common.locks import lock_row
from scoring.domain.markets.market import KNOCK_OUTS, MarketFacts, score_market
from scoring.domain.markets.scorecard import CardResult, InvalidStep
from scoring.domain.results import Reason
from scoring.models import Market, MarketSurvey
from scoring.selectors.markets import list_knock_outs
from users.models import User
from users.permissions import CREDIT, SALES, require


class MarketExists(InvalidInput):
    """Another market has this code."""

    code = "MARKET_EXISTS"


@transaction.atomic
def save_market(*, actor: Any, as_of: date, market: Market | None = None, **fields: Any) -> Market:
    """Create a market, or change what is known of one.

    `fields`: code (of a new one), kind, name_en, name_zh, operator, region, active_tenants.

    Raises:
        MarketExists: the code is taken.
    """
    require(actor, "rating.propose")
    is_new = market is None
    row = Market(created_by=actor) if market is None else lock_row(Market, market.pk)
    before = {} if is_new else {name: getattr(row, name) for name in fields}
    for name, value in fields.items():
        setattr(row, name, value)
    if not (row.name_en or row.name_zh):
        raise InvalidInput(_("A market needs a name."), field="name_zh")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "code" not in str(error):
            raise
        raise MarketExists(_("Another market has this code."), field="code") from None
    record_event(
        "scoring.market.created" if is_new else "scoring.market.changed",
        actor=actor,
        subject=row,
        customer_id=row.operator_id,
        as_of=as_of,
        before=before,
        after=fields,
    )
    return row


@transaction.atomic
def save_survey(
    *,
    market: Market,
    steps: Mapping[str, int | None],
    second_surveyor: User,
    as_of: date,
    actor: Any,
    has_removal_notice: bool = False,
    knock_outs: Sequence[str] = (),
    note: str = "",
) -> MarketSurvey:
    """Keep a market's scorecard as two people filled it in, with the decision that follows.

    The actor is of the credit department, `second_surveyor` is the account manager who was there.
    To the knock-outs given by hand come those of the operator's rating in force.

    Raises:
        InvalidInput: an answer is missing (unless something rejects anyway) or is no step; the two
            people are not of the two departments; `field` names what is wrong.
    """
    require(actor, "rating.propose")
    _check_surveyors(actor, second_surveyor)
    rated = list_knock_outs([market.operator_id] if market.operator_id else [], as_of=as_of)
    from_rating = rated.get(market.operator_id or 0, ())
    hits = [code for code in KNOCK_OUTS if code in {*knock_outs, *from_rating}]
    result = score_survey(steps, has_removal_notice=has_removal_notice, knock_outs=hits)
    if result.decision is None:
        raise InvalidInput(
            _("Every indicator needs a step."), field=result.missing[0], code="ANSWERS_MISSING"
        )
    survey = MarketSurvey.objects.create(
        market=market,
        as_of=as_of,
        steps={term.name: int(term.input) for term in result.terms if term.input is not None},
        notices={
            "has_removal_notice": has_removal_notice,
            "knock_outs": hits,
            "from_rating": list(from_rating),
        },
        score=result.value,
        decision=str(result.decision),
        reasons=store_reasons(result.rejects),
        note=note.strip(),
        surveyed_by=actor,
        second_surveyor=second_surveyor,
    )
    record_event(
        "scoring.market.surveyed",
        actor=actor,
        subject=survey,
        customer_id=market.operator_id,
        as_of=as_of,
        after={"score": result.value, "decision": result.decision, "second": second_surveyor.pk},
    )
    return survey


def score_survey(
    steps: Mapping[str, int | None],
    *,
    has_removal_notice: bool = False,
    knock_outs: Sequence[str] = (),
) -> CardResult:
    """Score a market's card without keeping anything.

    Raises:
        InvalidInput: an answer is no step from 1 to 5; `field` names it.
    """
    try:
        return score_market(steps, MarketFacts(has_removal_notice, tuple(knock_outs)))
    except InvalidStep as error:
        raise InvalidStep(_("Answer with a step from 1 to 5."), field=error.field) from None


def _check_surveyors(actor: Any, second: User) -> None:
    if second.pk == actor.pk:
        raise InvalidInput(
            _("Two people survey a market; name the other one."), field="second_surveyor"
        )
    if actor.role not in CREDIT or second.role != SALES or not second.is_active:
        raise InvalidInput(
            _("One surveyor is of the credit department, the other an account manager."),
            field="second_surveyor",
            code="NOT_TWO_DEPARTMENTS",
        )


def store_reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Return reasons in the form in which they are kept."""
    return [{"code": reason.code, "params": to_jsonable(dict(reason.params))} for reason in reasons]
