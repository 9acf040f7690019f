"""Every page, in both languages and themes, at every width: whole, quiet, within its walls."""

import pytest

from tests.browser.conftest import House
from tests.browser.house import speak_to
from tests.browser.places import ALWAYS, FULL, Place

pytestmark = pytest.mark.browser
WIDTHS = (1440, 820, 390, 320)
LANGUAGES = (("en", "en"), ("zh-hans", "zh-Hans"))


def look(house: House, place: Place, code: str, tag: str) -> list[str]:
    """Open the page in both themes and return everything that is wrong with it."""
    with speak_to(house.database):
        path = place.find()
    wrong: list[str] = []
    for theme, width in (("light", 1440), ("dark", 390)):
        seen = house.tab(place.role, lang=code, theme=theme, width=width)
        shape = seen.go(path, place.status)
        if shape["h1"] != 1:
            wrong.append(f"{shape['h1']} first headings")
        if shape["lang"] != tag:
            wrong.append(f"lang is {shape['lang']}")
        if shape["theme"] != theme:
            wrong.append(f"theme is {shape['theme']}")
        for narrower in WIDTHS:
            wrong += seen.check_width(narrower)
        wrong += [f"{theme}: {problem}" for problem in seen.check()]
    return wrong


@pytest.mark.parametrize(("code", "tag"), LANGUAGES, ids=["en", "zh"])
class TestEveryPage:
    @pytest.mark.parametrize("place", FULL, ids=lambda place: place.name)
    def test_is_whole_with_the_sample(
        self, house: House, place: Place, code: str, tag: str
    ) -> None:
        assert look(house, place, code, tag) == []

    @pytest.mark.parametrize("place", ALWAYS, ids=lambda place: place.name)
    def test_is_whole_without_data(
        self, empty_house: House, place: Place, code: str, tag: str
    ) -> None:
        assert look(empty_house, place, code, tag) == []
