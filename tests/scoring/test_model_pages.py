"""Pages of model versions: who may see and do what, what they say, what bad input leaves untouched."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from common.clock import business_today
from common.models import Job, PolicyVersion, Run
from common.queue import run_due_jobs
from customers.models import Customer, Task
from scoring.domain.models.risk_index import DEMO_MANUFACTURING
from scoring.domain.rating.policy_body import write_policy_body
from scoring.domain.rating.policy_layout import complete_body, open_body
from scoring.forms.models import VersionForm
from scoring.models import Rating
from scoring.services import model_impact
from scoring.services.model_versions import digest_draft, save_draft
from tests.cast import People, make_customer
from tests.scoring.samples import fixture_lines, give_statement
from tests.support import assert_query_count

pytestmark = pytest.mark.django_db
Visit = Callable[[str], Client]

FINANCE_ONLY = {"financial": 100, "behaviour": 0, "qualitative": 0, "external": 0}
Z_ONLY = {"z": 100, "cri": 0, "bathory": 0, "ohlson": 0, "wall": 0}


def last_year_end() -> date:
    return date(business_today().year - 1, 12, 31)


def post_data(body: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """What a browser sends for a body, with what somebody typed over it."""
    form = VersionForm(opened=open_body(complete_body(body or write_policy_body())), as_of=TODAY)
    data = {name: form[name].value() for name in form.fields}
    data = {name: "" if value is None else str(value) for name, value in data.items()}
    tomorrow = business_today() + timedelta(days=1)
    return data | {"valid_from": tomorrow.isoformat(), "note": "Because."} | changes


TODAY = date(2026, 1, 1)


@pytest.fixture
def draft(people: People) -> PolicyVersion:
    today = business_today()
    return save_draft(
        body=write_policy_body() | {"financial_models": Z_ONLY, "pd": {"k": "1.5"}},
        valid_from=today + timedelta(days=7), note="Only Z.", actor=people.manager, as_of=today,
    )  # fmt: skip


def make_rated(code: str, **fields: Any) -> Customer:
    customer = make_customer(code, founded=date(2005, 1, 1), industry="C34", **fields)
    give_statement(customer, period_end=last_year_end(), as_of=business_today())
    return customer


@pytest.fixture
def huaxin(people: People) -> Customer:
    return make_rated("HX")


def address(name: str) -> str:
    return reverse(name, args=[] if name in ("models", "model_new") else [2])


READS = ["models", "model_version", "model_impact"]
WRITES = ["model_new", "model_edit", "model_release", "model_withdraw"]


class TestWhoMaySee:
    @pytest.mark.parametrize("role", ["sales", "collector", "admin", "outsider"])
    @pytest.mark.parametrize("name", READS)
    def test_versions_are_not_for_everybody(
        self, draft: PolicyVersion, visit: Visit, role: str, name: str
    ) -> None:
        assert visit(role).get(address(name)).status_code == 403

    @pytest.mark.parametrize("role", ["analyst", "manager", "finance", "executive", "auditor"])
    @pytest.mark.parametrize("name", READS)
    def test_credit_and_control_read_them(
        self, draft: PolicyVersion, huaxin: Customer, visit: Visit, role: str, name: str
    ) -> None:
        assert visit(role).get(address(name)).status_code == 200

    @pytest.mark.parametrize("role", ["sales", "analyst", "finance", "auditor", "collector"])
    @pytest.mark.parametrize("name", WRITES)
    def test_onlookers_change_nothing(
        self, draft: PolicyVersion, visit: Visit, role: str, name: str
    ) -> None:
        before = list(PolicyVersion.objects.filter(kind="RATING").values())
        answer = visit(role).post(address(name), post_data(reason="No."))
        assert answer.status_code == 403
        assert list(PolicyVersion.objects.filter(kind="RATING").values()) == before

    def test_the_maker_does_not_release_and_the_executive_does_not_write(
        self, draft: PolicyVersion, visit: Visit
    ) -> None:
        assert visit("manager").post(address("model_release")).status_code == 403
        assert visit("executive").get(address("model_new")).status_code == 403
        draft.refresh_from_db()
        assert draft.state == "DRAFT"

    def test_a_version_that_is_not_there_is_404(self, people: People, visit: Visit) -> None:
        client = visit("manager")
        for path in ("/models/7/", "/models/7/impact/", "/models/7/edit/", "/models/new/?from=7"):
            assert client.get(path).status_code == 404
        assert client.get("/models/99999999999999999999/").status_code == 404
        assert client.get("/models/1/impact/").status_code == 404  # no draft


class TestList:
    def test_marks_what_holds_and_registers_every_model(
        self, draft: PolicyVersion, visit: Visit
    ) -> None:
        page = visit("auditor").get(reverse("models")).content.decode()
        assert "waits for release" in page
        assert page.count('class="is-in-force"') == 1
        for name in ("Altman Z″", "Ohlson O", "Payment behaviour", "Characteristic analysis"):
            assert name in page
        assert "10.5%" in page  # .35 × .30, Z and the risk index
        assert "Second opinion only" in page
        assert "Start a draft" not in page

    def test_count_of_queries_does_not_grow(self, people: People, visit: Visit) -> None:
        client = visit("manager")
        for n in range(2, 5):
            make_versions(people, n)
        client.get(reverse("models"))
        with assert_query_count("models"):
            client.get(reverse("models"))
        for n in range(5, 32):
            make_versions(people, n)
        with assert_query_count("models"):
            client.get(reverse("models"))


def make_versions(people: People, number: int) -> None:
    PolicyVersion.objects.create(
        kind="RATING", version=number, body=write_policy_body(), maker=people.manager,
        valid_from=business_today() + timedelta(days=number), state="WITHDRAWN",
    )  # fmt: skip


class TestVersionPage:
    def test_shows_old_and_new_where_they_differ(self, draft: PolicyVersion, visit: Visit) -> None:
        page = visit("executive").get(address("model_version")).content.decode()
        flat = re.sub(r"\s+", " ", page)
        assert "<s>1</s> → <b>1.5</b>" in flat
        assert "<s>30</s> → <b>100</b>" in flat
        assert flat.count(" figures changed") + flat.count(" figure changed") == 2
        assert flat.count('class="curve"') == 6
        assert 'value="' + digest_draft(draft) + '"' in flat
        assert "Release the version" in flat

    def test_only_the_others_are_offered_the_release(
        self, draft: PolicyVersion, visit: Visit
    ) -> None:
        assert "Release the version" not in visit("manager").get("/models/2/").content.decode()
        assert "Change the draft" in visit("manager").get("/models/2/").content.decode()
        assert "Withdraw the draft" not in visit("analyst").get("/models/2/").content.decode()

    def test_the_same_queries_however_large_the_portfolio(
        self, draft: PolicyVersion, visit: Visit
    ) -> None:
        client = visit("executive")
        client.get(address("model_version"))
        with assert_query_count("model_version"):
            client.get(address("model_version"))


class TestEdit:
    def test_a_draft_starts_from_any_version_as_it_stands(
        self, people: People, visit: Visit
    ) -> None:
        client = visit("manager")
        assert client.get("/models/new/?from=1").status_code == 200
        answer = client.post("/models/new/?from=1", post_data(**{"pd.k": "１.２"}))
        assert answer.status_code == 302
        saved = PolicyVersion.objects.get(kind="RATING", version=2)
        assert saved.body == write_policy_body() | {"pd": {"k": "1.2"}}
        assert (saved.maker, saved.note, saved.state) == (people.manager, "Because.", "DRAFT")
        assert Task.objects.get().role == "EXECUTIVE"

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"components.financial": "36"}, "add up to 101"),
            ({"components.financial": "many"}, "Enter a number."),
            ({"components.financial": ""}, "Enter a number."),
            ({"components.financial": "NaN"}, "Enter a number."),
            ({"pd.k": "0"}, "from 0.01 to 100"),
            ({"pd.k": "9" * 40}, "Enter a number."),
            ({"curves.wall.1.1": ""}, "Fill in both figures"),
            ({"curves.wall.1.0": "500"}, "must rise from row to row"),
            ({"curves.wall.1.1": "95"}, "must not fall here"),
            ({"curves.ohlson.6.1": "50"}, "must not rise here"),
            ({"behaviour.grace_days": "2.5"}, "whole number"),
            ({"risk_index.indicators.0.median": "9"}, "follow each other in order"),
            ({"wall_modern.0.best": "1"}, "standard and best"),
            ({"ohlson.price_index.0.1": "6.75"}, "from 100 to 10000"),
            (
                {"ohlson.price_index.1.0": "2024", "ohlson.price_index.1.1": "700"},
                "there twice",
            ),
            ({"limit.rule": "all"}, "not one of the available choices"),
            ({"valid_from": "2020-01-01"}, "Choose today or a later day"),
            ({"valid_from": "soon"}, "valid date"),
            ({"note": " "}, "required"),
        ],
    )  # fmt: skip
    def test_bad_input_is_told_beside_its_field_and_stores_nothing(
        self, people: People, visit: Visit, changes: dict[str, str], told: str
    ) -> None:
        answer = visit("manager").post("/models/new/?from=1", post_data(**changes))
        assert answer.status_code == 422
        page = answer.content.decode()
        assert told in page
        assert 'role="alert"' in page
        for name, value in changes.items():
            assert answer.context["form"][name].value() == value
        assert PolicyVersion.objects.filter(kind="RATING").count() == 1

    def test_points_can_be_added_and_dropped(self, people: People, visit: Visit) -> None:
        changes = {
            "curves.wall.1.0": "", "curves.wall.1.1": "", "curves.wall.4.0": "160",
            "curves.wall.4.1": "100", "curves.wall.5.0": "170", "curves.wall.5.1": "100",
            "ohlson.price_index.1.0": "2026", "ohlson.price_index.1.1": "700.5",
        }  # fmt: skip
        assert visit("manager").post("/models/new/", post_data(**changes)).status_code == 302
        body = PolicyVersion.objects.get(kind="RATING", version=2).body
        assert body["curves"]["wall"] == [[50, 0], [130, 90], [150, 100], [160, 100], [170, 100]]
        assert body["ohlson"]["price_index"] == {"2024": 675, "2026": "700.5"}

    def test_a_stale_draft_is_refused(
        self, draft: PolicyVersion, people: People, visit: Visit
    ) -> None:
        seen = digest_draft(draft)
        save_draft(
            body=draft.body, valid_from=draft.valid_from + timedelta(days=1), note="Later.",
            actor=people.manager, as_of=business_today(), draft=draft,
        )  # fmt: skip
        answer = visit("manager").post("/models/2/edit/", post_data(seen=seen))
        assert answer.status_code == 422
        assert "changed while you looked at it" in answer.content.decode()
        draft.refresh_from_db()
        assert draft.note == "Later."

    def test_a_released_version_is_not_changed(self, people: People, visit: Visit) -> None:
        client = visit("manager")
        assert client.get("/models/1/edit/").status_code == 302
        answer = client.post("/models/1/edit/", post_data(**{"pd.k": "3"}))
        assert answer.status_code == 422
        assert PolicyVersion.objects.get(kind="RATING").body["pd"] == {"k": 1}

    def test_quartiles_come_from_the_own_portfolio(self, people: People, visit: Visit) -> None:
        for n in range(6):
            customer = make_customer(f"P{n}", industry="C34")
            give_statement(
                customer, period_end=last_year_end(), as_of=business_today(),
                lines=stocked_lines(500 * n),
            )  # fmt: skip
        data = post_data(copy="quartiles", industry="C34")
        answer = visit("manager").post("/models/new/", data)
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "those of 6 of our customers" in page
        copied = answer.context["form"]
        row = "risk_index.indicators.0"
        # Current ratio: (8,800 + 500 n) / 5,450 for n = 0 … 5; the quartiles lie at n = 1.25 … 3.75.
        assert [copied[f"{row}.{name}"].value() for name in ("worse", "median", "better")] == [
            "1.7294", "1.844", "1.9587",
        ]  # fmt: skip
        assert copied[f"{row}.weight"].value() == data[f"{row}.weight"]
        assert PolicyVersion.objects.filter(kind="RATING").count() == 1

    def test_without_peers_the_table_keeps_its_figures(self, people: People, visit: Visit) -> None:
        answer = visit("manager").post("/models/new/", post_data(copy="quartiles", industry="F"))
        assert "the table keeps its figures" in answer.content.decode()
        row = DEMO_MANUFACTURING[0]
        assert answer.context["form"]["risk_index.indicators.0.median"].value() == str(row.median)
        bad = visit("manager").post("/models/new/", post_data(copy="quartiles", industry="99"))
        assert bad.status_code == 422
        assert "no industry of GB/T 4754" in bad.content.decode()


def stocked_lines(more: int) -> dict[str, Decimal]:
    """The fixture company with more stock, paid in by its owners: it still adds up."""
    lines = fixture_lines("huaxin_2024")
    for name in (
        "inventories", "total_current_assets", "total_assets", "capital_reserve", "total_equity",
        "total_liabilities_and_equity",
    ):  # fmt: skip
        lines[name] += more
    return lines


class TestRelease:
    def test_another_login_releases(
        self, draft: PolicyVersion, people: People, visit: Visit
    ) -> None:
        answer = visit("executive").post("/models/2/release/", {"seen": digest_draft(draft)})
        assert answer.status_code == 302
        draft.refresh_from_db()
        assert (draft.state, draft.checker) == ("APPROVED", people.executive)
        assert "Released, waits for its day" in visit("auditor").get("/models/2/").content.decode()

    def test_what_changed_meanwhile_is_not_released(
        self, draft: PolicyVersion, visit: Visit
    ) -> None:
        answer = visit("executive").post("/models/2/release/", {"seen": "0" * 24})
        assert answer.status_code == 412
        assert "Look at it again" in answer.content.decode()
        draft.refresh_from_db()
        assert draft.state == "DRAFT"

    def test_a_late_draft_is_not_offered(self, draft: PolicyVersion, visit: Visit) -> None:
        PolicyVersion.objects.filter(pk=draft.pk).update(valid_from=date(2026, 1, 1))
        page = visit("executive").get("/models/2/").content.decode()
        assert "The day of this draft has passed" in page
        assert "Release the version" not in page
        assert visit("executive").post("/models/2/release/").status_code == 422

    def test_a_draft_is_withdrawn_with_a_reason(self, draft: PolicyVersion, visit: Visit) -> None:
        client = visit("manager")
        assert client.post("/models/2/withdraw/", {"reason": ""}).status_code == 422
        assert client.post("/models/2/withdraw/", {"reason": "Too early."}).status_code == 302
        draft.refresh_from_db()
        assert draft.state == "WITHDRAWN"
        assert client.post("/models/2/withdraw/", {"reason": "Again."}).status_code == 409

    def test_the_inbox_of_the_executive_links_to_the_draft(
        self, draft: PolicyVersion, visit: Visit
    ) -> None:
        page = visit("executive").get("/inbox/?tab=tasks").content.decode()
        assert "Version 2 of the rating models waits for release" in page
        assert 'href="/models/2/"' in page
        task = Task.objects.get()
        visit("executive").post(reverse("task_done", args=[task.pk]))
        task.refresh_from_db()
        assert task.state == "PENDING"  # only the release or the withdrawal ends it


class TestImpactPage:
    def test_shows_the_matrix_and_who_moves(
        self, draft: PolicyVersion, huaxin: Customer, visit: Visit
    ) -> None:
        before = Rating.objects.count(), Run.objects.count(), Job.objects.count()
        answer = visit("executive").get("/models/2/impact/")
        impact = answer.context["impact"]
        (mover,) = impact.movers
        page = answer.content.decode()
        assert huaxin.display_name in page
        assert f">{mover.grade_before}</" in page.replace(" ", "").replace("\n", "")
        assert impact.considered == 1
        assert (Rating.objects.count(), Run.objects.count(), Job.objects.count()) == before

    def test_the_panel_is_the_same_fragment(
        self, draft: PolicyVersion, huaxin: Customer, visit: Visit
    ) -> None:
        answer = visit("executive").get("/models/2/impact/", headers={"HX-Request": "true"})
        page = answer.content.decode()
        assert page.lstrip().startswith("<section")
        assert 'id="impact"' in page
        assert huaxin.display_name in page

    def test_a_cell_and_a_direction_narrow_the_list(
        self, draft: PolicyVersion, huaxin: Customer, visit: Visit
    ) -> None:
        client = visit("executive")
        (mover,) = client.get("/models/2/impact/").context["impact"].movers
        moves = {"up", "down", "shift", "limit"}
        shown = [
            move
            for move in sorted(moves)
            if client.get(f"/models/2/impact/?move={move}").context["rows"]
        ]
        assert len(shown) == 1
        assert client.get("/models/2/impact/?from=AAA&to=D").context["rows"] == []
        assert "Nobody moves" in client.get("/models/2/impact/?from=AAA&to=D").content.decode()

    def test_names_only_whom_the_person_sees(
        self, draft: PolicyVersion, huaxin: Customer, people: People, visit: Visit
    ) -> None:
        make_rated("NORTH", region="NORTH")
        people.analyst.data_scope, people.analyst.region = "REGION", "NORTH"
        people.analyst.save()
        page = visit("analyst").get("/models/2/impact/").content.decode()
        assert "Sample NORTH Ltd" in page
        assert huaxin.display_name not in page

    def test_a_large_portfolio_becomes_a_job(
        self,
        draft: PolicyVersion,
        huaxin: Customer,
        visit: Visit,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(model_impact, "AT_ONCE", 0)
        client = visit("executive")
        assert "Compare in the background" in client.get("/models/2/impact/").content.decode()
        assert client.post("/models/2/impact/").status_code == 302
        waiting = client.get("/models/2/impact/").content.decode()
        assert 'hx-trigger="every 2s"' in waiting
        assert "Waits for a worker." in waiting
        run_due_jobs()
        page = client.get("/models/2/impact/").content.decode()
        assert huaxin.display_name in page
        assert 'hx-trigger="every 2s"' not in page

    def test_the_same_queries_with_three_and_thirty_movers(
        self, draft: PolicyVersion, visit: Visit
    ) -> None:
        client = visit("executive")
        for size in (range(3), range(3, 30)):
            for n in size:
                make_rated(f"M{n:02}")
            client.post("/models/2/impact/")
            with assert_query_count("model_impact"):
                answer = client.get("/models/2/impact/")
        assert len(answer.context["rows"]) == 30
