"""No word of the other language on any page, except in data."""

import re
from functools import cache

import pytest
from django.db import connection

from common.imports.kinds import list_kinds
from common.money import CURRENCIES
from customers.domain.facts import FIELDS
from tests.browser.conftest import House
from tests.browser.house import speak_to
from tests.browser.places import ALWAYS, FULL, Place
from tests.browser.watch import WORDS

pytestmark = pytest.mark.browser

CJK = re.compile(r"[\u3400-\u9fff]+")
# What looks like a number of something: it has a digit, or is an address of mail or web.
CODES = re.compile(r"\S*(?:\d|@|://|_|\.[a-z]{2,4}\b)\S*")
LATIN = re.compile(r"[A-Za-z][A-Za-z'’]+")
# Files and units, grades, measures and systems by their international names, keys.
_INTERNATIONAL = """
CSV XLSX PDF XML JSON UTF GB API MB kB KB ID URL
AAA AA BBB BB CCC CC
DSO CEI PD LGD EAD ECL USCC LEI IBAN BIC SWIFT SHA ABC
Altman EM Ohlson Zmijewski Springate Taffler Fulmer Piotroski Bathory Wall Paydex PAYDEX RI PDX
EBIT EBITDA IFRS HKFRS GAAP US TTM Z O X S H F T ln log Word
Excel ERP Ctrl Enter Esc EN English"""
INTERNATIONAL = frozenset(_INTERNATIONAL.split()) | frozenset(CURRENCIES)
BOTH_LANGUAGES = frozenset({"中文", "简体中文", "万", "亿"})
# The gallery of components shows invented firms and people in both languages at once.
SPOKEN = [place for place in FULL if place.name != "gallery"]
DOCUMENTED = (
    "customer_dossier", "customer_edit", "dossier_past", "dossier_investigated", "admission",
)  # fmt: skip
"""Pages that show a customer's registered name, whatever the reader's language."""


@cache
def data_values(database: str, *, registered_names: bool) -> frozenset[str]:
    """Return every text that people or files put into the database, as it would be shown."""
    hidden = ("name_zh",) if registered_names else ("name", "name_zh")
    with connection.cursor() as cursor:
        cursor.execute(
            """select table_name, column_name from information_schema.columns
            where table_schema = 'public' and data_type in ('text', 'character varying')
            and table_name ~ '^(customers|users|receivables|scoring|credit|collection|common)_'
            and table_name !~ 'event$'"""
        )
        columns = [(t, c) for t, c in cursor.fetchall() if c not in hidden]
        found: set[str] = set()
        for table, column in columns:
            cursor.execute(f'select distinct "{column}" from "{table}" limit 5000')
            found.update(str(value) for (value,) in cursor.fetchall() if value)
    # Messages about a file quote its column heads, which may be in either language.
    found.update(column.zh for kind in list_kinds() for column in kind.columns)
    return frozenset(value for value in found if len(value) > 1)


def without_data(text: str, values: list[str]) -> str:
    for value in values:
        if value in text:
            text = text.replace(value, " ")
    return text


def strange_in_chinese(text: str, values: list[str], place: Place) -> list[str]:
    rest = CODES.sub(" ", without_data(text, values))
    known = INTERNATIONAL | column_names() if place.name.startswith("import") else INTERNATIONAL
    if place.name == "fact_new":  # the codes that one types as the value of a field
        known |= {code for field in FIELDS.values() for code in field.choices}
    return [word for word in LATIN.findall(rest) if word not in known]


@cache
def column_names() -> frozenset[str]:
    """The English column heads of files, which the pages of imports quote."""
    return frozenset(column.name for kind in list_kinds() for column in kind.columns)


def strange_in_english(text: str, values: list[str]) -> list[str]:
    rest = without_data(text, values)
    return [word for word in CJK.findall(rest) if word not in BOTH_LANGUAGES]


def read_texts(house: House, place: Place, code: str) -> tuple[list[str], list[str]]:
    with speak_to(house.database):
        path = place.find()
        values = data_values(house.database, registered_names=place.name in DOCUMENTED)
    seen = house.tab(place.role, lang=code)
    seen.go(path, place.status)
    texts = sorted(seen.page.evaluate(WORDS))
    return texts, sorted(values, key=len, reverse=True)


@pytest.mark.parametrize("place", SPOKEN, ids=lambda place: place.name)
class TestWithTheSample:
    def test_chinese_has_no_english_words(self, house: House, place: Place) -> None:
        texts, values = read_texts(house, place, "zh-hans")
        assert [text for text in texts if strange_in_chinese(text, values, place)] == []

    def test_english_has_no_chinese_words(self, house: House, place: Place) -> None:
        texts, values = read_texts(house, place, "en")
        assert [text for text in texts if strange_in_english(text, values)] == []


@pytest.mark.parametrize(
    "place", [place for place in ALWAYS if place in SPOKEN], ids=lambda place: place.name
)
class TestWithoutData:
    def test_chinese_has_no_english_words(self, empty_house: House, place: Place) -> None:
        texts, values = read_texts(empty_house, place, "zh-hans")
        assert [text for text in texts if strange_in_chinese(text, values, place)] == []
