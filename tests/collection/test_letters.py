"""Letters: what they say in both languages, and that the same letter is the same bytes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.translation import gettext

from collection.letters import Letter, LetterItem, compose_letter, compose_reminder, sum_by_currency
from collection.models import DunningNotice
from customers.models import Company, Customer
from tests.collection.pdftext import read_text

ITEMS = [
    LetterItem("INV-1", date(2026, 10, 1), date(2026, 10, 30), 25, 2, Decimal("20000"), "CNY"),
    LetterItem("INV-2", date(2026, 10, 5), date(2026, 11, 10), 14, 1, Decimal("3000.50"), "CNY"),
]


def notice(**fields: object) -> DunningNotice:
    company = Company(
        code="HY", name_en="Hengyuan Industries", name_zh="示例恒远工业集团", bank_account="6222-01",
        bank_name="示例银行", contact_email="credit@example.invalid",
    )  # fmt: skip
    customer = Customer(code="C001", name="示例宁波华锐有限公司", name_en="Ningbo Huarui Ltd")
    values = {
        "kind": "DUNNING", "key": "HY:C001:2026-11-24", "company": company, "customer": customer,
        "as_of": date(2026, 11, 24), "level": 2, "language": "en", "currency": "CNY",
        "total": Decimal("23000.50"), "deadline": date(2026, 12, 1),
    }  # fmt: skip
    return DunningNotice(**(values | fields))


def squeezed(text: str) -> str:
    """Text without its line breaks and spaces, which layout decides."""
    return "".join(text.split())


def pdf_text(letter: Letter) -> str:
    return squeezed(read_text(letter.render()))


class TestComposeLetter:
    def test_names_debt_amount_day_account_and_reference(self) -> None:
        letter = compose_letter(notice(), ITEMS)
        for text in (letter.text, letter.data):
            assert "INV-1" in str(text)
        found = pdf_text(letter)
        for words in (
            "Hengyuan Industries: demand for payment, level 2", "Ningbo Huarui Ltd", "INV-1",
            "2026-10-30", "20,000.00", "3,000.50", "CNY 23,000.50", "1 Dec 2026", "6222-01",
            "HY:C001:2026-11-24", "If you contest an invoice",
        ):  # fmt: skip
            assert squeezed(words) in found, words
        assert "CNY 23,000.50" in letter.text

    def test_speaks_the_customers_language_not_the_readers(self) -> None:
        with translation.override("en"):
            letter = compose_letter(notice(language="zh-hans"), ITEMS)
        found = pdf_text(letter)
        for words in ("示例恒远工业集团", "示例宁波华锐有限公司", "2026年12月1日", "示例银行"):
            assert words in found
        with translation.override("zh-hans"):
            assert squeezed(gettext("Please pay to")) in found
            assert squeezed(gettext("With kind regards")) in found

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_embeds_the_chinese_font_as_a_subset(self, language: str) -> None:
        pdf = compose_letter(notice(language=language), ITEMS).render()
        assert b"+NotoSansSC" in pdf
        assert len(pdf) < 100_000

    def test_gives_the_same_bytes_for_the_same_letter_and_others_for_another(self) -> None:
        first = compose_letter(notice(), ITEMS).render()
        assert compose_letter(notice(), ITEMS).render() == first
        changed = [replace(ITEMS[0], amount=Decimal("20000.01")), ITEMS[1]]
        assert compose_letter(notice(), changed).render() != first

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"level": 1}, "Perhaps the invoice was overlooked"),
            ({"level": 2}, "We demand that you pay them now"),
            ({"level": 3, "is_final": True}, "This is our last demand"),
        ],
    )
    def test_grows_firmer_with_the_level(self, fields: dict[str, object], words: str) -> None:
        assert words in compose_letter(notice(**fields), ITEMS).text

    def test_speaks_of_interest_only_where_the_level_says_so(self) -> None:
        words = "Interest for late payment accrues"
        assert words not in compose_letter(notice(), ITEMS).text
        assert words in compose_letter(notice(with_interest=True), ITEMS).text

    def test_gives_each_currency_its_sub_total(self) -> None:
        euro = LetterItem("E", date(2026, 10, 5), date(2026, 11, 10), 14, 1, Decimal("5.5"), "EUR")
        letter = compose_letter(notice(total=Decimal("23045.18")), [*ITEMS, euro])
        assert "CNY 23,000.50 + EUR 5.50" in letter.text
        assert "CNY 23,045.18" in letter.text

    def test_takes_hostile_text_as_text(self) -> None:
        hostile = notice()
        hostile.customer.name_en = '#panic("x") $a$ \\ "quoted" <b> *star*'
        letter = compose_letter(hostile, ITEMS)
        assert squeezed('#panic("x") $a$ \\ "quoted" <b> *star*') in pdf_text(letter)


class TestComposeReminder:
    def test_is_friendly_and_names_the_days_left(self) -> None:
        item = replace(ITEMS[0], days=-3, level=0, due_date=date(2026, 11, 27))
        letter = compose_reminder(notice(kind="REMINDER", level=0, deadline=None), [item])
        assert letter.subject == "Hengyuan Industries: amounts falling due"
        assert "- INV-1: 20,000.00 (Invoice date 2026-10-01, Due date 2026-11-27, Days left 3)" in (
            letter.text
        )


def test_sums_each_currency_apart() -> None:
    assert sum_by_currency(ITEMS) == {"CNY": Decimal("23000.50")}
