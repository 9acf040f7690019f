"""Every code has words: rules, remedies, checks, in both outcomes."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from credit_control import texts
from credit_control.domain.order_facts import RuleCode
from credit_control.domain.remedies import Remedy, RemedyKind
from credit_control.domain.request_checks import CheckCode
from credit_control.services.order_checks import remedy_json


class TestRuleText:
    @pytest.mark.parametrize("code", [code.value for code in RuleCode])
    def test_every_rule_has_a_title(self, code: str) -> None:
        assert texts.rule_title(code) != code

    def test_says_value_and_threshold(self) -> None:
        rule = {
            "code": "R08",
            "result": "BLOCK",
            "value": "48",
            "threshold": "30",
            "params": {"item": "INV-1"},
            "excess": "0",
        }
        assert texts.rule_text(rule, "CNY") == "INV-1 is overdue by 48 days, more than 30 days."

    def test_names_the_currency_without_a_rate(self) -> None:
        rule = {"code": "TECHNICAL", "result": "BLOCK", "value": "RATE USD", "threshold": "OK"}
        assert "USD" in texts.rule_text(rule, "CNY")

    def test_puts_what_blocks_first(self) -> None:
        rules = [
            {"code": "R16", "result": r, "value": "NONE", "threshold": "", "params": {}}
            for r in ("PASS", "WARN", "BLOCK")
        ]
        assert [line.result for line in texts.rule_lines(rules, "CNY")] == ["block", "warn", "ok"]


class TestRemedyText:
    @pytest.mark.parametrize("kind", list(RemedyKind))
    def test_every_way_out_is_a_sentence(self, kind: RemedyKind) -> None:
        remedy = Remedy(kind, Decimal("1234.50"), date(2026, 12, 1), 30)
        text = texts.remedy_text(remedy_json(remedy), "CNY")
        assert text.endswith(".")
        assert kind.value not in text

    def test_says_both_of_a_pair(self) -> None:
        pair = Remedy(
            RemedyKind.PAY_OVERDUE,
            Decimal(100),
            together_with=(Remedy(RemedyKind.TEMPORARY_LIMIT, Decimal(50)),),
        )
        text = texts.remedy_text(remedy_json(pair), "CNY")
        assert text == (
            "¥100 of what is overdue is paid. Together with: A temporary limit of ¥50 is granted."
        )


class TestMoney:
    def test_zero_is_a_number_in_a_sentence(self) -> None:
        assert texts.money(None, "CNY") == "¥0"
        assert texts.money("1234.50", "CNY") == "¥1,234.50"
        assert texts.money(Decimal(-5), "CNY") == "−¥5"

    def test_every_check_has_words(self) -> None:
        assert set(texts._CHECKS) == {code.value for code in CheckCode}

    def test_reads_in_chinese_without_failing(self) -> None:
        with translation.override("zh-hans"):
            assert texts.decision_text("BLOCKED", "10", "CNY")
