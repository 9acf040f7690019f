"""Looks at public lists: what is taken, which signals a new hit raises, who decides about names."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.errors import InvalidInput, NotAllowed
from common.imports.issues import read_issues
from common.models import Event
from customers.domain.list_checks import BadDetails, clean_details, list_warnings
from customers.models import Customer, ListCheck, Signal, Task
from customers.selectors import list_public_hits, list_states
from customers.services import NewCheck, decide_candidate, record_checks
from customers.services.checks import AlreadyDecided
from tests.cast import TODAY, People, make_customer
from tests.import_samples import bring

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]


def look(customer: Customer, kind: str, result: str = "HIT", **more: Any) -> NewCheck:
    check = NewCheck(customer.pk, kind, TODAY, result, "EXACT" if result == "HIT" else "", {})
    return replace(check, **more)


def signals() -> list[tuple[str, str]]:
    return list(Signal.objects.order_by("code", "severity").values_list("code", "severity"))


class TestRecordChecks:
    def test_a_new_hit_raises_its_signals_with_what_it_says(self) -> None:
        customer = make_customer("C001")
        record_checks(
            [
                look(customer, "DISHONEST_DEBTOR", details={"amount": "500", "case_no": "A-1"}),
                look(customer, "ABNORMAL_OPERATION", details={"ground": "unreachable"}),
                look(customer, "SERIOUS_VIOLATION", "NO_HIT"),
            ],
            as_of=TODAY,
        )
        assert signals() == [("S01", "RED"), ("S03", "AMBER"), ("S10", "AMBER")]
        facts = Signal.objects.get(code="S01").facts
        assert (facts["amount"], facts["case_no"], facts["list"]) == (
            "500", "A-1", "DISHONEST_DEBTOR",
        )  # fmt: skip
        assert Event.objects.filter(code="customers.list_check.recorded").count() == 3

    def test_the_same_entry_seen_again_is_no_news(self) -> None:
        customer = make_customer("C001")
        seen = look(
            customer, "ENFORCED_DEBTOR", details={"amount": "100"}, listed_on=date(2026, 10, 1)
        )
        record_checks([replace(seen, checked_on=date(2026, 11, 1))], as_of=TODAY)
        record_checks([replace(seen, checked_on=date(2026, 11, 8))], as_of=TODAY)
        assert Signal.objects.count() == 1
        record_checks([replace(seen, details={"amount": "101"})], as_of=TODAY)
        assert Signal.objects.count() == 2
        record_checks(
            [replace(seen, details={"amount": "50"}, listed_on=date(2026, 11, 20))], as_of=TODAY
        )
        assert Signal.objects.count() == 3

    def test_back_on_the_list_is_news(self) -> None:
        customer = make_customer("C001")
        for day, result in ((1, "HIT"), (2, "NO_HIT"), (3, "HIT")):
            record_checks(
                [look(customer, "SERIOUS_VIOLATION", result, checked_on=date(2026, 11, day))],
                as_of=TODAY,
            )
        assert Signal.objects.count() == 2

    def test_an_old_look_told_late_is_no_news(self) -> None:
        customer = make_customer("C001")
        record_checks([look(customer, "INSOLVENCY", "NO_HIT")], as_of=TODAY)
        record_checks(
            [
                look(
                    customer, "INSOLVENCY", checked_on=date(2026, 11, 1),
                    details={"stage": "ACCEPTED"},
                )
            ],
            as_of=TODAY,
        )  # fmt: skip
        assert signals() == []
        assert list_public_hits(as_of=TODAY) == []

    def test_an_entry_that_was_taken_off_raises_nothing(self) -> None:
        customer = make_customer("C001")
        record_checks(
            [look(customer, "SERIOUS_VIOLATION", removed_on=date(2026, 11, 2))], as_of=TODAY
        )
        assert signals() == []

    @pytest.mark.parametrize(
        ("amount", "raised"), [("99999.99", []), ("100000", [("S13", "AMBER")])]
    )
    def test_small_lawsuits_warn_nobody(self, amount: str, raised: list[Any]) -> None:
        record_checks(
            [look(make_customer("C001"), "LITIGATION", details={"amount": amount})], as_of=TODAY
        )
        assert signals() == raised

    def test_what_changed_in_the_register_is_told_line_by_line(self) -> None:
        customer = make_customer("C001")
        details = {
            "status": "IN_BUSINESS", "changes": ["CONTROLLER", "CAPITAL_REDUCED"],
        }  # fmt: skip
        record_checks([look(customer, "REGISTRY_STATUS", details=details)], as_of=TODAY)
        assert signals() == [("S08", "AMBER"), ("S09", "AMBER")]

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"kind": "NOPE"}, "kind"),
            ({"result": "MAYBE"}, "result"),
            ({"match": ""}, "match"),
            ({"checked_on": date(2026, 11, 25)}, "checked_on"),
            ({"listed_on": date(2026, 11, 25)}, "listed_on"),
            ({"listed_on": date(2026, 11, 2), "removed_on": date(2026, 11, 1)}, "removed_on"),
            ({"kind": "TAX_GRADE"}, "grade"),
            ({"kind": "TAX_GRADE", "details": {"grade": "E"}}, "grade"),
            ({"kind": "EQUITY_FREEZE"}, "frozen_share"),
            ({"kind": "EQUITY_FREEZE", "details": {"frozen_share": "31"}}, "frozen_share"),
            ({"details": {"amount": "NaN"}}, "amount"),
            ({"details": {"amount": "-1"}}, "amount"),
            ({"details": {"<script>": "x"}}, "<script>"),
            (
                {"kind": "REGISTRY_STATUS", "details": {"status": "REVOKED", "changes": "X"}},
                "changes",
            ),
        ],
    )
    def test_refuses_what_cannot_be_and_writes_nothing(
        self, more: dict[str, Any], field: str
    ) -> None:
        customer = make_customer("C001")
        good = look(customer, "CUSTOMS", "NO_HIT")
        bad = replace(look(customer, "ENFORCED_DEBTOR"), **more)
        with pytest.raises(InvalidInput) as refused:
            record_checks([good, bad], as_of=TODAY)
        assert refused.value.field == field
        assert not ListCheck.objects.exists()

    def test_only_who_may_records(self, people: People) -> None:
        with pytest.raises(NotAllowed):
            record_checks(
                [look(make_customer("C001"), "CUSTOMS", "NO_HIT")],
                as_of=TODAY,
                actor=people.sales,
            )
        assert not ListCheck.objects.exists()

    def test_a_sanctions_hit_goes_to_the_manager(self) -> None:
        record_checks([look(make_customer("C001"), "SANCTIONS")], as_of=TODAY)
        assert Task.objects.get(kind="LIST_CHECK").role == "CREDIT_MANAGER"

    def test_takes_a_portfolio_in_a_few_statements(
        self, django_assert_max_num_queries: Any
    ) -> None:
        customers = [make_customer(f"C{n:03}") for n in range(60)]
        with django_assert_max_num_queries(16):
            record_checks([look(c, "TAX_ARREARS") for c in customers], as_of=TODAY)
        assert Signal.objects.count() == 60


class TestDecideCandidate:
    def candidate(self) -> ListCheck:
        found = look(make_customer("C001"), "DISHONEST_DEBTOR", match="NAME_ONLY")
        (row,) = record_checks([found], as_of=TODAY)
        return row

    def test_a_name_waits_for_a_person(self) -> None:
        row = self.candidate()
        assert signals() == []
        assert Task.objects.get().key == f"check:{row.pk}:candidate"

    def test_confirmed_it_counts_and_warns(self, people: People) -> None:
        row = self.candidate()
        decide_candidate(
            check=row, is_same=True, note="Same number", actor=people.analyst, as_of=TODAY
        )
        assert signals() == [("S01", "RED")]
        assert [hit.flag for hit in list_public_hits(as_of=TODAY)] == ["dishonest_judgment_debtor"]
        assert Task.objects.get(key=f"check:{row.pk}:candidate").state == "DONE"
        with pytest.raises(AlreadyDecided):
            decide_candidate(check=row, is_same=False, note="x", actor=people.analyst, as_of=TODAY)

    def test_refused_it_leaves_an_earlier_hit_in_force(self, people: People) -> None:
        customer = make_customer("C002")
        record_checks([look(customer, "SANCTIONS", checked_on=date(2026, 11, 1))], as_of=TODAY)
        (row,) = record_checks([look(customer, "SANCTIONS", match="NAME_ONLY")], as_of=TODAY)
        decide_candidate(check=row, is_same=False, note="x", actor=people.analyst, as_of=TODAY)
        assert [hit.flag for hit in list_public_hits(as_of=TODAY)] == ["sanctions_hit_confirmed"]
        state = next(s for s in list_states(customer, as_of=TODAY) if s.kind == "SANCTIONS")
        assert (state.candidate, state.in_force is not None, state.age_days) == (None, True, 0)

    def test_who_found_it_by_hand_does_not_decide_it(self, people: People) -> None:
        found = look(make_customer("C001"), "DISHONEST_DEBTOR", match="NAME_ONLY")
        (row,) = record_checks([found], as_of=TODAY, actor=people.analyst)
        for is_same in (True, False):
            with pytest.raises(NotAllowed) as refusal:
                decide_candidate(
                    check=row, is_same=is_same, note="x", actor=people.analyst, as_of=TODAY
                )
            assert refusal.value.code == "FOUR_EYES"
        assert ListCheck.objects.count() == 1
        decide_candidate(check=row, is_same=False, note="x", actor=people.manager, as_of=TODAY)
        assert ListCheck.objects.count() == 2

    def test_needs_a_reason_and_the_right(self, people: People) -> None:
        row = self.candidate()
        with pytest.raises(InvalidInput):
            decide_candidate(check=row, is_same=True, note=" ", actor=people.analyst, as_of=TODAY)
        with pytest.raises(NotAllowed):
            decide_candidate(check=row, is_same=True, note="x", actor=people.finance, as_of=TODAY)
        assert ListCheck.objects.count() == 1


class TestFreshness:
    def test_thirty_days_for_the_file_and_seven_before_a_decision(self) -> None:
        customer = make_customer("C001")
        for kind, day in (
            ("CUSTOMS", date(2026, 11, 17)),
            ("PENALTY", date(2026, 11, 16)),
            ("LITIGATION", date(2026, 10, 25)),
            ("SANCTIONS", date(2026, 10, 24)),
        ):
            record_checks([look(customer, kind, "NO_HIT", checked_on=day)], as_of=TODAY)
        found = {
            s.kind: (s.is_fresh, s.is_fresh_for_decision)
            for s in list_states(customer, as_of=TODAY)
        }
        assert len(found) == 17
        assert found["CUSTOMS"] == (True, True)
        assert found["PENALTY"] == (True, False)
        assert found["LITIGATION"] == (True, False)
        assert found["SANCTIONS"] == (False, False)
        assert found["INSOLVENCY"] == (False, False)


class TestDomain:
    def test_a_penalty_that_stops_the_plant_warns_however_small(self) -> None:
        details = {"amount": "1", "suspends_production": True}
        assert [w.code for w in list_warnings("PENALTY", details, min_amount=Decimal(100))] == [
            "S12"
        ]

    def test_details_lose_what_is_empty_and_keep_their_form(self) -> None:
        assert clean_details(
            "ASSET_PLEDGE",
            "HIT",
            {"covers_most_assets": "是", "amount": Decimal("1.50"), "court": " X ", "ground": None},
        ) == {"covers_most_assets": True, "amount": "1.50", "court": "X"}
        with pytest.raises(BadDetails):
            clean_details("ASSET_PLEDGE", "HIT", {"amount": "1e999999999999"})


HEAD = "customer_code,kind,checked_on,result,match,amount,grade,source_name\n"


def problems(batch: Any) -> list[tuple[int, str, str]]:
    return [(i.row, i.column, i.code) for i in read_issues(batch.issues) if not i.is_warning]


class TestImportListChecks:
    def test_reads_both_languages_raises_signals_and_repeats_without_effect(self) -> None:
        make_customer("C001")
        text = (
            "客户编码,名单,查询日期,结果,匹配方式,金额\n"
            "C001,失信被执行人,2026-11-20,命中,统一社会信用代码,1200.50\n"
            "C001,经营异常,2026-11-20,未命中,,\n"
        )
        batch = bring("list_checks", text)
        assert problems(batch) == []
        assert ListCheck.objects.filter(batch=batch).count() == 2
        assert signals() == [("S01", "RED")]
        again = bring("list_checks", text + "\n")
        assert problems(again) == []
        assert ListCheck.objects.count() == 2

    def test_names_every_wrong_cell(self) -> None:
        make_customer("C001")
        batch = bring(
            "list_checks",
            HEAD
            + "C001,tax_grade,2026-11-20,hit,exact,,,\n"
            + "C001,nope,2026-11-20,hit,exact,,,\n"
            + "C001,customs,2027-11-20,no_hit,,,,\n"
            + "C001,penalty,2026-11-20,hit,,5,,\n"
            + "C999,customs,2026-11-20,no_hit,,,,\n"
            + "C001,sanctions,2026-11-20,no_hit,,,,\n"
            + "C001,sanctions,2026-11-20,hit,exact,,,\n",
        )
        assert problems(batch) == [
            (2, "grade", "REQUIRED"),
            (3, "kind", "UNKNOWN_CODE"),
            (4, "checked_on", "IN_FUTURE"),
            (5, "match", "REQUIRED"),
            (6, "customer_code", "UNKNOWN_CUSTOMER"),
            (8, "kind", "DUPLICATE_IN_FILE"),
        ]
        assert not ListCheck.objects.exists()


class TestImportSignals:
    def test_raises_each_piece_of_news_once(self) -> None:
        make_customer("C001")
        text = (
            "customer_code,code,severity,raised_on,note,reference\n"
            "C001,S25,amber,2026-11-20,财务总监离职,B-1\n"
            "C001,S14,红色,2026-11-20,持续逾期,\n"
        )
        batch = bring("signals", text)
        assert problems(batch) == []
        assert signals() == [("S14", "RED"), ("S25", "AMBER")]
        assert set(Signal.objects.values_list("origin", "batch")) == {("IMPORT", batch.pk)}
        assert problems(bring("signals", text + "\n")) == []
        assert Signal.objects.count() == 2

    def test_names_every_wrong_cell(self) -> None:
        make_customer("C001")
        batch = bring(
            "signals",
            "customer_code,code,severity,raised_on,note,reference\n"
            "C001,S17,amber,2026-11-20,x,\n"
            "C001,S14,amber,2026-11-20,x,\n"
            "C001,S25,amber,2027-11-20,x,\n"
            "C002,S25,amber,2026-11-20,x,\n"
            "C001,S25,amber,2026-11-20,x,R\n"
            "C001,S25,amber,2026-11-21,y,R\n",
        )
        assert problems(batch) == [
            (2, "code", "UNKNOWN_CODE"),
            (3, "severity", "UNKNOWN_CODE"),
            (4, "raised_on", "IN_FUTURE"),
            (5, "customer_code", "UNKNOWN_CUSTOMER"),
            (7, "reference", "DUPLICATE_IN_FILE"),
        ]
        assert not Signal.objects.exists()
