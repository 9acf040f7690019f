"""Fixtures of the browser tests: two houses (full and empty), one browser, people signed in."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from common.clock import business_today
from credit_mgmt.demo.people import ensure_people
from credit_mgmt.demo.portfolio import load_portfolio
from credit_mgmt.reference import seed_reference_data
from tests.browser.house import (
    BROWSER_FLAGS,
    collect_static,
    find_browser,
    own_database,
    serve,
    speak_to,
)
from tests.browser.places import add_traces
from tests.browser.watch import Watcher, prepare
from users.models import User

CUSTOMERS, SEED = 25, 7
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


@dataclass
class House:
    """A running product on a database of its own."""

    address: str
    database: str
    browser: Browser
    contexts: dict[tuple[Any, ...], BrowserContext] = field(default_factory=dict)
    tabs: dict[BrowserContext, Watcher] = field(default_factory=dict)

    def context(
        self,
        role: str | None,
        *,
        lang: str = "en",
        theme: str = "light",
        width: int = 1440,
        fresh: bool = False,
        **options: Any,
    ) -> BrowserContext:
        """Return a browser context signed in as the demo's person of `role`, or as nobody."""
        key = (role, *sorted(options.items()))
        context = None if fresh else self.contexts.get(key)
        if context is None:
            context = prepare(
                self.browser.new_context(
                    viewport={"width": width, "height": 900}, locale="en-GB", **options
                )
            )
            if role:
                context.add_cookies([self._cookie("sessionid", self._sign_in(role))])
            if not fresh:
                self.contexts[key] = context
        context.add_cookies([self._cookie("django_language", lang), self._cookie("theme", theme)])
        return context

    def open(self, role: str | None, **options: Any) -> Watcher:
        """Return a new tab, watched."""
        return Watcher(self.context(role, **options).new_page(), self.address).listen()

    def tab(self, role: str | None, *, width: int = 1440, **options: Any) -> Watcher:
        """Return the tab of this person that is open already, for pages that are only read."""
        context = self.context(role, **options)
        seen = self.tabs.get(context)
        if seen is None:
            seen = self.tabs[context] = Watcher(context.new_page(), self.address).listen()
        seen.page.set_viewport_size({"width": width, "height": 900})
        return seen

    def _cookie(self, name: str, value: str) -> Any:
        return {"name": name, "value": value, "url": self.address}

    def _sign_in(self, role: str) -> str:
        with speak_to(self.database):
            client = Client()
            client.force_login(User.objects.get(username=role))
            return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium of the system."""
    path = find_browser()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the driver runs a loop in this thread
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))
        yield opened
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the static files as they are served in production."""
    base = tmp_path_factory.getbasetemp()
    return collect_static((base.parent if WORKER else base) / "browser-static")


@pytest.fixture(scope="package")
def migrated(django_db_blocker: Any) -> Iterator[str]:
    """An empty database with all tables, from which each house gets its own."""
    name = f"test_browser_{WORKER or 'main'}_{os.getpid()}"
    with django_db_blocker.unblock(), own_database(name):
        with speak_to(name):
            call_command("migrate", verbosity=0)
        yield name


@pytest.fixture(scope="package")
def house(
    browser: Browser, static_files: Path, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The product with the sample portfolio."""
    log = tmp_path_factory.mktemp("server") / "full.log"
    with own_database(f"{migrated}_full", migrated) as name:
        with speak_to(name):
            load_portfolio(customers=CUSTOMERS, seed=SEED, as_of=business_today())
            add_traces()
        with serve(name, static_files, log) as address:
            yield House(address, name, browser)


@pytest.fixture(scope="package")
def empty_house(
    browser: Browser, static_files: Path, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The product on the day of its installation: people and policies, no customer."""
    log = tmp_path_factory.mktemp("server") / "empty.log"
    with own_database(f"{migrated}_empty", migrated) as name:
        with speak_to(name):
            seed_reference_data()
            ensure_people()
        with serve(name, static_files, log) as address:
            yield House(address, name, browser)


@pytest.fixture
def books(house: House) -> Iterator[None]:
    """Let the ORM of the test speak to the database of the full house."""
    with speak_to(house.database):
        yield


@pytest.fixture
def visit(house: House) -> Iterator[Callable[..., Watcher]]:
    """Open tabs in contexts of their own; they are closed after the test."""
    opened: list[Watcher] = []

    def visit_as(role: str | None, **options: Any) -> Watcher:
        watcher = house.open(role, fresh=True, **options)
        opened.append(watcher)
        return watcher

    yield visit_as
    for watcher in opened:
        watcher.page.context.close()
