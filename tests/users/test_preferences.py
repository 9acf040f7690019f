"""One's own settings, and the language of pages."""

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.models import Event
from tests import cast
from users.models import User

COOKIE = settings.LANGUAGE_COOKIE_NAME


def lang_of(answer) -> str:
    return "zh" if 'lang="zh-Hans"' in answer.content.decode()[:200] else "en"


@pytest.mark.django_db
class TestPreferences:
    def test_stores_language_and_unit_for_oneself_only(self, visit, people):
        client = visit("sales")
        answer = client.post("/accounts/me/", {"language": "zh-hans", "unit": "WAN"})
        assert answer.status_code == 302
        me = User.objects.get(pk=people.sales.pk)
        assert (me.language, me.unit) == ("zh-hans", "WAN")
        assert answer.cookies[COOKIE].value == "zh-hans"
        assert lang_of(client.get("/accounts/me/")) == "zh"
        event = Event.objects.get(code="users.preferences.changed")
        assert (event.before["unit"], event.after["unit"]) == ("FULL", "WAN")
        assert User.objects.filter(unit="WAN").count() == 1

    def test_cannot_raise_ones_own_role(self, visit, people):
        data = {"language": "", "unit": "K", "role": "ADMIN", "is_superuser": "on"}
        visit("sales").post("/accounts/me/", data)
        me = User.objects.get(pk=people.sales.pk)
        assert (me.role, me.is_superuser, me.unit) == ("SALES", False, "K")

    def test_refuses_a_unit_that_is_none(self, visit):
        answer = visit("sales").post("/accounts/me/", {"language": "xx", "unit": "TON"})
        assert answer.status_code == 422
        assert not User.objects.exclude(unit="FULL").exists()

    def test_asks_who_it_is(self, client, db):
        assert client.get("/accounts/me/").status_code == 302


@pytest.mark.django_db
class TestLanguage:
    def visit_as(self, language: str, **headers) -> Client:
        client = Client(headers=headers)
        client.force_login(cast.make_user("u", "SALES", "OWN", language=language))
        return client

    def test_follows_ones_own_setting_where_no_cookie_is(self, reference):
        assert lang_of(self.visit_as("zh-hans").get("/accounts/me/")) == "zh"

    def test_the_switch_goes_before_the_setting(self, reference):
        client = self.visit_as("zh-hans")
        client.cookies[COOKIE] = "en"
        assert lang_of(client.get("/accounts/me/")) == "en"

    def test_follows_the_browser_where_nothing_is_set(self, reference):
        client = self.visit_as("", **{"Accept-Language": "zh-CN,zh;q=0.9"})
        assert lang_of(client.get("/accounts/me/")) == "zh"

    def test_an_unknown_language_is_english(self, reference):
        client = self.visit_as("tlh")
        assert lang_of(client.get("/accounts/me/")) == "en"

    def test_looks_the_setting_up_once_a_session(self, reference):
        client = self.visit_as("zh-hans")
        asked = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                assert lang_of(client.get("/accounts/me/")) == "zh"
            start = 'SELECT "users_user"."language"'
            asked.append(sum(query["sql"].startswith(start) for query in queries))
        assert asked == [1, 0]
