"""The report of an investigation in words: from stored facts to the PDF, in either language."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from common.figures import format_amount, format_day, format_ratio, group_digits, round_places
from common.pdf import render_pdf
from customers.domain.investigation import SECTIONS, TESTS, read_proposal
from customers.models import Customer, ListCheck, Relation, RiskGroup, Signal
from customers.words.dossier import TIER_LABELS, label_field, label_line, write_fact
from customers.words.investigation import (
    FIVE_C_LABELS,
    RESULT_LABELS,
    SECTION_LABELS,
    TEST_LABELS,
    write_section,
)
from customers.words.signals import NAMES
from scoring.domain.statements.items import DERIVED_ITEMS, ITEMS
from scoring.words.statements import DAYS, PERCENT, RATIO_UNITS, STATUSES, name_ratio

TEMPLATE = "investigation.typ"
LANGUAGES = ("en", "zh-hans")
Rows = list[tuple[str, str]]
FACTS_OF_SECTION: Mapping[str, tuple[str, ...]] = {
    "IDENTITY": (
        "LEGAL_REPRESENTATIVE",
        "CONTROLLER",
        "REGISTERED_CAPITAL",
        "PAID_IN_CAPITAL",
        "REGISTERED_ADDRESS",
        "FOUNDED",
        "EMPLOYEES",
    ),
    "BUSINESS": ("TOP5_SHARE", "EXPECTED_SALES", "GROSS_MARGIN_PCT", "MARKET_CAP"),
    "CAPACITY": ("CAPACITY_USE", "PREMISES", "REVENUE"),
    "CAPITAL": ("TOTAL_ASSETS", "AGENCY_LIMIT"),
    "COLLATERAL": ("CONTINGENT_LIABILITIES", "INSURER_DECISION"),
    "BEHAVIOUR": ("PAYDEX", "TRADE_REFERENCE_LIMIT", "RISK_INDICATOR"),
    "LITIGATION": ("TAX_GRADE", "AGENCY_GRADE", "BUREAU_RISK_INDEX"),
}


def render_report(
    facts: Mapping[str, Any], *, language: str, confirmed: Mapping[str, Any] | None
) -> bytes:
    """Return the PDF of a report in a language; the same facts give the same bytes.

    `confirmed` names who confirmed it, when, and whether it is the baseline; None is a draft.
    """
    with translation.override(language):
        data = write_report(facts, language=language, confirmed=confirmed)
    return render_pdf(TEMPLATE, data, dated=date.fromisoformat(facts["as_of"]))


def write_report(
    facts: Mapping[str, Any], *, language: str, confirmed: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return what the template prints, in the language that is active."""
    customer = facts["customer"]
    chinese = language.startswith("zh")
    return {
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else "gb",
        "title": _("Credit investigation"),
        "customer": customer["name"] if chinese or not customer["name_en"] else customer["name_en"],
        "other_name": customer["name_en"] if chinese else customer["name"],
        "code": customer["code"],
        "stamp": _stamp(facts, confirmed),
        "summary_title": _("At a glance"),
        "summary": _summary(facts),
        "sections": [_section(section, facts, chinese) for section in SECTIONS],
        "tests_title": _("Tests of authenticity"),
        "tests": [_test(code, facts["tests"].get(code, {})) for code in TESTS],
        "tests_header": [_("Test"), _("Result"), _("Note")],
        "proposal_title": _("Proposal"),
        "proposal": _proposal(facts["proposal"]),
        "missing_title": _("Missing in the file"),
        "missing": [label_line(code) for code in facts["file"]["missing"]],
        "footer": _("Confidential. For internal use only."),
    }


def _stamp(facts: Mapping[str, Any], confirmed: Mapping[str, Any] | None) -> list[str]:
    lines = [
        _("As known on %(day)s") % {"day": _day(facts["as_of"])},
        _("Drafted by %(who)s") % {"who": facts["drafted_by"] or "–"},
    ]
    if confirmed is None:
        return [*lines, _("Draft, not confirmed")]
    lines.append(
        _("Confirmed by %(who)s on %(day)s")
        % {"who": confirmed["by"], "day": _day(confirmed["on"])}
    )
    return [*lines, _("Baseline of the file")] if confirmed["is_baseline"] else lines


def _summary(facts: Mapping[str, Any]) -> Rows:
    rating, file, proposal = facts["rating"], facts["file"], read_proposal(facts["proposal"])
    ratio = file["ratio"]
    rows = [
        (_("Grade"), rating["grade"] if rating else _("Unrated")),
        (_("Risk class"), rating["risk_class"] if rating else "–"),
        (
            _("Probability of default in a year"),
            format_ratio(rating["pd"], 2) if rating and rating["pd"] else "–",
        ),
        (_("Checklist"), str(TIER_LABELS[file["tier"]])),
        (_("Completeness"), format_ratio(ratio, 0) if ratio is not None else "–"),
        (_("Open warning signals"), str(len(facts["signals"]))),
        (_("Proposed limit"), _money(proposal.limit, proposal.currency)),
    ]
    return [(str(name), str(value)) for name, value in rows]


def _section(section: Any, facts: Mapping[str, Any], chinese: bool) -> dict[str, Any]:
    code = section.code
    known = {row["field"]: row for row in facts["facts"]}
    rows = _OWN_ROWS[code](facts, chinese) if code in _OWN_ROWS else []
    rows += [
        (label_field(name), f"{_fact(known[name])} ({_day(known[name]['as_of'])})")
        for name in FACTS_OF_SECTION.get(code, ())
        if name in known
    ]
    return {
        "title": str(SECTION_LABELS[code]),
        "heading": str(FIVE_C_LABELS.get(section.five_c, "")),
        "rows": rows,
        "table": _statement_table(facts["statements"], chinese) if code == "CAPITAL" else None,
        "judgement_title": _("Judgement"),
        "judgement": write_section(code, facts["sections"].get(code, {})) or _("Nothing said."),
    }


def _fact(row: Mapping[str, Any]) -> str:
    number = row["number"]
    return write_fact({**row, "number": None if number is None else Decimal(number)})


def _identity_rows(facts: Mapping[str, Any], chinese: bool) -> Rows:
    customer = facts["customer"]
    rows = [
        (_("Legal name"), customer["name"]),
        (_("Registration number (USCC)"), customer["uscc"]),
        (_("VAT number"), customer["vat_no"]),
        ("LEI", customer["lei"]),
        (_("Kind"), str(dict(Customer.Kind.choices).get(customer["kind"], customer["kind"]))),
        (_("Industry"), customer["industry"]),
        (_("Founded"), _day(customer["founded"])),
        (_("Registered capital"), _money(customer["registered_capital"], "CNY")),
        (_("Address"), customer["address"]),
        (_("Customer since"), _day(customer["relationship_since"])),
    ]
    owners = [r for r in facts["relations"] if r["kind"] == Relation.Kind.CONTROLS]
    rows += [
        (_("Controlled by"), _name_end(r, "source"))
        for r in owners
        if r["target"] == customer["name"]
    ]
    return [(str(name), str(value)) for name, value in rows if value not in ("", "–", None)]


def _capital_rows(facts: Mapping[str, Any], chinese: bool) -> Rows:
    ratios = facts["statements"].get("ratios", []) if facts["statements"] else []
    return [(name_ratio(row["name"]), _ratio(row)) for row in ratios]


def _ratio(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return _("not computable: %(why)s") % {"why": STATUSES.get(row["status"], row["status"])}
    value, unit = Decimal(row["value"]), RATIO_UNITS.get(row["name"], "×")
    if unit == PERCENT:
        return format_ratio(value, 1)
    if unit == DAYS:
        return _("%(days)s days") % {"days": group_digits(round_places(value, 0), 0)}
    return f"{group_digits(round_places(value, 2), 2)}×"


def _statement_table(statements: Mapping[str, Any], chinese: bool) -> dict[str, Any] | None:
    if not statements:
        return None
    unit = int(statements["unit"])
    language, labels = "zh-hans" if chinese else "en", {**ITEMS, **DERIVED_ITEMS}
    title = _("%(currency)s, in units of %(unit)s") % {
        "currency": statements["currency"],
        "unit": group_digits(Decimal(unit), 0),
    }
    return {
        "header": [title, *(_period(p) for p in statements["periods"])],
        "rows": [
            [labels[row["name"]].label(language), *(_figure(a) for a in row["amounts"])]
            for row in statements["items"]
        ],
    }


def _period(period: Mapping[str, Any]) -> str:
    end = date.fromisoformat(period["end"])
    text = str(end.year) if period["months"] == 12 else end.isoformat()
    marks = [_("audited")] if period["audited"] else []
    marks += [_("doubtful")] if period["doubtful"] else []
    return f"{text} ({', '.join(marks)})" if marks else text


def _behaviour_rows(facts: Mapping[str, Any], chinese: bool) -> Rows:
    found, aging, credit = facts["behaviour"], facts["aging"], facts["credit"]
    rows: Rows = [
        (_("Items paid in twelve months"), str(found["items"])),
        (_("Days to pay, average"), _plain(found["days_to_pay"])),
        (_("Days late, average"), _plain(found["days_late"])),
        (_("Open"), _money(aging["total"], aging["currency"])),
        (_("of it overdue"), _money(aging["overdue"], aging["currency"])),
    ]
    if credit:
        rows.append((_("Limit in force"), _money(credit["limit"], credit["currency"])))
        rows.append((_("Exposure"), _money(credit["gross"], credit["currency"])))
    if found["promises_due"]:
        kept = _("%(kept)s of %(due)s") % {
            "kept": found["promises_kept"],
            "due": found["promises_due"],
        }
        rows.append((_("Promises kept"), kept))
    return rows


def _litigation_rows(facts: Mapping[str, Any], chinese: bool) -> Rows:
    names, results = dict(ListCheck.Kind.choices), dict(ListCheck.Result.choices)
    rows = []
    for row in facts["lists"]:
        text = str(results[row["result"]])
        if row["result"] == ListCheck.Result.HIT and not row["counts"]:
            text = _("Same name only, not confirmed")
        rows.append((str(names[row["kind"]]), f"{text} ({_day(row['checked_on'])})"))
    severities = dict(Signal.Severity.choices)
    rows += [
        (
            _("Signal %(code)s") % {"code": row["code"]},
            f"{NAMES[row['code']]} · {severities[row['severity']]} ({_day(row['raised_on'])})",
        )
        for row in facts["signals"]
    ]
    return rows


def _group_rows(facts: Mapping[str, Any], chinese: bool) -> Rows:
    group, key = facts["group"], "zh" if chinese else "en"
    other = "en" if chinese else "zh"
    rows: Rows = []
    if group["group"]:
        rows.append((_("Group"), group["group"][key] or group["group"][other]))
    if group["parent"]:
        rows.append((_("Parent"), group["parent"]))
    if group["risk_group"]:
        ring = group["risk_group"]
        reason = str(dict(RiskGroup.Reason.choices)[ring["reason"]])
        rows.append((_("Risk group"), f"{ring[key] or ring[other]} · {reason}"))
    kinds = dict(Relation.Kind.choices)
    for row in facts["relations"]:
        amount = f" {_money(row['amount'], row['currency'])}" if row["amount"] else ""
        told = f"{kinds[row['kind']]} {_name_end(row, 'target')}{amount}"
        rows.append((_name_end(row, "source"), told))
    return rows


def _name_end(relation: Mapping[str, Any], end: str) -> str:
    return str(relation[end]) or _("a customer outside your scope")


_OWN_ROWS = {
    "IDENTITY": _identity_rows,
    "CAPITAL": _capital_rows,
    "BEHAVIOUR": _behaviour_rows,
    "LITIGATION": _litigation_rows,
    "GROUPS": _group_rows,
}


def _test(code: str, test: Mapping[str, str]) -> list[str]:
    result = test.get("result", "")
    word = str(RESULT_LABELS[result]) if result else _("Not done yet")
    return [str(TEST_LABELS[code]), word, test.get("note", "")]


def _proposal(stored: Mapping[str, Any]) -> Rows:
    proposal = read_proposal(stored)
    return [
        (_("Limit"), _money(proposal.limit, proposal.currency)),
        (_("Payment term"), proposal.term or "–"),
        (_("Security"), proposal.security or "–"),
        (_("Conditions"), proposal.conditions or "–"),
        (_("Next review"), format_day(proposal.review_on) if proposal.review_on else "–"),
    ]


def _money(amount: Any, currency: str) -> str:
    text = "–" if amount is None else format_amount(Decimal(amount), currency)
    return text if text == "–" else f"{currency} {text}"


def _figure(amount: Any) -> str:
    return "–" if amount is None else group_digits(round_places(Decimal(amount), 0), 0)


def _plain(number: Any) -> str:
    return "–" if number is None else group_digits(round_places(Decimal(number), 1), 1)


def _day(text: Any) -> str:
    return format_day(date.fromisoformat(text)) if text else "–"
