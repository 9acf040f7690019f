"""Where each role arrives."""

import pytest
from django.test import Client


@pytest.mark.django_db
class TestLanding:
    @pytest.mark.parametrize(
        ("role", "url"),
        [
            ("sales", "/customers/"),
            ("analyst", "/inbox/"),
            ("manager", "/inbox/"),
            ("finance", "/aging/"),
            ("executive", "/overview/"),
        ],
    )
    def test_leads_to_where_the_work_waits(self, visit, role, url):
        client = visit(role)
        answer = client.get("/")
        assert (answer.status_code, answer.url) == (302, url)

    @pytest.mark.parametrize(
        "role",
        ["sales", "analyst", "manager", "finance", "collector", "executive", "auditor", "admin"],
    )
    def test_leads_everybody_to_a_page_that_opens(self, visit, role):
        assert visit(role).get("/", follow=True).status_code == 200

    def test_asks_a_stranger_to_sign_in(self, db):
        answer = Client().get("/")
        assert answer.status_code == 302
        assert answer.url.startswith("/accounts/login/")
