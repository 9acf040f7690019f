"""Third-party files: an allow-list, no source maps, icons that exist, licences."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from common import assets

ICON = (
    '<svg width="24">\n  <path stroke="none" d="M0 0h24v24H0z" fill="none" />\n'
    '  <path d="M7 20l10 0" />\n</svg>'
)


@pytest.fixture
def node_modules(tmp_path: Path) -> Path:
    """A folder as npm leaves it, with small files in place of the real ones."""
    root = tmp_path / "node_modules"
    for source in (*assets.FILES.values(), *assets.FONTS.values()):
        target = root / source
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("body{}\n//# sourceMappingURL=x.map\n/*# sourceMappingURL=y.map */\n")
    for package in assets.PACKAGES:
        (root / package).mkdir(parents=True, exist_ok=True)
        (root / package / "LICENSE").write_text(f"Terms of {package}")
    icons = root / assets.ICON_FOLDER
    icons.mkdir(parents=True)
    for name in ("scale", "lock"):
        (icons / f"{name}.svg").write_text(ICON)
    return root


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose template and module ask for one icon each."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "common").mkdir()
    (tmp_path / "templates" / "a.html").write_text('{% icon "scale" %}')
    (tmp_path / "common" / "a.py").write_text('Badge("x", icon="lock")')
    return tmp_path


class TestFindIconNames:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.html", "{% icon 'scale' %}"),
            ("a.html", '{% icon "scale" "i-sm" %}'),
            ("a.html", '{% empty_state "x" icon_name="scale" %}'),
            ("a.py", 'Room(icon="scale")'),
            ("a.py", '{"icon_name": "scale"}'),
            ("a.py", 'icon("scale", "i-sm")'),
        ],
    )
    def test_reads_every_way_of_asking(self, tmp_path: Path, name: str, text: str) -> None:
        (tmp_path / "templates").mkdir()
        (tmp_path / "templates" / name).write_text(text)
        assert assets.find_icon_names(tmp_path) == {"scale"}

    def test_ignores_names_that_are_variables(self, tmp_path: Path) -> None:
        (tmp_path / "templates").mkdir()
        (tmp_path / "templates" / "a.html").write_text("{% icon item.icon %}")
        assert assets.find_icon_names(tmp_path) == set()


class TestBuildSprite:
    def test_holds_one_symbol_each_without_the_frame(self, node_modules: Path) -> None:
        sprite = assets.build_sprite(["scale", "lock", "scale"], node_modules / assets.ICON_FOLDER)
        assert sprite.count("<symbol") == 2
        assert 'id="scale"' in sprite
        assert "M0 0h24v24H0z" not in sprite

    def test_refuses_unknown_names_all_at_once(self, node_modules: Path) -> None:
        with pytest.raises(assets.UnknownIcons, match="nope, sacle"):
            assets.build_sprite(["sacle", "lock", "nope"], node_modules / assets.ICON_FOLDER)


class TestVendor:
    def test_copies_the_allow_list_and_nothing_else(
        self, project: Path, node_modules: Path
    ) -> None:
        target = project / ".vendor" / "vendor"
        target.mkdir(parents=True)
        (target / "left-over.js").write_text("old")
        report = assets.vendor(project, node_modules, target)
        expected = {*assets.FILES, assets.SPRITE, "LICENSES.txt"}
        assert {path.name for path in target.iterdir()} == expected
        assert set(report.files) == expected
        assert report.icons == 2

    def test_strips_pointers_to_source_maps(self, project: Path, node_modules: Path) -> None:
        target = project / "out"
        assets.vendor(project, node_modules, target)
        for name in ("htmx.min.js", "tabler.min.css"):
            text = (target / name).read_text()
            assert "sourceMappingURL" not in text
            assert text == "body{}\n"

    def test_keeps_the_licences(self, project: Path, node_modules: Path) -> None:
        assets.vendor(project, node_modules, project / "out")
        text = (project / "out" / "LICENSES.txt").read_text()
        assert "Terms of htmx.org" in text
        assert "Terms of @tabler/icons" in text

    def test_leaves_the_old_folder_when_something_is_missing(
        self, project: Path, node_modules: Path
    ) -> None:
        target = project / "out"
        assets.vendor(project, node_modules, target)
        (node_modules / assets.FILES["htmx.min.js"]).unlink()
        with pytest.raises(assets.MissingFiles, match=r"htmx\.org"):
            assets.vendor(project, node_modules, target)
        assert (target / "htmx.min.js").exists()


class TestCommand:
    def test_says_what_to_run_without_node_modules(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="npm ci --ignore-scripts"):
            call_command("vendor_assets", node_modules=tmp_path, target=tmp_path / "out")

    def test_finds_every_icon_of_the_project(self, tmp_path: Path) -> None:
        node_modules = Path(settings.BASE_DIR, "node_modules")
        if not (node_modules / assets.ICON_FOLDER).is_dir():
            pytest.skip("node_modules is absent: run npm ci --ignore-scripts")
        report = assets.vendor(Path(settings.BASE_DIR), node_modules, tmp_path / "out")
        assert report.icons >= 50
        sprite = (tmp_path / "out" / assets.SPRITE).read_text()
        assert sprite.count("<symbol") == report.icons


class TestAssetUrl:
    def test_still_gives_an_address_for_a_file_that_is_absent(self) -> None:
        assert assets.asset_url("vendor/none.js") == f"{settings.STATIC_URL}vendor/none.js"
