"""What a letter says, in the customer's language: data for the PDF, and the text of the e-mail.

Three tones: a friendly reminder at the first level, firm at the middle ones, and a last demand. The
figures are those of the notice; nothing is computed here but sub-totals of the listed items.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from collection.models import DunningNotice
from common.figures import format_amount, format_day, format_iso_day
from common.money import round_money
from common.pdf import render_pdf

TEMPLATE = "dunning.typ"


@dataclass(frozen=True, slots=True)
class LetterItem:
    """One listed item: the invoice, when it was due, what of it is asked for."""

    number: str
    doc_date: date
    due_date: date
    days: int
    level: int
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished letter: subject and text of the message, data of the PDF."""

    subject: str
    text: str
    data: dict[str, Any]
    file_name: str
    dated: date

    def render(self) -> bytes:
        """Return the PDF; the same letter gives the same bytes."""
        return render_pdf(TEMPLATE, self.data, dated=self.dated)


def compose_letter(notice: DunningNotice, items: Sequence[LetterItem]) -> Letter:
    """Return the dunning letter of a notice in the notice's language."""
    with translation.override(notice.language):
        subject = _subject(notice)
        data = _pdf_data(notice, items, subject)
        text = _plain_text(data)
        file_name = f"{notice.key.replace(':', '-')}.pdf"
    return Letter(subject, text, data, file_name, notice.as_of)


def compose_reminder(notice: DunningNotice, items: Sequence[LetterItem]) -> Letter:
    """Return the message before an amount falls due, in the notice's language."""
    with translation.override(notice.language):
        subject = _("%(company)s: amounts falling due") % {"company": notice.company.display_name}
        data = _pdf_data(notice, items, subject) | {
            "opening": [
                _("the following amounts will soon be due. Thank you for paying on the day."),
            ],
            "demand": [],
            "closing": [
                _(
                    "If anything about these invoices is not right, please tell us now. "
                    "If you have already paid, please disregard this message."
                ),
            ],
        }
        text = _plain_text(data)
    return Letter(subject, text, data, "", notice.as_of)


def _subject(notice: DunningNotice) -> str:
    values = {"company": notice.company.display_name, "level": notice.level}
    if notice.is_final:
        return _("%(company)s: last demand before further steps") % values
    if notice.level <= 1:
        return _("%(company)s: payment reminder") % values
    return _("%(company)s: demand for payment, level %(level)s") % values


def _opening(notice: DunningNotice) -> list[str]:
    if notice.is_final:
        return [
            _(
                "in spite of our earlier letters the amounts listed below are still not paid. "
                "This is our last demand: you owe them, they are due, and we ask you to perform."
            )
        ]
    if notice.level <= 1:
        return [
            _(
                "the amounts listed below are past their due date. Perhaps the invoice was "
                "overlooked; please let us have the payment."
            )
        ]
    return [
        _(
            "we have reminded you before, and the amounts listed below are still not paid. "
            "We demand that you pay them now."
        )
    ]


def _demand(notice: DunningNotice, amounts: str) -> list[str]:
    values = {"amounts": amounts, "day": format_day(notice.deadline)}
    if notice.is_final:
        paragraphs = [
            _(
                "Pay %(amounts)s by %(day)s. After that day we will stop deliveries on open "
                "account and hand the matter over for legal collection without further notice."
            )
            % values
        ]
    elif notice.level <= 1:
        paragraphs = [_("Please pay %(amounts)s by %(day)s.") % values]
    else:
        paragraphs = [
            _(
                "Pay %(amounts)s by %(day)s. If we do not hear from you, further deliveries "
                "may be held."
            )
            % values
        ]
    if notice.with_interest:
        paragraphs.append(
            _(
                "Interest for late payment accrues from the day after the due date as agreed in "
                "the contract or provided by law. We reserve the right to claim it."
            )
        )
    return paragraphs


def _pdf_data(notice: DunningNotice, items: Sequence[LetterItem], subject: str) -> dict[str, Any]:
    company, customer = notice.company, notice.customer
    sums = sum_by_currency(items)
    blocks = [_block(notice, currency, total, items) for currency, total in sums.items()]
    amounts = _joined([f"{code} {format_amount(total, code)}" for code, total in sums.items()])
    sums_rows = []
    if notice.fees:
        sums_rows.append((_("Fee"), f"{notice.currency} {_exact(notice.fees, notice.currency)}"))
    if len(sums) > 1:
        label = _("Together, at the rates of %(day)s") % {"day": format_day(notice.as_of)}
        sums_rows.append((label, f"{notice.currency} {_exact(notice.total, notice.currency)}"))
    return {
        "lang": "zh" if notice.language.startswith("zh") else "en",
        "region": "cn" if notice.language.startswith("zh") else "gb",
        "subject": subject,
        "reference": notice.key,
        "labels": {"reference": _("Reference")},
        "company": {
            "name": company.display_name,
            "address": company.address,
            "contact": [x for x in (company.contact_phone, company.contact_email) if x],
        },
        "customer": {
            "name": customer.display_name,
            "lines": [x for x in (customer.address, notice.recipient_name) if x],
        },
        "facts": [
            (_("Date"), format_day(notice.as_of)),
            (_("Customer no."), customer.code),
            (_("Reference"), notice.key),
        ],
        "greeting": _greeting(notice),
        "opening": _opening(notice),
        "blocks": blocks,
        "sums": sums_rows,
        "demand": _demand(notice, amounts) if notice.deadline else [],
        "payment": {
            "title": _("Please pay to"),
            "rows": [
                (_("Account holder"), company.display_name),
                (_("Account"), company.bank_account),
                (_("Bank"), company.bank_name),
                (_("Payment reference"), notice.key),
            ],
        },
        "closing": [
            _(
                "If you contest an invoice, tell us at once which one and why; we will look into "
                "it and not ask for that part until then. If you have paid in the meantime, "
                "please disregard this letter."
            )
        ],
        "signature": [_("With kind regards"), company.display_name],
    }


def _greeting(notice: DunningNotice) -> str:
    if notice.recipient_name:
        return _("Dear %(name)s,") % {"name": notice.recipient_name}
    return _("Dear Sir or Madam,")


def _block(
    notice: DunningNotice, currency: str, total: Decimal, items: Sequence[LetterItem]
) -> dict[str, Any]:
    late = notice.kind == DunningNotice.Kind.DUNNING
    header = [
        _("Invoice"),
        _("Invoice date"),
        _("Due date"),
        _("Days late") if late else _("Days left"),
        _("Level") if late else "",
        _("Amount in %(currency)s") % {"currency": currency},
    ]
    rows = [
        [
            item.number,
            format_iso_day(item.doc_date),
            format_iso_day(item.due_date),
            str(abs(item.days)),
            str(item.level) if late else "",
            format_amount(item.amount, currency),
        ]
        for item in items
        if item.currency == currency
    ]
    label = ngettext("Total of %(count)s item", "Total of %(count)s items", len(rows))
    return {
        "header": header,
        "rows": rows,
        "total_label": label % {"count": len(rows)},
        "total": f"{currency} {format_amount(total, currency)}",
    }


def _plain_text(data: dict[str, Any]) -> str:
    """Write the same letter for a mail reader without a PDF viewer."""
    lines = [data["greeting"], "", *_spaced(data["opening"])]
    for block in data["blocks"]:
        header = block["header"]
        for row in block["rows"]:
            cells = [
                f"{name} {cell}" for name, cell in zip(header[1:5], row[1:5], strict=True) if cell
            ]
            lines.append(f"- {row[0]}: {row[5]} ({', '.join(cells)})")
        lines += [f"{block['total_label']}: {block['total']}", ""]
    lines += [f"{label}: {amount}" for label, amount in data["sums"]]
    lines += _spaced(data["demand"])
    lines.append(data["payment"]["title"] + ":")
    lines += [f"  {label}: {value}" for label, value in data["payment"]["rows"] if value]
    lines += ["", *_spaced(data["closing"]), *data["signature"]]
    return "\n".join(lines) + "\n"


def _spaced(paragraphs: Sequence[str]) -> list[str]:
    return [line for paragraph in paragraphs for line in (paragraph, "")]


def _joined(amounts: Sequence[str]) -> str:
    return " + ".join(amounts)


def _exact(amount: Decimal, currency: str) -> str:
    return format_amount(amount, currency)


def sum_by_currency(items: Sequence[LetterItem]) -> dict[str, Decimal]:
    """Return the sub-total of each currency, the currencies in order of their code."""
    sums: dict[str, Decimal] = {}
    for item in sorted(items, key=lambda item: item.currency):
        sums[item.currency] = sums.get(item.currency, Decimal(0)) + item.amount
    return {code: round_money(total, code) for code, total in sums.items()}
