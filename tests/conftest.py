"""What every test may ask for: the reference data, the standing cast, a page visited as somebody."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from credit_mgmt.reference import seed_reference_data
from tests import cast

pytest_plugins = ["tests.promise_report"]


@pytest.fixture
def reference(db: None) -> None:
    """Policies, calendars, terms, procedures and our company, as a new installation has them."""
    seed_reference_data()


@pytest.fixture
def people(reference: None) -> cast.People:
    """One person of every role, and an outsider who may see nothing of the cast."""
    return cast.make_people()


@pytest.fixture
def visit(people: cast.People) -> Callable[[str], Client]:
    """Return a client signed in as the person of that role."""

    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(getattr(people, role))
        return client

    return sign_in


@pytest.fixture
def today() -> date:
    """The date on which the cast lives: a Tuesday, and a working day."""
    return cast.TODAY


@pytest.fixture(autouse=True)
def _speak_english() -> None:
    """Begin every test in English, whatever language the request of the last one left behind."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _clean_cache(request: pytest.FixtureRequest) -> None:
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        cache.clear()
