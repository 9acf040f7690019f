"""Versions of the rating models: drafts, release by another person, and what a draft would do."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from common.errors import InvalidInput, NotAllowed, StaleVersion
from common.models import Event, Job, PolicyVersion, Run
from common.policies import NotADraft, ReleaseFourEyes
from common.queue import run_due_jobs
from customers.models import Customer, Signal, Task
from scoring.domain.grades import get_letter, get_pd
from scoring.domain.rating.impact import Impact, Mover
from scoring.domain.rating.policy_body import write_policy_body
from scoring.models import Rating, RatingOverride
from scoring.selectors import explain_rating, get_current_rating
from scoring.selectors.model_impact import gather_debts, list_customers_in_scope
from scoring.selectors.model_versions import find_base, get_version, tell_state
from scoring.selectors.policy import RatingPolicy, get_rating_policy, read_rules
from scoring.services import model_impact, preview_rating, rate_customers
from scoring.services.model_impact import decode, encode, simulate_version
from scoring.services.model_versions import (
    PolicyRefused,
    digest_draft,
    release_version,
    save_draft,
    withdraw_draft,
)
from scoring.tasks import rerate_portfolio
from tests.cast import People, make_customer
from tests.receivables import books
from tests.scoring.samples import AS_OF, give_answers, give_statement
from tests.scoring.test_rating_life import give_ledger, give_years, pay, say

pytestmark = pytest.mark.django_db

TOMORROW = AS_OF + timedelta(days=1)
ONLY_PAYMENTS = {"financial": 0, "behaviour": 100, "qualitative": 0, "external": 0}


def body_with(**sections: Any) -> dict[str, Any]:
    return write_policy_body() | sections


def draft(people: People, *, valid_from: date = TOMORROW, **sections: Any) -> PolicyVersion:
    return save_draft(
        body=body_with(**sections),
        valid_from=valid_from,
        note="Payments say it all.",
        actor=people.manager,
        as_of=AS_OF,
    )


def simulate(body: dict[str, Any], ids: list[int] | None = None) -> Impact:
    base = get_rating_policy(as_of=AS_OF)
    ids = ids or list(Customer.objects.values_list("pk", flat=True))
    return simulate_version(body=body, base=base, as_of=AS_OF, customer_ids=ids)


def mover_of(impact: Impact, customer: Customer) -> Mover:
    return next(mover for mover in impact.movers if mover.customer_id == customer.pk)


@pytest.fixture
def huaxin(people: People) -> Customer:
    """The guide's company: 68.7537 financial, 59.0621 behaviour, 62.75 5C, 70 external: BBB."""
    customer = make_customer("HX", industry="C34", founded=date(2005, 1, 1))
    give_years(customer)
    give_answers(customer, people.analyst, people.manager)
    give_ledger(customer)
    say(customer, "RISK_INDICATOR", "2")
    return customer


@pytest.fixture
def cast(people: People, huaxin: Customer) -> list[Customer]:
    """Huaxin, one with payments only, one with statements only, one with answers only, one unknown."""
    payer, books, answers = make_customer("PAYS"), make_customer("BOOKS"), make_customer("ASKED")
    give_ledger(payer)
    give_statement(books)
    give_answers(answers, people.analyst, people.manager)
    return [huaxin, payer, books, answers, make_customer("UNKNOWN")]


class TestDrafts:
    def test_a_draft_holds_for_nobody_and_waits_for_an_executive(self, people: People) -> None:
        row = draft(people, components=ONLY_PAYMENTS)
        assert (row.version, row.state, row.maker) == (2, "DRAFT", people.manager)
        assert get_rating_policy(as_of=TOMORROW).version.version == 1
        task = Task.objects.get(key=f"model-version:{row.pk}")
        assert (task.role, task.state, task.params) == ("EXECUTIVE", "PENDING", {"version": 2})
        assert task.url == "/models/2/"
        assert Event.objects.filter(code="common.policy.drafted").count() == 1

    @pytest.mark.parametrize("role", ["analyst", "executive", "auditor", "finance", "sales"])
    def test_only_the_manager_writes(self, people: People, role: str) -> None:
        with pytest.raises(NotAllowed):
            save_draft(
                body=write_policy_body(), valid_from=TOMORROW, note="", as_of=AS_OF,
                actor=getattr(people, role),
            )  # fmt: skip
        assert PolicyVersion.objects.filter(kind="RATING").count() == 1

    def test_a_body_that_breaks_a_rule_is_refused_with_the_way_out(self, people: People) -> None:
        with pytest.raises(PolicyRefused) as refused:
            draft(people, components={"financial": 60, "behaviour": 30})
        problem = refused.value.problems[0]
        assert (problem.path, problem.reason, problem.way_out) == (
            "components", "NOT_100", "ADD_UP_TO_100",
        )  # fmt: skip
        assert not Task.objects.exists()

    def test_a_day_that_has_passed_is_refused(self, people: People) -> None:
        with pytest.raises(InvalidInput, match="today or later") as refused:
            draft(people, valid_from=AS_OF - timedelta(days=1))
        assert refused.value.field == "valid_from"

    def test_the_writer_changes_his_draft_and_nobody_else(self, people: People) -> None:
        row = draft(people)
        seen = digest_draft(row)
        again = save_draft(
            body=body_with(pd={"k": "1.2"}), valid_from=TOMORROW, note="k", as_of=AS_OF,
            actor=people.manager, draft=row, seen=seen,
        )  # fmt: skip
        assert (again.pk, again.body["pd"]) == (row.pk, {"k": "1.2"})
        assert Task.objects.count() == 1
        with pytest.raises(StaleVersion):
            save_draft(
                body=write_policy_body(), valid_from=TOMORROW, note="", as_of=AS_OF,
                actor=people.manager, draft=row, seen=seen,
            )  # fmt: skip
        people.analyst.role = "CREDIT_MANAGER"
        people.analyst.save()
        with pytest.raises(ReleaseFourEyes):
            save_draft(
                body=write_policy_body(), valid_from=TOMORROW, note="", as_of=AS_OF,
                actor=people.analyst, draft=row,
            )  # fmt: skip


class TestRelease:
    def test_another_person_releases_and_the_version_before_ends(self, people: People) -> None:
        row = draft(people, components=ONLY_PAYMENTS)
        released = release_version(
            draft=row, actor=people.executive, as_of=AS_OF, seen=digest_draft(row)
        )
        assert (released.state, released.checker) == ("APPROVED", people.executive)
        assert get_version(1).valid_to == TOMORROW
        assert get_rating_policy(as_of=AS_OF).version.version == 1
        assert get_rating_policy(as_of=TOMORROW).version.version == 2
        task = Task.objects.get()
        assert (task.state, task.done_by) == ("DONE", people.executive)
        assert [tell_state(get_version(n), as_of=AS_OF).code for n in (1, 2)] == [
            "IN_FORCE", "WAITING",
        ]  # fmt: skip
        assert [tell_state(get_version(n), as_of=TOMORROW).code for n in (1, 2)] == [
            "ENDED", "IN_FORCE",
        ]  # fmt: skip
        base = find_base(released, as_of=AS_OF)
        assert base is not None
        assert base.version == 1

    def test_the_maker_never_releases(self, people: People) -> None:
        row = draft(people)
        with pytest.raises(NotAllowed):
            release_version(draft=row, actor=people.manager, as_of=AS_OF)
        people.manager.role = "EXECUTIVE"
        people.manager.save()
        with pytest.raises(ReleaseFourEyes):
            release_version(draft=row, actor=people.manager, as_of=AS_OF)
        row.refresh_from_db()
        assert (row.state, Task.objects.get().state) == ("DRAFT", "PENDING")

    def test_a_draft_that_changed_meanwhile_is_not_released(self, people: People) -> None:
        row = draft(people)
        seen = digest_draft(row)
        save_draft(
            body=row.body, valid_from=TOMORROW + timedelta(days=1), note="", as_of=AS_OF,
            actor=people.manager, draft=row,
        )  # fmt: skip
        with pytest.raises(StaleVersion):
            release_version(draft=row, actor=people.executive, as_of=AS_OF, seen=seen)
        row.refresh_from_db()
        assert row.state == "DRAFT"

    def test_a_draft_whose_day_has_passed_is_not_released(self, people: People) -> None:
        row = draft(people)
        with pytest.raises(InvalidInput, match="today or later"):
            release_version(draft=row, actor=people.executive, as_of=TOMORROW + timedelta(days=1))

    def test_a_withdrawn_draft_stays_to_be_read(self, people: People) -> None:
        row = draft(people)
        with pytest.raises(NotAllowed):
            withdraw_draft(draft=row, actor=people.analyst, as_of=AS_OF, reason="No.")
        with pytest.raises(InvalidInput):
            withdraw_draft(draft=row, actor=people.manager, as_of=AS_OF, reason="  ")
        withdraw_draft(draft=row, actor=people.executive, as_of=AS_OF, reason="Too early.")
        assert Task.objects.get().state == "CANCELLED"
        with pytest.raises(NotADraft):
            release_version(draft=row, actor=people.executive, as_of=AS_OF)
        assert get_version(2).state == "WITHDRAWN"

    def test_the_night_of_its_day_rates_by_it_and_yesterday_is_reproduced(
        self, people: People, huaxin: Customer
    ) -> None:
        """Only payments count from tomorrow: 64.8324 (BBB) today, their score tomorrow."""
        rerate_portfolio(as_of=AS_OF)
        row = draft(people, components=ONLY_PAYMENTS)
        release_version(draft=row, actor=people.executive, as_of=AS_OF)
        run = rerate_portfolio(as_of=TOMORROW, scope="CHANGED")
        assert run.counts["created"] == 1
        old = get_current_rating(customer_id=huaxin.pk, as_of=AS_OF)
        new = get_current_rating(customer_id=huaxin.pk, as_of=TOMORROW)
        assert old is not None
        assert new is not None
        assert old.policy is not None
        assert new.policy is not None
        assert (old.policy.version, new.policy.version) == (1, 2)
        assert (old.score, old.grade) == (Decimal("64.8324"), "BBB")
        assert (new.score, new.grade) == (new.behaviour_score, "BB")
        again = preview_rating(customer=huaxin, as_of=AS_OF, actor=people.analyst).rating
        assert again is not None
        assert (again.score, again.grade, again.modifier) == (old.score, old.grade, old.modifier)
        assert again.facts_digest == old.facts_digest
        shares = {term.name: term.weight for term in explain_rating(old).terms}
        assert shares["behaviour"] == Decimal("0.30")
        assert {term.name: term.weight for term in explain_rating(new).terms}["behaviour"] == 1


class TestImpact:
    def test_the_guides_company_by_hand(self, huaxin: Customer) -> None:
        """Only payments: 64.8324 BBB → 59.0621 BB+; behaviour gives 59.0621 - .30 × 59.0621 more.

        310,000 are owed (200,000 past due and 110,000 to come); loss = PD × .45 × 310,000.
        """
        impact = simulate(body_with(components=ONLY_PAYMENTS))
        mover = mover_of(impact, huaxin)
        assert (mover.grade_before, mover.grade_after) == ("BBB", "BB+")
        assert (mover.score_before, mover.score_after) == (Decimal("64.8324"), Decimal("59.0621"))
        assert mover.change == Decimal("-5.7703")
        assert (mover.component, mover.points) == ("behaviour", Decimal("41.3435"))
        assert impact.matrix == {("BBB", "BB"): 1}
        assert (impact.upgraded, impact.downgraded, impact.shifted) == (0, 1, 0)
        assert impact.owed == Decimal("310000.00")
        for loss, grade in ((impact.loss_before, "BBB"), (impact.loss_after, "BB+")):
            assert loss == round(get_pd(grade) * Decimal("0.45") * 310_000, 2)

    def test_a_factor_on_the_pd_moves_the_loss_and_nobody(self, huaxin: Customer) -> None:
        impact = simulate(body_with(pd={"k": 2}))
        assert (impact.moved, impact.movers) == (0, ())
        assert impact.loss_after == 2 * impact.loss_before

    def test_the_loss_given_default_of_each_version_counts(self, huaxin: Customer) -> None:
        limit = write_policy_body()["limit"] | {"lgd": "0.9"}
        impact = simulate(body_with(limit=limit))
        assert impact.loss_after == 2 * impact.loss_before

    @pytest.mark.parametrize(
        "sections",
        [
            {"components": ONLY_PAYMENTS},
            {"components": {"financial": 70, "behaviour": 10, "qualitative": 10, "external": 10}},
            {"financial_models": {"z": 100, "cri": 0, "bathory": 0, "ohlson": 0, "wall": 0}},
            {"financial_models": {"z": 0, "cri": 0, "bathory": 0, "ohlson": 100, "wall": 0}}
            | {"ohlson": {"price_index": {"2024": 2700}}},
            {"behaviour": {"prior": {"n": 100, "mean": 20}, "grace_days": 30}},
            {"working_assets": {"offset": -3}},
            {"min_weight": 100},
        ],
    )  # fmt: skip
    def test_equals_two_independent_ratings_of_everybody(
        self, people: People, cast: list[Customer], sections: dict[str, Any]
    ) -> None:
        row = draft(people, **sections)
        impact = simulate(row.body)
        sides = (get_rating_policy(as_of=AS_OF), RatingPolicy(row, read_rules(row.body)))
        movers, matrix, sums = {}, {}, [Decimal(0), Decimal(0)]
        for customer in cast:
            rated = [
                preview_rating(
                    customer=customer, as_of=AS_OF, actor=people.analyst, policy=policy
                ).rating
                for policy in sides
            ]
            grades = tuple("" if r is None else r.grade + r.modifier for r in rated)
            limits = tuple(None if r is None else r.suggested_limit for r in rated)
            scores = tuple(None if r is None else r.score for r in rated)
            for place, amount in enumerate(limits):
                sums[place] += amount or 0
            if any(grades):
                pair = tuple(get_letter(g) if g else "" for g in grades)
                matrix[pair] = matrix.get(pair, 0) + 1
            if grades[0] != grades[1] or limits[0] != limits[1]:
                movers[customer.pk] = (grades, scores, limits)
        assert impact.considered == 5
        assert dict(impact.matrix) == matrix
        assert (impact.limit_before, impact.limit_after) == tuple(sums)
        assert {
            m.customer_id: (
                (m.grade_before, m.grade_after),
                (m.score_before, m.score_after),
                (m.limit_before, m.limit_after),
            )
            for m in impact.movers
        } == movers

    def test_a_subsidiary_follows_the_grade_that_each_version_gives_its_parent(
        self, people: People, huaxin: Customer
    ) -> None:
        """NOTCH-2 holds the child at its parent's grade: BBB now, BB+ if only payments count."""
        child = make_customer("CHILD", parent=huaxin, industry="C34", founded=date(2005, 1, 1))
        give_ledger_that_is_prompt(child)
        rate_customers(as_of=AS_OF)
        RatingOverride.objects.create(
            customer=child, code="NOTCH-2", notches=0, reason="Group policy", valid_from=AS_OF,
            valid_to=AS_OF + timedelta(days=90), state="APPROVED", asked_by=people.analyst,
            decided_by=people.manager, decided_on=AS_OF,
        )  # fmt: skip
        impact = simulate(body_with(components=ONLY_PAYMENTS))
        assert mover_of(impact, child).grade_before == "BBB"
        assert mover_of(impact, child).grade_after == "BB+"

    def test_nothing_is_stored(self, people: People, cast: list[Customer]) -> None:
        row = draft(people, components=ONLY_PAYMENTS)
        before = count_everything()
        kept = model_impact.preview_version(
            draft=row, actor=people.manager, as_of=AS_OF, at=row.created_at
        )
        assert kept.impact.moved > 0
        assert count_everything() == before

    def test_it_covers_whom_the_person_sees(self, people: People, cast: list[Customer]) -> None:
        Customer.objects.filter(code="HX").update(region="NORTH")
        people.analyst.data_scope, people.analyst.region = "REGION", "NORTH"
        people.analyst.save()
        row = draft(people, components=ONLY_PAYMENTS)
        asked = {"draft": row, "as_of": AS_OF}
        mine = model_impact.preview_version(actor=people.analyst, at=row.created_at, **asked)
        everybody = model_impact.preview_version(actor=people.manager, at=row.created_at, **asked)
        assert (mine.impact.considered, everybody.impact.considered) == (1, 5)
        found = model_impact.find_kept_impact(actor=people.analyst, **asked)
        assert found is not None
        assert found.impact.considered == 1
        assert model_impact.find_kept_impact(actor=people.executive, **asked) == everybody

    def test_those_who_are_not_rated_any_more_do_not_count(self, people: People) -> None:
        make_customer("GONE", state="ARCHIVED")
        kept = make_customer("HERE")
        assert list_customers_in_scope(people.manager) == [kept.pk]

    def test_an_empty_portfolio_is_no_error(self, people: People) -> None:
        impact = simulate_version(
            body=write_policy_body(), base=get_rating_policy(as_of=AS_OF), as_of=AS_OF,
            customer_ids=[],
        )  # fmt: skip
        assert (impact.considered, impact.matrix, impact.movers) == (0, {}, ())
        assert impact.limit_after == 0

    def test_debts_without_a_rate_are_counted_not_added(self, huaxin: Customer) -> None:
        books.invoice(huaxin, "KRW-1", "500000", day=AS_OF, due=AS_OF, currency="KRW")
        owed, without = gather_debts(as_of=AS_OF)
        assert (owed.to_dict(), without) == ({huaxin.pk: 310_000.0}, 1)
        impact = simulate(write_policy_body())
        assert (impact.owed, impact.without_rate) == (Decimal("310000.00"), 1)


class TestImpactAsJob:
    def test_a_large_portfolio_is_compared_in_the_background(
        self, people: People, cast: list[Customer]
    ) -> None:
        row = draft(people, components=ONLY_PAYMENTS)
        asked: dict[str, Any] = {"draft": row, "actor": people.manager, "as_of": AS_OF}
        before = Rating.objects.count(), Signal.objects.count()
        job = model_impact.request_preview(**asked, at=row.created_at)
        assert model_impact.request_preview(**asked, at=row.created_at) == job
        assert model_impact.find_job(**asked) == job
        assert model_impact.find_kept_impact(**asked) is None
        run_due_jobs()
        job.refresh_from_db()
        assert (job.state, job.done, job.total) == (Job.State.DONE, 5, 5)
        assert job.result["downgraded"] >= 1
        cache.clear()
        kept = model_impact.find_kept_impact(**asked)
        assert kept is not None
        assert kept.impact == simulate(row.body)
        assert Run.objects.get(kind=model_impact.RUN_KIND).state == Run.State.DONE
        assert (Rating.objects.count(), Signal.objects.count()) == before

    def test_the_answer_of_an_older_draft_is_not_shown(
        self, people: People, huaxin: Customer
    ) -> None:
        row = draft(people, components=ONLY_PAYMENTS)
        asked: dict[str, Any] = {"actor": people.manager, "as_of": AS_OF}
        model_impact.request_preview(draft=row, **asked, at=row.created_at)
        run_due_jobs()
        changed = save_draft(
            body=body_with(pd={"k": 2}), valid_from=TOMORROW, note="", draft=row, **asked
        )
        assert model_impact.find_kept_impact(draft=changed, **asked) is None
        assert model_impact.find_job(draft=changed, **asked) is None

    def test_what_a_run_keeps_is_the_answer_to_the_cent(self, cast: list[Customer]) -> None:
        impact = simulate(body_with(components=ONLY_PAYMENTS))
        assert decode(encode(impact)) == impact


def give_ledger_that_is_prompt(customer: Customer) -> None:
    """Post ten invoices paid ten days early."""
    for n in range(10):
        due = date(2025, 1, 31) + timedelta(days=14 * n)
        number = f"{customer.code}-{n}"
        books.invoice(customer, number, "50000", day=due - timedelta(days=60), due=due.isoformat())
        pay(customer, number, "50000", due - timedelta(days=25), f"{number}-p")


def count_everything() -> dict[str, int]:
    from django.apps import apps

    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
    }
