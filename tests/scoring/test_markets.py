"""Services of markets: who may survey, what a decision keeps, who is admitted and why."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from common.errors import InvalidInput, NotAllowed, NotFound
from common.imports.issues import FileRefused
from common.models import Event
from scoring.domain.markets import market as market_card
from scoring.domain.markets import tenant as tenant_card
from scoring.domain.markets.batch_admission import draw_visits
from scoring.imports.tenants import COLUMNS, read_tenants, write_template
from scoring.models import Admission, Market, MarketSurvey, Rating, Tenant
from scoring.selectors.markets import get_current_survey, get_market, list_knock_outs, list_markets
from scoring.services.admissions import (
    ListedTenant,
    MarketNotAdmitted,
    plan_admission,
    run_admission,
)
from scoring.services.markets import MarketExists, save_market
from scoring.words.market import MARKET, TENANT, tell_market_reason
from tests.cast import People, make_customer
from tests.scoring.market_samples import K01, PRIORITY, TODAY, make_market, survey, tenants

pytestmark = pytest.mark.django_db


def knock_out(customer: Any, code: str = "KO-02") -> None:
    """Let the customer's rating in force carry a knock-out."""
    Rating.objects.create(
        customer=customer, as_of=TODAY, grade="C", risk_class="5", valid_to=TODAY,
        facts_digest="x", caps=[{"code": code, "grade": "C", "is_binding": True}],
    )  # fmt: skip


class TestSaveMarket:
    def test_creates_and_changes_with_an_event_each(self, people: People) -> None:
        market = make_market(people)
        save_market(market=market, actor=people.manager, as_of=TODAY, active_tenants=55)
        market.refresh_from_db()
        assert (market.active_tenants, market.created_by) == (55, people.analyst)
        created, changed = Event.objects.filter(subject_type="scoring.market").order_by("pk")
        assert (created.code, changed.code) == ("scoring.market.created", "scoring.market.changed")
        assert (changed.before, changed.after) == ({"active_tenants": 40}, {"active_tenants": 55})

    def test_a_code_is_taken_once(self, people: People) -> None:
        make_market(people)
        with pytest.raises(MarketExists):
            make_market(people)
        assert Market.objects.count() == 1

    def test_needs_a_name(self, people: People) -> None:
        with pytest.raises(InvalidInput):
            make_market(people, name_zh="", name_en="")

    @pytest.mark.parametrize("role", ["sales", "finance", "collector", "executive", "auditor"])
    def test_is_for_the_credit_department(self, people: People, role: str) -> None:
        with pytest.raises(NotAllowed):
            save_market(actor=getattr(people, role), as_of=TODAY, code="X", name_en="X")
        assert not Market.objects.exists()


class TestSaveSurvey:
    def test_keeps_score_decision_people_and_facts(self, people: People) -> None:
        kept = survey(people, make_market(people), note=" Busy on a Tuesday. ")
        kept.refresh_from_db()
        assert (kept.score, kept.decision) == (Decimal("71.25"), "ADMIT_WITH_MITIGATION")
        assert kept.steps == K01
        assert (kept.surveyed_by, kept.second_surveyor) == (people.analyst, people.sales)
        assert kept.notices == {
            "has_removal_notice": False, "knock_outs": [], "from_rating": [],
        }  # fmt: skip
        assert kept.note == "Busy on a Tuesday."
        event = Event.objects.get(code="scoring.market.surveyed")
        assert event.after["score"] == "71.25"

    def test_the_two_are_of_two_departments(self, people: People) -> None:
        market = make_market(people)
        for second in (people.manager, people.analyst, people.finance):
            with pytest.raises(InvalidInput) as error:
                survey(people, market, second_surveyor=second)
            assert error.value.field == "second_surveyor"
        people.sales.is_active = False
        with pytest.raises(InvalidInput):
            survey(people, market)
        assert not MarketSurvey.objects.exists()

    def test_the_database_refuses_one_person_twice(self, people: People) -> None:
        market = make_market(people)
        with pytest.raises(IntegrityError), transaction.atomic():
            MarketSurvey.objects.create(
                market=market, as_of=TODAY, steps=K01, surveyed_by=people.analyst,
                second_surveyor=people.analyst,
            )  # fmt: skip

    def test_a_survey_is_never_changed(self, people: People) -> None:
        kept = survey(people, make_market(people))
        with pytest.raises(DatabaseError), transaction.atomic():
            MarketSurvey.objects.filter(pk=kept.pk).update(score=99)

    def test_every_answer_is_needed_unless_something_rejects(self, people: People) -> None:
        market = make_market(people)
        with pytest.raises(InvalidInput) as error:
            survey(people, market, steps=K01 | {"scale": None})
        assert (error.value.field, error.value.code) == ("scale", "ANSWERS_MISSING")
        kept = survey(people, market, steps={"occupancy": 1})
        assert (kept.score, kept.decision) == (None, "REJECT")
        assert [reason["code"] for reason in kept.reasons] == ["MARKET_OCCUPANCY"]

    @pytest.mark.parametrize("step", [0, 6])
    def test_refuses_what_is_no_step(self, people: People, step: int) -> None:
        with pytest.raises(InvalidInput) as error:
            survey(people, make_market(people), steps=K01 | {"scale": step})
        assert error.value.field == "scale"

    def test_the_operators_rating_counts_too(self, people: People) -> None:
        operator = make_customer("OP1")
        knock_out(operator, "KO-04")
        market = make_market(people, operator=operator)
        kept = survey(people, market, knock_outs=["KO-01"])
        assert kept.decision == "REJECT"
        assert kept.notices["knock_outs"] == ["KO-01", "KO-04"]
        assert kept.notices["from_rating"] == ["KO-04"]
        assert [reason["params"] for reason in kept.reasons] == [
            {"override": "KO-01"}, {"override": "KO-04"},
        ]  # fmt: skip

    def test_caps_of_a_rating_do_not_reject(self, people: People) -> None:
        operator = make_customer("OP1")
        knock_out(operator, "CAP-02")
        assert list_knock_outs([operator.pk], as_of=TODAY) == {}


class TestRunAdmission:
    def test_keeps_every_fact_and_reason(self, people: People) -> None:
        market = make_market(people)
        kept = survey(people, market)
        rows = tenants(5, 4, 4, 3, None, 2)
        admission = run_admission(market=market, rows=rows, as_of=TODAY, actor=people.manager)
        assert (admission.listed, admission.places, admission.admitted) == (6, 1, 1)
        assert admission.survey == kept
        assert admission.facts == {
            "active_tenants": 40, "minimum": "60", "base_count": 5, "survey_score": "71.2500",
            "survey_decision": "ADMIT_WITH_MITIGATION", "card": "1.0",
        }  # fmt: skip
        assert (admission.is_weak_screening, admission.seed) == (False, "")
        stored = {t.key: t for t in Tenant.objects.filter(admission=admission)}
        assert [k for k, t in stored.items() if t.is_admitted] == ["T01"]
        assert stored["T02"].reasons == [
            {"code": "VERDICT", "params": {"verdict": "BELOW_QUOTA", "knock_outs": []}},
            {"code": "BELOW_QUOTA",
             "params": {"rank": 2, "places": 1, "score": "75.00", "minimum": "60"}},
            {"code": "NEEDS_MORE_THAN", "params": {"needed": "100"}},
            {"code": "OUT_OF_REACH", "params": {}},
        ]  # fmt: skip
        assert stored["T04"].reasons[0]["params"]["verdict"] == "BELOW_MINIMUM"
        assert (stored["T05"].place, stored["T05"].score) == (None, None)
        assert stored["T05"].reasons[1]["params"]["missing"] == list(tenant_card.INDICATORS)
        event = Event.objects.get(code="scoring.market.admission_decided")
        assert event.after["admitted"] == ["T01"]

    def test_the_least_change_is_enough(self, people: People) -> None:
        market = make_market(people)
        survey(people, market)
        rows = tenants(4, 3, 3)
        run_admission(market=market, rows=rows, as_of=TODAY, actor=people.analyst)
        out = Tenant.objects.get(key="T02")
        way = out.reasons[-1]
        assert way["code"] == "TOGETHER_ENOUGH"
        assert tell_market_reason(out.reasons[2]) == "A score above 75 would have been enough."
        better = rows[1].steps | {c["name"]: c["needed"] for c in way["params"]["changes"]}
        rows[1] = ListedTenant("T02", "示例", better)
        plan = plan_admission(market=market, rows=rows, as_of=TODAY, actor=people.analyst)
        assert plan.result.admitted == ("T02",)

    def test_knock_outs_of_the_list_and_of_the_rating(self, people: People) -> None:
        market = make_market(people)
        survey(people, market)
        customer = make_customer("C9")
        knock_out(customer)
        rows = [
            *tenants(4, 4),
            ListedTenant("T03", "示例", dict.fromkeys(tenant_card.INDICATORS, 5), customer.pk),
            ListedTenant("T04", "示例", dict.fromkeys(tenant_card.INDICATORS, 5), None, None,
                         ("KO-05",)),
            *[ListedTenant(f"T{n}", "示例", dict.fromkeys(tenant_card.INDICATORS, 3))
              for n in range(10, 15)],
        ]  # fmt: skip
        admission = run_admission(market=market, rows=rows, as_of=TODAY, actor=people.analyst)
        found = {t.key: (t.place, t.reasons) for t in admission.tenants.all()}
        assert admission.places == 3
        assert list(admission.tenants.filter(is_admitted=True).values_list("key", flat=True)) == [
            "T01"
        ]
        assert found["T03"][1][1:] == [
            {"code": "TENANT_KNOCKED_OUT", "params": {"override": "KO-02"}}
        ]
        assert tell_market_reason(found["T04"][1][1]) == (
            "Knocked out: On the list of major tax violations."
        )

    def test_a_weak_screening_draws_visits_that_can_be_drawn_again(self, people: People) -> None:
        market = make_market(people, active_tenants=12)
        survey(people, market)
        admission = run_admission(
            market=market, rows=tenants(*[4] * 7), as_of=TODAY, actor=people.analyst
        )
        visited = set(admission.tenants.filter(needs_visit=True).values_list("key", flat=True))
        keys = list(admission.tenants.values_list("key", flat=True))
        assert admission.is_weak_screening
        assert len(visited) == 2
        assert visited == set(draw_visits(keys, seed=admission.seed))

    def test_half_is_for_priority_markets(self, people: People) -> None:
        market = make_market(people)
        survey(people, market)
        terms = {"market": market, "rows": tenants(4, 4, 4, 4), "as_of": TODAY,
                 "actor": people.analyst, "share": "1/2"}  # fmt: skip
        with pytest.raises(InvalidInput) as error:
            run_admission(**terms)
        assert error.value.field == "share"
        survey(people, market, steps=PRIORITY)
        assert run_admission(**terms).admitted == 2

    def test_the_market_comes_first(self, people: People) -> None:
        market = make_market(people)
        terms = {"market": market, "rows": tenants(4), "as_of": TODAY, "actor": people.analyst}
        with pytest.raises(MarketNotAdmitted):
            run_admission(**terms)
        survey(people, market, steps=K01 | {"occupancy": 1})
        with pytest.raises(MarketNotAdmitted):
            run_admission(**terms)
        assert not Admission.objects.exists()

    @pytest.mark.parametrize(
        ("fields", "terms", "field"),
        [
            ({"active_tenants": None}, {"base": "MARKET"}, "base"),
            ({"active_tenants": 3}, {}, "base"),
            ({}, {"base": "NOTHING"}, "base"),
            ({}, {"share": "2/3"}, "share"),
            ({}, {"rows": []}, "rows"),
            ({}, {"rows": [*tenants(4), *tenants(3)]}, "rows"),
        ],
    )
    def test_refuses_what_cannot_be(
        self, people: People, fields: dict, terms: dict, field: str
    ) -> None:
        market = make_market(people, **fields)
        survey(people, market)
        values = {"rows": tenants(5, 4, 3, 2), "as_of": TODAY, "actor": people.analyst}
        with pytest.raises(InvalidInput) as error:
            run_admission(market=market, **(values | terms))
        assert error.value.field == field
        assert not Admission.objects.exists()

    @pytest.mark.parametrize("role", ["sales", "finance", "executive"])
    def test_is_for_the_credit_department(self, people: People, role: str) -> None:
        market = make_market(people)
        survey(people, market)
        with pytest.raises(NotAllowed):
            run_admission(market=market, rows=tenants(4), as_of=TODAY, actor=getattr(people, role))
        assert not Admission.objects.exists()

    def test_what_is_decided_is_never_changed(self, people: People) -> None:
        market = make_market(people)
        survey(people, market)
        run_admission(market=market, rows=tenants(4, 4, 4), as_of=TODAY, actor=people.analyst)
        for rows in (Admission.objects.all(), Tenant.objects.all()):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.delete()


class TestReadTenants:
    HEAD = "code,name," + ",".join(tenant_card.INDICATORS)

    def read(self, text: str, people: People) -> Any:
        return read_tenants(text.encode(), actor=people.analyst)

    def test_reads_three_separators_and_two_languages(self, people: People) -> None:
        english = f"{self.HEAD}\nt1,Sample Tools,4,5,3,3,5,4,3,5,3\n"
        chinese = "商户编号;商户名称;入驻年限;铺位权属;年营业额\nT2；x;示例;4;5;3\n".replace(
            "T2；x", "T2"
        )
        pasted = english.replace(",", "\t")
        for text in (english, pasted):
            row = self.read(text, people).tenants[0]
            assert (row.key, row.name, row.steps["stall_right"]) == ("T1", "Sample Tools", 5)
        row = read_tenants(chinese.encode("gb18030"), actor=people.analyst).tenants[0]
        assert (row.key, row.name) == ("T2", "示例")
        assert row.steps["turnover"] == 3
        assert row.steps["stability"] is None

    def test_tells_every_problem_with_its_row(self, people: People) -> None:
        text = (
            f"{self.HEAD},customer_code,requested_limit,knock_outs\n"
            "T1,One,4,5,3,3,5,4,3,5,3,,,\n"
            "T1,Two,6,x,3,3,5,4,3,5,3,NOBODY,12.345,KO-09\n"
            ",Three,4,5,3,3,5,4,3,5,3,,-5,\n"
        )
        found = self.read(text, people)
        assert found.tenants == ()
        assert [(i.row, i.column, i.code) for i in found.issues] == [
            (3, "years_in_market", "UNKNOWN_CODE"),
            (3, "stall_right", "UNKNOWN_CODE"),
            (3, "requested_limit", "TOO_MANY_DECIMALS"),
            (3, "knock_outs", "UNKNOWN_CODE"),
            (3, "code", "DUPLICATE_IN_FILE"),
            (3, "customer_code", "UNKNOWN_CUSTOMER"),
            (4, "code", "REQUIRED"),
            (4, "requested_limit", "BELOW_ZERO"),
        ]
        assert all(i.message != i.code and i.way_out for i in found.issues)

    def test_a_customer_out_of_scope_is_unknown(self, people: People) -> None:
        make_customer("C1", sales_owner=people.sales)
        text = "code,name,customer_code\nT1,One,C1\n"
        assert self.read(text, people).tenants[0].customer_id is not None
        found = read_tenants(text.encode(), actor=people.outsider)
        assert [i.code for i in found.issues] == ["UNKNOWN_CUSTOMER"]

    @pytest.mark.parametrize(
        ("text", "code"),
        [("", "NO_ROWS"), ("code,name\n", "NO_ROWS"), ("code\nT1\n", "MISSING_COLUMN"),
         ("code,code,name\n1,2,3\n", "DUPLICATE_COLUMN"), ("code,name\nT1,a,b\n", "TOO_MANY_CELLS")],
    )  # fmt: skip
    def test_refuses_what_is_no_list(self, people: People, text: str, code: str) -> None:
        with pytest.raises(FileRefused) as error:
            self.read(text, people)
        assert error.value.code == code

    def test_the_text_it_gives_back_reads_the_same(self, people: People) -> None:
        text = f'{self.HEAD},x\nT1,"Say ""hi"", now",4,5,3,3,5,4,3,5,3,\n'
        first = self.read(text, people)
        again = self.read(first.text, people)
        assert again.tenants == first.tenants
        assert first.ignored == ("x",)

    def test_the_template_can_be_brought_in(self, people: People) -> None:
        found = self.read(write_template(), people)
        assert found.issues == ()
        assert found.tenants[0].requested_limit == Decimal("300000")


class TestSelectors:
    def test_a_market_follows_its_operator(self, people: People) -> None:
        operator = make_customer("OP1", sales_owner=people.sales)
        make_market(people, operator=operator)
        make_market(people, code="FREE")
        seen: Callable[[Any], list[str]] = lambda user: [m.code for m in list_markets(user)]  # noqa: E731
        assert seen(people.analyst) == ["FREE", "YW1"]
        assert seen(people.sales) == ["FREE", "YW1"]
        assert seen(people.outsider) == ["FREE"]
        with pytest.raises(NotFound):
            get_market("YW1", user=people.outsider)
        assert get_market("yw1", user=people.sales).operator == operator

    def test_the_newest_survey_of_a_day_holds(self, people: People) -> None:
        market = make_market(people)
        survey(people, market)
        newest = survey(people, market, steps=PRIORITY)
        assert get_current_survey(market, as_of=TODAY) == newest
        assert list_markets(people.analyst).get().decision == "PRIORITY"


class TestWords:
    def test_every_indicator_and_step_has_words(self) -> None:
        assert tuple(MARKET) == market_card.INDICATORS
        assert tuple(TENANT) == tenant_card.INDICATORS
        assert all(len(anchors) == 5 for _label, anchors in (MARKET | TENANT).values())

    def test_the_list_has_a_column_for_every_indicator(self) -> None:
        assert set(tenant_card.INDICATORS) < {column.name for column in COLUMNS}
