"""Identification codes: what is accepted, what is refused and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.identifiers import (
    USCC_ALPHABET,
    check_iban,
    check_lei,
    check_resident_id,
    check_rf,
    check_uscc,
    make_rf,
    make_uscc,
    normalise_code,
)

org_bodies = st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8)
uscc_codes = st.builds(
    make_uscc,
    st.sampled_from("159ANY"),
    st.sampled_from("123ANY"),
    st.from_regex(r"[1-6][0-9]{5}", fullmatch=True),
    org_bodies,
)


class TestCheckUscc:
    @given(uscc_codes)
    def test_accepts_every_well_made_code_with_letters_in_front(self, code: str) -> None:
        checked = check_uscc(code)
        assert checked.valid
        assert checked.org_check_ok

    @given(uscc_codes, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
    def test_one_wrong_character_never_passes(self, code: str, at: int, char: str) -> None:
        if code[at] != char:
            assert not check_uscc(code[:at] + char + code[at + 1 :]).valid

    @given(uscc_codes)
    def test_spelling_does_not_matter(self, code: str) -> None:
        wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
        assert check_uscc(f" {code[:4]}-{code[4:].lower()}　").normalised == code
        assert check_uscc(wide).valid

    def test_a_failing_inner_check_is_no_refusal(self) -> None:
        checked = check_uscc("91310000MA1X00077W")
        assert (checked.valid, checked.org_check_ok, checked.org_check_expected) == (
            True, False, "6",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("", "LENGTH"),
            ("9131000", "LENGTH"),
            ("91310000MA1X00076S", "ALPHABET"),
            ("9131A000MA1X00076R", "ALPHABET"),
            ("91310000MA1X00076P", "CHECK_CHAR"),
        ],
    )
    def test_names_the_failing_rule(self, code: str, reason: str) -> None:
        assert check_uscc(code).reason == reason


class TestCheckResidentId:
    def test_tells_the_birth_date(self) -> None:
        born = check_resident_id("11010519491231002x").birth_date
        assert born is not None
        assert born.isoformat() == "1949-12-31"

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("1101051949123100", "LENGTH"),
            ("1101051949123100AX", "ALPHABET"),
            ("11010520230229002X", "BIRTH_DATE"),
            ("110105194912310020", "CHECK_CHAR"),
        ],
    )
    def test_names_the_failing_rule(self, code: str, reason: str) -> None:
        assert check_resident_id(code).reason == reason


class TestMod97:
    @given(st.from_regex(r"[0-9A-Z]{1,21}", fullmatch=True))
    def test_a_made_reference_is_valid(self, body: str) -> None:
        assert check_rf(make_rf(body)).valid

    @pytest.mark.parametrize("body", ["", "-", "A" * 22])
    def test_refuses_a_reference_of_nothing_or_too_much(self, body: str) -> None:
        with pytest.raises(ValueError):
            make_rf(body)

    def test_iban_needs_the_length_of_its_country(self) -> None:
        assert check_iban("DE89 3704 0044 0532 0130 00").valid
        assert check_iban("DE8937040044053201300").reason == "CHECK_CHAR"
        assert check_iban("DE89").reason == "LENGTH"

    def test_lei_has_twenty_characters(self) -> None:
        assert check_lei("5493001KJTIIGC8Y1R1").reason == "LENGTH"
        assert check_lei("5493001KJTIIGC8Y1R12").valid


class TestNormaliseCode:
    @given(st.text())
    def test_is_idempotent(self, text: str) -> None:
        once = normalise_code(text)
        assert normalise_code(once) == once
