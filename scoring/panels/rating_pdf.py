"""The rating as a document: facts, models, waterfall in words, sources, in either language."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.errors import NotFound
from common.figures import format_amount, format_day, format_iso_day, format_ratio
from common.pdf import render_pdf
from customers.models import Company, Customer
from scoring.models import Rating
from scoring.panels.limits import build_advice
from scoring.panels.models import list_gaps, list_model_rows
from scoring.panels.overrides import list_override_rows
from scoring.panels.ratings import build_result, show_shares
from scoring.panels.sources import list_opinions, show_behaviour
from scoring.selectors import Explanation, explain_rating, get_current_rating
from scoring.selectors.assessments import list_overrides_of
from scoring.selectors.customer_case import CustomerCase, evaluate_customer
from scoring.selectors.limit_advice import get_limit_advice
from scoring.texts import show_score

TEMPLATE = "rating.typ"
LANGUAGES = {"zh-hans": ("zh", "CN"), "en": ("en", "GB")}


def build_rating_pdf(customer: Customer, *, as_of: date, language: str = "") -> tuple[bytes, str]:
    """Return the document of the rating in force, and its file name; raise `NotFound` without one.

    `language` is a code of the settings; anything else is the active language.
    """
    rating = get_current_rating(customer_id=customer.pk, as_of=as_of)
    if rating is None:
        raise NotFound(_("This customer has no rating yet."))
    known = {code for code, _name in settings.LANGUAGES}
    with translation.override(language if language in known else translation.get_language()):
        data = build_document(customer, rating, as_of=as_of)
    content = render_pdf(TEMPLATE, data, dated=rating.as_of)
    return content, f"rating-{customer.code}-{rating.as_of.isoformat()}.pdf"


def build_document(customer: Customer, rating: Rating, *, as_of: date) -> dict[str, Any]:
    """Return every word of the document in the active language."""
    explanation = explain_rating(rating)
    case = evaluate_customer(customer, as_of=rating.as_of, rating=rating)
    advice = build_advice(get_limit_advice(customer, as_of=rating.as_of, rating=rating, case=case))
    lang, region = LANGUAGES.get(translation.get_language() or "en", LANGUAGES["en"])
    company = Company.objects.order_by("pk").first()
    return {
        "lang": lang,
        "region": region,
        "title": _("Credit rating"),
        "company": company.display_name if company else "",
        "customer": customer.display_name,
        "code": customer.code,
        "grade": _("Trading blocked")
        if rating.is_trading_blocked
        else f"{rating.grade}{rating.modifier}",
        "facts": _facts(rating),
        "sections": [
            *_rating_sections(rating, explanation, customer, as_of),
            *_model_sections(case, explanation),
            _limit_section(advice),
            *_source_sections(case, customer, rating),
        ],
        "footer": _("Made on %(day)s from the rating stored on %(stored)s.")
        % {"day": format_day(as_of), "stored": format_day(rating.recorded_at.date())},
    }


def _facts(rating: Rating) -> list[tuple[str, str]]:
    return [
        (_("Score"), _("%(score)s of 100") % {"score": show_score(rating.score)}),
        (_("Risk class"), rating.risk_class),
        (
            _("PD 12 months"),
            f"{format_ratio(rating.pd_12m, 2)} ({_('uncalibrated')})",
        ),
        (_("Rated on"), format_day(rating.as_of)),
        (_("Valid until"), format_day(rating.valid_to)),
        (_("Policy version"), str(rating.policy.version) if rating.policy else "–"),
        (
            _("Statement of"),
            format_day(rating.statement.period_end) if rating.statement else "–",
        ),
    ]


def _rating_sections(
    rating: Rating, explanation: Explanation, customer: Customer, as_of: date
) -> list[dict[str, Any]]:
    result = build_result(rating, explanation)
    steps = [
        _("%(name)s: %(change)s, together %(end)s.")
        % {"name": step["name"], "change": step["change"], "end": step["end"]}
        for step in result["steps"]
    ]
    held = [f"{cap['text']} {cap['note']}" for cap in result["caps"]]
    ways = [line for way in result["ways"] for line in (str(way["text"]), *map(str, way["steps"]))]
    overrides = [
        f"{row['title']} ({row['shift']}, {row['period']}): {row['reason']} – {row['state']}"
        for row in list_override_rows(list_overrides_of(customer, as_of=as_of), None, as_of=as_of)
    ]
    return [
        _section(
            _("From nothing to the grade"),
            steps + [str(reason) for reason in result["reasons"]],
            header=[_("Component"), _("Points"), _("Weight"), _("Contribution")],
            rows=[
                [str(part["name"]), part["score"], part["weight"], part["contribution"]]
                for part in result["components"]
            ],
        ),
        _section(_("What holds the grade"), held or [_("Nothing: the score alone decides.")]),
        *(
            [_section(_("Way to %(grade)s") % {"grade": result["next_grade"]}, ways)]
            if ways
            else []
        ),
        *([_section(_("Shifts by hand"), overrides)] if overrides else []),
    ]


def _model_sections(case: CustomerCase, explanation: Explanation) -> list[dict[str, Any]]:
    rows = list_model_rows(case, show_shares(explanation))
    gaps = [f"{gap['label']}: {', '.join(gap['models'])}" for gap in list_gaps(case)]
    return [
        _section(
            _("All models"),
            [],
            header=[_("Model"), _("Value"), _("Reading"), _("Points"), _("Share"), _("Source")],
            rows=[
                [
                    row["name"],
                    f"{row['value']}{row['unit']}",
                    str(row["band"] or row["status"]),
                    row["subscore"],
                    row["share_text"],
                    str(row["source"]),
                ]
                for row in rows
            ],
        ),
        *([_section(_("What is missing, and what needs it"), gaps)] if gaps else []),
    ]


def _limit_section(advice: dict[str, Any]) -> dict[str, Any]:
    currency = advice["currency"]
    advised = format_amount(advice["amount"], currency) if advice["has_value"] else "–"
    lines = [
        _("Advised: %(amount)s %(currency)s, bound by %(term)s.")
        % {"amount": advised, "currency": currency, "term": advice["binding"]}
        if advice["binding"]
        else _("No limit is advised."),
        strip_tags(advice["need"]),
        *advice["notes"],
    ]
    return _section(
        _("Advised limit"),
        lines,
        header=[_("Method"), _("Limit"), _("Weight"), _("Note")],
        rows=[
            [
                str(method["name"]),
                format_amount(method["amount"], currency) if method["amount"] is not None else "–",
                method["weight"],
                str(method["why_not"] or (_("counts") if method["is_used"] else "")),
            ]
            for method in advice["methods"]
        ],
    )


def _source_sections(
    case: CustomerCase, customer: Customer, rating: Rating
) -> list[dict[str, Any]]:
    behaviour = show_behaviour(case)
    lines = [f"{row['label']}: {row['value']}" for row in behaviour["rows"]]
    if behaviour["has_value"]:
        count = ngettext("%(n)d piece of an invoice", "%(n)d pieces of invoices", behaviour["n"])
        lines.insert(0, count % {"n": behaviour["n"]})
    opinions = [
        f"{one['label']}: {one['value']} ({one['source']}, {one['as_of']})"
        for one in list_opinions(customer, as_of=rating.as_of)
    ]
    statement = rating.statement
    sources = [
        *(
            [
                _("Financial statement of %(day)s, version %(version)s, %(opinion)s.")
                % {
                    "day": format_iso_day(statement.period_end),
                    "version": statement.version,
                    "opinion": statement.get_opinion_display(),
                }
            ]
            if statement
            else []
        ),
        *(
            [_("5C answers of %(day)s.") % {"day": format_iso_day(rating.assessment.as_of)}]
            if rating.assessment
            else []
        ),
        *opinions,
    ]
    return [
        *([_section(_("Payment behaviour"), lines)] if lines else []),
        _section(_("Sources"), sources or ["–"]),
    ]


def _section(
    title: str,
    lines: list[Any],
    *,
    header: list[str] | None = None,
    rows: list[list[Any]] | None = None,
) -> dict[str, Any]:
    return {
        "title": str(title),
        "lines": [strip_tags(str(line)) for line in lines],
        "header": [str(cell) for cell in header or []],
        "rows": [[strip_tags(str(cell)) for cell in row] for row in rows or []],
    }
