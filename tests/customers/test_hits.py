"""Which public facts count on a day."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from customers.models import Customer, ListCheck, Signal, SignalStep
from customers.selectors import PublicHit, list_public_hits
from tests.cast import TODAY, make_customer

pytestmark = pytest.mark.django_db


def record(customer: Customer, kind: str, on: date, result: str = "HIT", **more: Any) -> ListCheck:
    values = {"match": "EXACT" if result == "HIT" else "", "details": {}} | more
    return ListCheck.objects.create(
        customer=customer, kind=kind, checked_on=on, result=result, **values
    )


def flags(as_of: date = TODAY, **more: Any) -> list[tuple[int, str]]:
    return [(hit.customer_id, hit.flag) for hit in list_public_hits(as_of=as_of, **more)]


class TestListPublicHits:
    def test_tells_the_list_the_amount_and_since_when(self) -> None:
        customer = make_customer("C001")
        row = record(
            customer,
            "ENFORCED_DEBTOR",
            date(2026, 11, 1),
            details={"amount": "120000.50"},
            listed_on=date(2026, 10, 20),
        )
        assert list_public_hits(as_of=TODAY) == [
            PublicHit(
                customer_id=customer.pk,
                kind="ENFORCED_DEBTOR",
                flag="enforced_debtor",
                amount=Decimal("120000.50"),
                since=date(2026, 10, 20),
                removed_on=None,
                check_id=row.pk,
            )
        ]

    def test_knows_nothing_before_the_day_of_the_check(self) -> None:
        record(make_customer("C001"), "SERIOUS_VIOLATION", date(2026, 11, 10))
        assert flags(date(2026, 11, 9)) == []
        assert len(flags(date(2026, 11, 10))) == 1

    def test_a_name_alone_triggers_nothing_and_hides_nothing(self) -> None:
        first, second = make_customer("C001"), make_customer("C002")
        record(first, "SANCTIONS", date(2026, 11, 1), match="NAME_ONLY")
        record(second, "SANCTIONS", date(2026, 11, 1))
        record(second, "SANCTIONS", date(2026, 11, 2), match="NAME_ONLY")
        record(second, "SANCTIONS", date(2026, 11, 3), result="NO_HIT", match="NAME_ONLY")
        assert flags() == [(second.pk, "sanctions_hit_confirmed")]

    def test_the_latest_clear_look_counts_and_an_unclear_one_says_nothing(self) -> None:
        customer = make_customer("C001")
        record(customer, "ABNORMAL_OPERATION", date(2026, 11, 1))
        record(customer, "ABNORMAL_OPERATION", date(2026, 11, 5), result="UNCLEAR")
        assert flags() == [(customer.pk, "abnormal_operation_list")]
        record(customer, "ABNORMAL_OPERATION", date(2026, 11, 5), result="NO_HIT")
        assert flags() == []
        assert flags(date(2026, 11, 4)) == [(customer.pk, "abnormal_operation_list")]

    def test_what_was_taken_off_counts_no_more_but_a_dishonest_debtor_for_two_years(self) -> None:
        customer = make_customer("C001")
        record(customer, "SERIOUS_VIOLATION", date(2026, 11, 1), removed_on=date(2026, 11, 20))
        record(customer, "DISHONEST_DEBTOR", date(2024, 11, 1), removed_on=date(2024, 11, 25))
        found = list_public_hits(as_of=TODAY)
        assert [(hit.flag, hit.removed_on) for hit in found] == [
            ("dishonest_judgment_debtor", date(2024, 11, 25))
        ]
        assert flags(date(2026, 11, 25)) == []
        assert (customer.pk, "serious_violation_list") in flags(date(2026, 11, 19))

    def test_a_dishonest_debtor_no_longer_found_was_taken_off_by_the_first_clean_look(self) -> None:
        customer = make_customer("C001")
        record(customer, "DISHONEST_DEBTOR", date(2026, 1, 5))
        record(customer, "DISHONEST_DEBTOR", date(2026, 6, 1), result="NO_HIT")
        record(customer, "DISHONEST_DEBTOR", date(2026, 9, 1), result="NO_HIT")
        (hit,) = list_public_hits(as_of=TODAY)
        assert (hit.flag, hit.since, hit.removed_on) == (
            "dishonest_judgment_debtor",
            date(2026, 1, 5),
            date(2026, 6, 1),
        )

    @pytest.mark.parametrize(
        ("kind", "details", "flag"),
        [
            ("INSOLVENCY", {"stage": "PETITION"}, None),
            ("INSOLVENCY", {"stage": "ACCEPTED"}, "insolvency_petition_accepted"),
            ("REGISTRY_STATUS", {"status": "CLOSED"}, None),
            ("REGISTRY_STATUS", {"status": "DEREGISTERED"}, "licence_revoked"),
            ("ABNORMAL_OPERATION", {"ground": "UNREACHABLE"}, "abnormal_operation_unreachable"),
            ("EQUITY_FREEZE", {"frozen_share": "0.30"}, None),
            ("EQUITY_FREEZE", {"frozen_share": "0.3001"}, "equity_freeze_or_pledge"),
            ("EQUITY_FREEZE", {"pledged_share": "0.80"}, None),
            ("EQUITY_FREEZE", {"pledged_share": "0.81"}, "equity_freeze_or_pledge"),
            ("TAX_GRADE", {"grade": "C"}, None),
            ("TAX_GRADE", {"grade": "D"}, "tax_grade_d"),
            ("PENALTY", {"amount": "5000000"}, None),
            ("PENALTY", {"suspends_production": True}, "production_suspended"),
            ("CONSUMPTION_RESTRICTION", {}, "consumption_restriction"),
            ("MAJOR_TAX_VIOLATION", {}, "major_tax_violation_list"),
            ("TAX_ARREARS", {}, None),
        ],
    )
    def test_reads_what_each_list_means(
        self, kind: str, details: dict[str, Any], flag: str | None
    ) -> None:
        record(make_customer("C001"), kind, date(2026, 11, 1), details=details)
        assert [found for _, found in flags()] == ([flag] if flag else [])

    def test_every_flag_is_one_that_the_rating_knows(self) -> None:
        from scoring.domain.rating.overrides import BY_FLAG

        customer = make_customer("C001")
        details = {
            "stage": "ACCEPTED", "status": "REVOKED", "grade": "D",
            "frozen_share": "0.5", "suspends_production": True,
        }  # fmt: skip
        for kind in ListCheck.Kind.values:
            record(customer, kind, date(2026, 11, 1), details=details)
        found = {name for _, name in flags()}
        assert len(found) == 12
        assert found <= set(BY_FLAG)

    def test_a_forgery_counts_from_its_confirmation_on(self) -> None:
        customer = make_customer("C001")
        signal = Signal.objects.create(
            customer=customer, code="S06", severity="RED", key="S06:1", raised_on=date(2026, 11, 1)
        )
        assert flags() == []
        SignalStep.objects.create(
            signal=signal, action="confirm", target="CONFIRMED", as_of=date(2026, 11, 5)
        )
        assert flags(date(2026, 11, 4)) == []
        (hit,) = list_public_hits(as_of=TODAY)
        assert (hit.flag, hit.since, hit.check_id, hit.signal_id) == (
            "fraud_proven",
            date(2026, 11, 5),
            None,
            signal.pk,
        )

    def test_an_insurer_that_withdrew_counts_for_six_months(self) -> None:
        customer = make_customer("C001")
        Signal.objects.create(
            customer=customer, code="S15", severity="RED", key="S15:1", raised_on=date(2026, 5, 25)
        )
        Signal.objects.create(
            customer=customer, code="S15", severity="AMBER", key="S15:2", raised_on=TODAY
        )
        assert flags() == [(customer.pk, "insurer_withdrew_cover")]
        assert flags(date(2026, 11, 25)) == []

    def test_asks_for_some_customers_only_in_two_queries(
        self, django_assert_num_queries: Any
    ) -> None:
        first, second = make_customer("C001"), make_customer("C002")
        for customer in (first, second):
            record(customer, "SANCTIONS", date(2026, 11, 1))
        with django_assert_num_queries(2):
            assert flags(customer_ids=[second.pk]) == [(second.pk, "sanctions_hit_confirmed")]
        assert flags(customer_ids=[]) == []
