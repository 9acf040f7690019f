"""The frame: who sees which room, and pages that are complete and clean."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import path

from common import ui
from common.context import page
from common.tables import MAX_PAGE_SIZE, read_page_size
from common.ui_gallery import gallery_context


def _answer(request: object) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("", _answer, name="overview"),
    path("customers/", _answer, name="customers"),
    path("aging/", _answer, name="aging"),
    path("jobs/", _answer, name="jobs"),
    path("inbox/", _answer, name="inbox"),
]


@pytest.mark.urls(__name__)
class TestBuildNavigation:
    @staticmethod
    def keys(role: str, at: str = "/") -> list[str]:
        return [item.key for group in ui.build_navigation(role, at) for item in group.items]

    def test_leaves_out_rooms_that_are_not_built(self) -> None:
        assert self.keys(ui.MANAGER) == ["overview", "inbox", "customers", "aging", "jobs"]

    def test_leaves_out_what_the_role_may_not_enter(self) -> None:
        assert self.keys(ui.SALES) == ["inbox", "customers", "aging", "jobs"]
        assert self.keys(ui.ADMIN) == ["jobs"]
        assert self.keys("") == []

    def test_marks_the_room_one_stands_in(self) -> None:
        groups = ui.build_navigation(ui.MANAGER, "/customers/C1/")
        assert [item.key for g in groups for item in g.items if item.active] == ["customers"]

    def test_root_matches_only_itself(self) -> None:
        groups = ui.build_navigation(ui.MANAGER, "/elsewhere/")
        assert not [item for g in groups for item in g.items if item.active]

    def test_shows_what_waits(self) -> None:
        groups = ui.build_navigation(ui.MANAGER, "/", {"inbox": 12})
        assert {item.key: item.count for g in groups for item in g.items}["inbox"] == 12


class TestHouse:
    def test_gives_each_room_its_own_key_and_letter(self) -> None:
        rooms = [room for wing in ui.HOUSE for room in wing.rooms]
        letters = [room.jump for room in rooms if room.jump]
        assert len({room.key for room in rooms}) == len(rooms)
        assert len(set(letters)) == len(letters)


class TestPage:
    def test_asks_for_counts_only_when_the_menu_is_drawn(self) -> None:
        asked: list[int] = []
        request = RequestFactory().get("/", headers={"cookie": "theme=dark"})
        request.nav_counts = lambda: asked.append(1) or {}  # type: ignore[attr-defined]
        values = page(request)
        assert asked == []
        assert values["theme"] == "dark"

    def test_trusts_no_theme_it_does_not_know(self) -> None:
        request = RequestFactory().get("/", headers={"cookie": 'theme="><b>'})
        assert page(request)["theme"] == ""


class TestReadPageSize:
    @pytest.mark.parametrize(
        ("text", "size"),
        [("50", 50), ("0", 1), ("9999", MAX_PAGE_SIZE), ("x", 100), ("", 100), ("²", 100)],
    )
    def test_stays_within_bounds(self, text: str, size: int) -> None:
        assert read_page_size(RequestFactory().get("/", {"page_size": text})) == size


class TestTemplates:
    """What the content security policy and Django's comment syntax demand of every template."""

    SOURCES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))

    @pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.name)
    def test_has_nothing_inline(self, source: Path) -> None:
        text = source.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle\s*=", text)
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", text)
        assert not re.search(r"<script(?![^>]*\bsrc=)", text)
        assert "hx-on" not in text
        assert "js:" not in text

    @pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.name)
    def test_has_no_comment_that_would_be_shown(self, source: Path) -> None:
        for line in source.read_text(encoding="utf-8").splitlines():
            assert line.count("{#") == line.count("#}")

    def test_scripts_are_short(self) -> None:
        for script in Path(settings.BASE_DIR, "static", "js").glob("*.js"):
            assert len(script.read_text(encoding="utf-8").splitlines()) <= 100, script.name


class TestErrorPages:
    @pytest.mark.parametrize("name", ["403.html", "404.html", "500.html"])
    def test_need_neither_request_nor_database(self, name: str) -> None:
        drawn = render_to_string(name)
        assert drawn.count("<h1>") == 1
        assert name[:3] in drawn


class TestGallery:
    def test_shows_every_component(self, visit: Callable[[str], Client]) -> None:
        shown = set(re.findall(r'"(components/[a-z_]+\.html)"',
                    Path(settings.BASE_DIR, "templates/common/ui.html").read_text()))  # fmt: skip
        assert len(shown) > 20
        assert {"table", "empty_table", "broken_form", "charts"} <= set(gallery_context())

    def test_is_for_staff_only(self, visit: Callable[[str], Client]) -> None:
        assert visit("sales").get("/ui/").status_code == 404

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    def test_renders_for_staff(self, admin_client: Client, language: str) -> None:
        answer = admin_client.get("/ui/", headers={"accept-language": language})
        text = answer.content.decode()
        assert answer.status_code == 200
        assert text.count("<h1") == 1
        assert "{#" not in text
        assert "{%" not in text
        assert f'<html lang="{"en" if language == "en" else "zh-Hans"}"' in text
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids))


class TestLogin:
    def test_allows_password_managers(self, client: Client, db: None) -> None:
        text = client.get("/accounts/login/").content.decode()
        assert 'autocomplete="username"' in text
        assert 'autocomplete="current-password"' in text
        assert text.count("<h1>") == 1

    def test_says_what_is_wrong(self, client: Client, db: None) -> None:
        text = client.post("/accounts/login/", {"login": "a", "password": "b"}).content.decode()
        assert 'class="error-summary"' in text
        assert 'value="a"' in text
