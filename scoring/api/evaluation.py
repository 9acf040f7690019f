"""`POST scoring/evaluate/`: every model on facts that the caller sends; nothing is stored."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.clock import business_today
from common.errors import InvalidInput
from common.jsonable import to_jsonable
from scoring.domain.models import five_c
from scoring.domain.models.characteristics import check_ratings
from scoring.domain.payment.behaviour import BehaviourFacts, split_into_pieces
from scoring.domain.profile import Profile
from scoring.domain.rating.composite import Rating
from scoring.domain.rating.evaluation import Evaluation, evaluate_models
from scoring.domain.rating.overrides import Override
from scoring.domain.rating.policy_body import read_weight_set
from scoring.domain.results import ScoreResult
from scoring.domain.statements.statements import AuditOpinion, Statement
from scoring.domain.statements.years import rescale
from scoring.selectors.policy import get_rating_policy
from scoring.selectors.rates import find_usd_rate
from scoring.serializers.evaluation import EvaluationAskedSerializer, EvaluationSerializer
from scoring.words.models import list_reasons, tell_reason

PLACES = Decimal("1e-10")
UNKNOWN = "UNK"


class EvaluateView(APIView):
    """Evaluate a customer by every model, without storing anything.

    Statements may come in any order and are read newest first, as full statements that are complete
    (a blank optional item is 0) unless `complete` is false; `condensed` ones may state derived items.
    Amounts count in `unit_multiplier` (default 1). The policy and the exchange rates are those in
    force on `as_of` and on the balance-sheet day. An item, model, trait, weight set or step that does
    not exist is refused with 422 and its name.
    """

    permission = "rating.view"

    @extend_schema(
        request=EvaluationAskedSerializer,
        responses={200: EvaluationSerializer},
        operation_id="scoring_evaluate",
    )
    def post(self, request: Request) -> Response:
        asked = EvaluationAskedSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(show_evaluation(evaluate(asked.validated_data)))


def evaluate(body: Mapping[str, Any]) -> Evaluation:
    """Turn a checked body into facts and evaluate them (2 queries: policy and exchange rate).

    Raises:
        InvalidInput: something named does not exist; `field` is its place in the body.
    """
    as_of = _read_day(body)
    statements, unit = read_statements(body.get("statements") or (), as_of=as_of)
    with _under("characteristics"):
        ratings = check_ratings(body.get("characteristics") or {})
    newest = statements[0] if statements else None
    rate = None
    if newest is not None:
        rate = find_usd_rate(newest.currency, on=newest.period_end or as_of)
    policy = get_rating_policy(as_of=as_of)
    with _under(""):
        return evaluate_models(
            statements,
            as_of=as_of,
            profile=read_profile(body.get("profile") or {}),
            five_c_answers=read_answers(body.get("five_c") or {}),
            characteristic_ratings=ratings,
            weight_set=body.get("weight_set") or read_weight_set(policy.version.body),
            behaviour_facts=read_behaviour(body.get("behaviour"), as_of=as_of),
            unit=unit,
            usd_rates={newest.currency: rate} if newest and rate else None,
            models=body.get("models"),
            policy=policy.rules,
        )


def _read_day(body: Mapping[str, Any]) -> date:
    """Return the day of the evaluation: the caller's, the ledger's, or today."""
    asked, ledger = body.get("as_of"), (body.get("behaviour") or {}).get("as_of")
    if asked and ledger and asked != ledger:
        raise InvalidInput(
            _("The payments are read on the day of the evaluation; give one day."),
            field="behaviour.as_of",
            code="TWO_DAYS",
            value=ledger.isoformat(),
        )
    day: date = asked or ledger or business_today()
    return day


def read_statements(
    rows: Sequence[Mapping[str, Any]], *, as_of: date
) -> tuple[list[Statement], Decimal]:
    """Build the statements, newest first, all in the unit of the newest one."""
    read: list[tuple[Statement, Decimal]] = []
    for place, row in enumerate(rows):
        name = f"statements.{place}"
        if row["period_end"] > as_of:
            raise InvalidInput(
                _("The period ends after the day of the evaluation."),
                field=f"{name}.period_end",
                code="PERIOD_IN_FUTURE",
                value=row["period_end"].isoformat(),
            )
        with _under(name):
            read.append((_read_statement(row), Decimal(row["unit_multiplier"])))
    # Of one day, the order of the caller holds.
    read.sort(key=lambda pair: pair[0].period_end or date.min, reverse=True)
    if not read:
        return [], Decimal(1)
    unit = read[0][1]
    return [s if own == unit else rescale(s, own / unit) for s, own in read], unit


def _read_statement(row: Mapping[str, Any]) -> Statement:
    return Statement(
        {name: amount for name, amount in row["items"].items() if amount is not None},
        period_end=row["period_end"],
        months=row["months"],
        currency=row["currency"],
        audit_opinion=AuditOpinion(row["audit_opinion"]),
        is_estimate=row["estimate"],
        is_consolidated=row["consolidated"],
        is_complete=row["complete"] and not row["condensed"],
        is_condensed=row["condensed"],
        is_non_comparable=row["non_comparable"],
    )


def read_profile(row: Mapping[str, Any]) -> Profile:
    """Build the profile; nothing said is an unlisted company of unknown industry."""
    return Profile(
        is_listed=row.get("listed", False),
        industry=row.get("industry", ""),
        sector=row.get("sector", ""),
        founded=row.get("founded"),
        suspended_days=row.get("suspended_days", 0),
    )


def read_answers(parts: Mapping[str, Sequence[Any]]) -> dict[str, list[five_c.Answer]] | None:
    """Check the answers of the 5C; none at all is no assessment."""
    answers: dict[str, list[five_c.Answer]] = {}
    for part, steps in parts.items():
        name = f"five_c.{part}"
        if part not in five_c.PARTS or len(steps) != len(five_c.PARTS[part]):
            text = _("The five Cs have five answers each: %(parts)s.") % {
                "parts": ", ".join(five_c.PARTS)
            }
            raise five_c.InvalidAnswer(text, field=name, value=len(steps))
        answers[part] = [_read_step(step, f"{name}.{n}") for n, step in enumerate(steps)]
    return answers or None


def _read_step(step: Any, place: str) -> five_c.Answer:
    if step is None or step == UNKNOWN:
        return None
    if step == five_c.NOT_APPLICABLE:
        return five_c.NOT_APPLICABLE
    if isinstance(step, int) and not isinstance(step, bool) and 1 <= step <= 5:
        return step
    text = _("An answer is a step from 1 to 5, NA or UNK.")
    raise five_c.InvalidAnswer(text, field=place, value=step)


def read_behaviour(row: Mapping[str, Any] | None, *, as_of: date) -> BehaviourFacts | None:
    """Split the invoices into pieces: paid parts of the window, and what is open and overdue."""
    if not row:
        return None
    pieces = [
        piece
        for invoice in row.get("invoices") or ()
        for piece in split_into_pieces(
            invoice["amount"],
            invoice["due"],
            [(part["amount"], part["date"]) for part in invoice.get("payments") or ()],
            as_of=as_of,
        )
    ]
    return BehaviourFacts(
        pieces=pieces,
        promises_kept=row["promises_kept"],
        promises_broken=row["promises_broken"],
        unjustified_dispute_ratio=row.get("unjustified_dispute_ratio"),
        limit=row.get("limit"),
    )


def show_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Return the answer: figures as text, reasons with their sentence."""
    return {
        "models": {code: _show_model(result) for code, result in evaluation.models.items()},
        "composite": _show_composite(evaluation.composite, evaluation.suggested_limit),
    }


def _show_model(result: ScoreResult) -> dict[str, Any]:
    return {
        "value": show_figure(result.value),
        "status": result.status.value,
        "band": result.band,
        "terms": [
            {
                "name": term.name,
                "input": show_figure(term.input),
                "weight": show_figure(term.weight),
                "contribution": show_figure(term.contribution),
            }
            for term in result.terms
        ],
        "inputs_used": {name: show_figure(value) for name, value in result.inputs_used.items()},
        "reasons": [
            reason | {"params": _show_params(reason["params"])} for reason in list_reasons(result)
        ],
        "formula_version": result.formula_version,
    }


def _show_composite(rating: Rating, suggested_limit: Decimal | None) -> dict[str, Any]:
    bounds: list[Any] = [*rating.overrides, *rating.caps]
    return {
        "score": show_figure(rating.score),
        "grade": rating.grade,
        "risk_class": rating.risk_class,
        "pd_12m": show_figure(rating.pd_12m),
        "suggested_limit": show_figure(suggested_limit),
        "reasons": [
            {"code": r.code, "params": _show_params(r.params), "text": tell_reason(r)}
            for r in rating.reasons
        ],
        "caps": [
            {"code": b.code, "grade": b.grade, "is_binding": b.code == rating.binding}
            for b in bounds
            if not isinstance(b, Override) or b.grade
        ],
    }


def _show_params(params: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: show_figure(value) if isinstance(value, Decimal) else to_jsonable(value)
        for name, value in params.items()
    }


def show_figure(value: Decimal | None) -> str | None:
    """Return a figure as plain text with ten decimals at most.

    >>> show_figure(Decimal("2.50")), show_figure(Decimal("1E+3")), show_figure(None)
    ('2.5', '1000', None)
    """
    if value is None:
        return None
    with localcontext(prec=80):
        rounded = value.quantize(PLACES)
    text = format(rounded, "f").rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@contextmanager
def _under(place: str) -> Iterator[None]:
    """Put the place in the body before the field that a rule of the domain refused, and say why."""
    try:
        yield
    except InvalidInput as error:
        field = f"{place}.{error.field}" if place else error.field
        if error.code in ("UNKNOWN_ITEM", "DERIVED_ITEM_STATED"):
            field = f"{place}.items.{error.field}"
        value = error.params.get("value", error.field)
        text = str(error) or _explain(error.code) % {"value": value}
        raise InvalidInput(
            text, field=field, code=error.code, **(error.params | {"value": value})
        ) from error


def _explain(code: str) -> str:
    return {
        "UNKNOWN_ITEM": _("“%(value)s” is not a statement item."),
        "DERIVED_ITEM_STATED": _("“%(value)s” is computed on a full statement, not entered."),
        "MONTHS_OUT_OF_RANGE": _("A statement covers 1 to 18 months."),
        "UNKNOWN_MODEL": _("“%(value)s” is not a model."),
        "INVALID_RATING": _("A rating is a number from 0 to 10 for one of the 18 traits."),
        "UNKNOWN_WEIGHT_SET": _("“%(value)s” is not a weight set."),
    }.get(code, _("This value cannot be used."))
